"""Read hostile bytes into frozen, typed models, or say exactly why not.

Everything here is total (it raises nothing but its own errors), bounded, and pure: no disk, no
network, no clock. It is generic over the message models that it is given.

Not here: trust, and who may do what.
"""
