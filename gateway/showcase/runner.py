"""Runs the openssl command, the only cryptography on the partner's side."""

import subprocess


class OpensslError(Exception):
    """The openssl command said no; the text is what it wrote on its error stream.

    OpenSSL names the place where it failed and never the content, so the text may be shown.
    """


def openssl(*arguments: str, stdin: bytes = b"") -> bytes:
    """Give what `openssl ARGUMENTS` writes when it reads `stdin`; raises OpensslError."""
    done = subprocess.run(["openssl", *arguments], input=stdin, capture_output=True, check=False)
    if done.returncode != 0:
        words = done.stderr.decode("utf-8", "replace").strip()
        raise OpensslError(f"openssl {arguments[0]}: {words}")
    return done.stdout
