"""The procedures of the authorities: states, moves, deadlines, money, wording.

`engine.advance(procedure, case, event, now)` is the only way a case changes. Pure domain code: it
imports nothing but the vocabulary of `parsers`.

Not here: mail, storage, time.
"""
