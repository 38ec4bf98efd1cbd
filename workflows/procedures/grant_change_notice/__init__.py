"""Notice of a change of a grant between kommuner (da: mellemkommunal varsling), seed 002.

The buyer's authority (da: køber-myndighed) and the seller's operations (da: sælger-drift) tell each
other of changes for a citizen in another kommune. In what form, to whom and how long before is a
fixed rule between two kommuner, or an intent, or nothing but the contacts.
"""
