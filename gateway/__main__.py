"""`python -m gateway` is `sagspost`."""

from gateway.cli import main

main()
