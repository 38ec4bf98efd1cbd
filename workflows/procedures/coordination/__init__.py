"""Coordination of benefits under the Service Act with other laws' in the residence kommune.

Source: seed 002, the terms of reference for the L 550 network group (S2-R2).
"""
