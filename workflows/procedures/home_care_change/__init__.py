"""Home care: a provider's enquiry about a new or changed order (da: henvendelse om bestilling).

Source: seed 001, the workflow between orderer (visitationen) and provider (udfører).
"""
