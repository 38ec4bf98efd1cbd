"""What the gateway keeps: tables, one transaction at a time, a hash-chained journal.

`engine` opens the database, `unit` is one transaction, the other modules are the named queries by
subject. Raw mails, case bodies and whatever else holds a citizen's data are sealed with the vault
before they reach the database.

Not here: what the rows mean.
"""
