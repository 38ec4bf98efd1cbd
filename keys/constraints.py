"""Hold the addresses that path validation does not look at to the path's name constraints.

`x509.verification` holds each rfc822Name of the alternative names to them. An address in the
subject (RFC 5280 4.2.1.10: legacy certificates) and a SmtpUTF8Mailbox (RFC 9598 6) it passes over;
since a sender may be compared with either, they must not be a way around the constraint.
"""

from collections.abc import Sequence

from cryptography import x509

from keys.errors import CertificateUntrustedError
from keys.identity import addresses_of


def require_constrained_names(path: Sequence[x509.Certificate]) -> None:
    """Hold the leaf's addresses to every rfc822 constraint above it.

    Raises `CertificateUntrustedError`.
    """
    for authority in path[1:]:
        try:
            found = authority.extensions.get_extension_for_class(x509.NameConstraints).value
        except x509.ExtensionNotFound:
            continue
        permitted = _subtrees(found.permitted_subtrees)
        excluded = _subtrees(found.excluded_subtrees)
        for address in addresses_of(path[0]):
            if permitted and not any(_within(address, tree) for tree in permitted):
                raise CertificateUntrustedError("name constraints permit other addresses only")
            if any(_within(address, tree) for tree in excluded):
                raise CertificateUntrustedError("name constraints exclude the address")


def _subtrees(names: Sequence[x509.GeneralName] | None) -> list[str]:
    return [name.value for name in names or () if isinstance(name, x509.RFC822Name)]


def _within(address: str, subtree: str) -> bool:
    """Say whether an address lies in a subtree: a mailbox, a host, or all below a `.domain`."""
    local, _, domain = address.rpartition("@")
    host = _ascii(domain)
    if "@" in subtree:
        wanted_local, _, wanted_domain = subtree.rpartition("@")
        return local == wanted_local and host == _ascii(wanted_domain)
    wanted = _ascii(subtree)
    return host.endswith(wanted) if wanted.startswith(".") else host == wanted


def _ascii(domain: str) -> str:
    """Give a domain in the form that constraints are written in; compared without case."""
    lower = domain.lower()
    if lower.isascii():
        return lower
    try:
        return lower.encode("idna").decode("ascii")
    except UnicodeError:
        return lower
