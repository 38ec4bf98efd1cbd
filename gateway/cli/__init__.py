"""The command line: `sagspost [--home DIR] COMMAND`.

Exit status 0 done, 1 refused with a message on standard error, 2 usage. One module for each
subject; `app` puts them together.
"""

from gateway.cli.app import main

__all__ = ["main"]
