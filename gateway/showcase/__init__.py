"""The partner's side of the wire, for the demonstration, the bench and the tests.

A kommune, a facility (da: tilbud) and a region's inbox live here. They speak SMTP and S/MIME by the
OpenSSL command line and the standard library alone and never by our `keys` and `parsers`: what this
folder can open, a stranger can open too.
"""
