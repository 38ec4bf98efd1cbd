"""Where mail comes in: a door makes a `Delivery`, intake keeps it, and only then is it answered.

Read `delivery`, then `smtp_in` (the listener), `session` (one connection), and `intake` (the one
writer that puts many mails into one commit). `replies` holds every sentence that the door says.

Not here: what a mail means, and whether its sender is to be believed. Those come after keeping.
"""
