"""What leaves the gateway: evidence, documents, mail, and the reports that come back about it.

Reading order: `evidence` (what is proved), `documents` (agreements as PDF), `compose` (the mail's
bytes), `tags` (the addresses that bounces return to), `bounces` (what those say); then `chains`,
`bag` and `verify`, with which anyone checks afterwards what was sent.

Not here: what a step means (`workflows`), mathematics of signatures (`keys`).
"""
