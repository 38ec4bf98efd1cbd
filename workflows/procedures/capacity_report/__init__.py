"""Capacity, needs, rates and expenditure of a region, collected and published (S4, P2).

(da: kapacitets- og takstindberetning)
"""
