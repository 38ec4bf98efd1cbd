"""Open and seal mail, build and judge certificate chains, look after key lifecycles.

A failed check raises; there is no verdict that a caller could forget to read. Only `keyring`
touches the disk.

Not here: what the content means.
"""
