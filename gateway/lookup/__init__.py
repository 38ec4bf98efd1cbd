"""Where a partner's certificate may be found: in a directory (LDAP), or in a folder.

Only a person looks anything up, at the command line; nothing here is ever in the path of a mail.
What is found is worth nothing until it was judged (`gateway.pipeline.candidates`).
"""
