"""Private keys in a token (PKCS#11): the operations go to it, the key never leaves it.

What the token calls bad data is a `ValueError`, as with a key in a file: the content key is then a
random one, and the same work is done. A token that is gone is a `TokenError`, and no verdict on a
mail: it is tried again with a new session first.

One session for each process, opened when the first key is asked for. The module is loaded through
`python-pkcs11`, which is installed by the extra `sagspost[hsm]`.

Refuses: keys to be read out, keys of other kinds than RSA and EC, several keys of one label.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from keys.errors import KeyFileError, TokenError
from keys.files import read_file
from keys.issuing import KeyKind, SigningKey
from keys.token_keys import EcInToken, RsaInToken, ec_public_key

if TYPE_CHECKING:
    import pkcs11

_Result = TypeVar("_Result")

_CURVES: Final = {"p256": "secp256r1", "p384": "secp384r1"}
_BAD_DATA: Final = frozenset(  # what tokens say of a ciphertext or point that is wrong
    (
        "ArgumentsBad",
        "DataInvalid",
        "DataLenRange",
        "EncryptedDataInvalid",
        "EncryptedDataLenRange",
        "FunctionFailed",
        "GeneralError",
        "MechanismInvalid",
        "MechanismParamInvalid",
    )
)


@dataclass(frozen=True, slots=True)
class TokenAt:
    """Where a token is: the module that speaks to it, its label, and the file with its PIN."""

    module: str
    label: str
    pin_file: Path

    def key(self, label: str) -> SigningKey:
        """Give the private key with this label; raises `KeyFileError` or `TokenError`."""
        return _session_of(self).private_key(label)

    def generate(self, label: str, kind: KeyKind) -> SigningKey:
        """Make a private key in the token that cannot be read out of it."""
        return _session_of(self).generate(label, kind)

    def labels(self) -> tuple[str, ...]:
        """Name the private keys in the token."""
        return _session_of(self).labels()

    def certificates(self, label: str) -> tuple[x509.Certificate, ...]:
        """Give the certificates in the token that have this label."""
        return _session_of(self).certificates(label)

    def destroy(self, label: str) -> None:
        """Remove a key pair from the token."""
        _session_of(self).destroy(label)


@cache
def _session_of(at: TokenAt) -> _Session:
    return _Session(at)


class _Session:
    """The session of this process with one token."""

    def __init__(self, at: TokenAt) -> None:
        self._at = at
        self._open: pkcs11.Session | None = None
        self._handles: dict[str, Any] = {}

    def private_key(self, label: str) -> SigningKey:
        public_key = self.run(lambda session: self._public_key(session, label))
        if isinstance(public_key, rsa.RSAPublicKey):
            return RsaInToken(lambda work: self.use(label, work), public_key)
        return EcInToken(lambda work: self.use(label, work), public_key)

    def use(self, label: str, work: Callable[[Any], _Result]) -> _Result:
        """Do something with a private key; raises `ValueError` for bad data, or `TokenError`."""

        def with_handle(session: pkcs11.Session) -> _Result:
            if label not in self._handles:
                self._handles[label] = _one(session, _classes().PRIVATE_KEY, label)
            return work(self._handles[label])

        return self.run(with_handle)

    def run(self, work: Callable[[pkcs11.Session], _Result]) -> _Result:
        """Do something in the session, once more in a new one where the token has lost it."""
        fault = ""
        for _ in range(2):
            try:
                return work(self._session())
            except _errors() as error:
                fault = type(error).__name__
                if fault in _BAD_DATA:
                    raise ValueError(fault) from None
                self._forget()
        raise TokenError(f"token {self._at.label}: {fault}")

    def generate(self, label: str, kind: KeyKind) -> SigningKey:
        if label in self.labels():
            raise KeyFileError(f"the token has a key {label} already")
        self.run(lambda session: _generate(session, label, kind))
        return self.private_key(label)

    def labels(self) -> tuple[str, ...]:
        pkcs11 = _pkcs11()

        wanted = {pkcs11.Attribute.CLASS: pkcs11.ObjectClass.PRIVATE_KEY}
        found = self.run(lambda session: [_label(o) for o in session.get_objects(wanted)])
        return tuple(sorted(found))

    def certificates(self, label: str) -> tuple[x509.Certificate, ...]:
        pkcs11 = _pkcs11()

        wanted = {
            pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE,
            pkcs11.Attribute.LABEL: label,
        }
        value = pkcs11.Attribute.VALUE
        ders = self.run(lambda session: [bytes(o[value]) for o in session.get_objects(wanted)])
        return tuple(x509.load_der_x509_certificate(der) for der in ders)

    def destroy(self, label: str) -> None:
        def remove(session: pkcs11.Session) -> None:
            for kind in (_classes().PUBLIC_KEY, _classes().PRIVATE_KEY):
                _one(session, kind, label).destroy()

        self.run(remove)
        self._handles.pop(label, None)

    def _session(self) -> pkcs11.Session:
        if self._open is None:
            pkcs11 = _pkcs11()

            pin = read_file(self._at.pin_file, private=True).decode().strip()
            try:
                token = pkcs11.lib(self._at.module).get_token(token_label=self._at.label)
                self._open = token.open(rw=True, user_pin=pin)
            except pkcs11.PKCS11Error as error:
                raise TokenError(f"token {self._at.label}: {type(error).__name__}") from error
        return self._open

    def _forget(self) -> None:
        session, self._open = self._open, None
        self._handles.clear()
        if session is not None:
            try:
                session.close()
            except _errors():
                return

    def _public_key(
        self, session: pkcs11.Session, label: str
    ) -> rsa.RSAPublicKey | ec.EllipticCurvePublicKey:
        pkcs11 = _pkcs11()

        private = _one(session, _classes().PRIVATE_KEY, label)
        if private.key_type == pkcs11.KeyType.RSA:
            n, e = (
                int.from_bytes(private[name], "big")
                for name in (pkcs11.Attribute.MODULUS, pkcs11.Attribute.PUBLIC_EXPONENT)
            )
            return rsa.RSAPublicNumbers(e, n).public_key()
        if private.key_type != pkcs11.KeyType.EC:
            raise KeyFileError(f"the key {label} in the token is neither RSA nor EC")
        public = _one(session, _classes().PUBLIC_KEY, label)
        return ec_public_key(
            bytes(public[pkcs11.Attribute.EC_PARAMS]), bytes(public[pkcs11.Attribute.EC_POINT])
        )


def _pkcs11() -> Any:
    """Load the optional package; raises `KeyFileError` where it is not installed."""
    try:
        return import_module("pkcs11")
    except ImportError:
        raise KeyFileError("a key is in a token: install sagspost[hsm]") from None


def _classes() -> Any:
    return _pkcs11().ObjectClass


def _errors() -> type[Exception]:
    found: type[Exception] = _pkcs11().PKCS11Error
    return found


def _one(session: pkcs11.Session, kind: Any, label: str) -> Any:
    pkcs11 = _pkcs11()

    try:
        return session.get_key(object_class=kind, label=label)
    except pkcs11.NoSuchKey:
        raise KeyFileError(f"the token has no key {label}") from None
    except pkcs11.MultipleObjectsReturned:
        raise KeyFileError(f"the token has several keys {label}") from None


def _label(found: Any) -> str:
    pkcs11 = _pkcs11()

    return str(found[pkcs11.Attribute.LABEL])


def _generate(session: pkcs11.Session, label: str, kind: KeyKind) -> None:
    pkcs11 = _pkcs11()
    from pkcs11.util.ec import encode_named_curve_parameters  # noqa: PLC0415

    ident = label.encode()
    secret = {pkcs11.Attribute.SENSITIVE: True, pkcs11.Attribute.EXTRACTABLE: False}
    if kind in _CURVES:
        named = {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters(_CURVES[kind])}
        domain = session.create_domain_parameters(pkcs11.KeyType.EC, named, local=True)
        secret |= {pkcs11.Attribute.DERIVE: True, pkcs11.Attribute.SIGN: True}
        domain.generate_keypair(label=label, id=ident, store=True, private_template=secret)
        return
    size = int(kind.removeprefix("rsa"))
    session.generate_keypair(
        pkcs11.KeyType.RSA, size, label=label, id=ident, store=True, private_template=secret
    )
