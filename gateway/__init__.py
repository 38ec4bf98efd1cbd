"""The only package that touches the world: it receives, keeps, judges, keeps again, sends.

Read the folders in this order, which is also the order in which they may import each other:
`store`, `inbound`, `pipeline`, `outbound`, `clock`, `wiring`, `showcase`, `cli`.

Not here: rules of the domain. Those are in `workflows`.
"""
