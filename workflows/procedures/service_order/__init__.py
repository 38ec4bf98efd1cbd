"""The order of elder care (sv: beställning): decided, ordered, confirmed, planned, changed, ended.

Seed 003, "Rutiner vid beställning", of a city district of Stockholm.
"""
