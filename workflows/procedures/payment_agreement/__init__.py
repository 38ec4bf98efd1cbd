"""The payment and matching agreement (da: betalings- og matchningsaftale), seed 000.

A kommune asks a facility of the region for a place; the facility offers; the kommune approves one
exact version of the agreement; the region confirms and settles, month by month, until notice.
"""
