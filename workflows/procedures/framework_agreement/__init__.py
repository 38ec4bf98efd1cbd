"""The framework agreement of a region (S4, P1): drafted by its bodies, approved by every council.

(da: rammeaftale)
"""
