"""One TOML file to frozen settings; nothing else in the gateway reads the environment.

Unknown keys are refused, and a wrong value is told in one message that names the key and what is
allowed. Secrets stand in files of their own (`keys/`), never in `sagspost.toml`.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator

from gateway.errors import WrongSettings
from gateway.setting_values import (
    Endpoint,
    MailAddress,
    authority_number,
    database_address,
    matching,
    redis_address,
    relay_address,
    scanner_address,
)
from keys.policy import MissingRevocation, TrustPolicy
from workflows.mistakes import mistakes
from workflows.policy import Policy

Language = Literal["da", "sv", "en"]
HOME_VARIABLE = "SAGSPOST_HOME"
PASSWORD_VARIABLE = "SAGSPOST_KEY_PASSWORD"  # noqa: S105  (the name of a variable)
OFFSET_VARIABLE = "SAGSPOST_CLOCK_OFFSET"


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AuthoritySettings(_Section):
    """`[authority]`: whose gateway this is."""

    name: str = Field(min_length=1)
    cvr: Annotated[str, AfterValidator(authority_number)]
    """Its national number: a CVR (8 digits), or a Swedish organisation number (10, also with a
    dash)."""
    language: Language = "da"
    case_prefix: Annotated[str, matching(r"[A-Z]{2,6}", "2 to 6 letters from A to Z")] = "RM"
    inbox: MailAddress
    inbox_certificate: str | None = None
    address: str = ""
    """Postal identity for letter heads (S0-R21)."""
    contacts: tuple[str, ...] = ()
    """Lines of the contact block in receipts (S0-R20)."""
    case_link: (
        Annotated[str, matching(r"https?://\S*\{number\}\S*", "https://... with {number} in it")]
        | None
    ) = None
    """An address with {number} in it, for notices to inboxes without a certificate."""


ALL_PROCEDURES: Final = "*"


class MailboxSettings(_Section):
    """`[[mailbox]]`: an address that the gateway serves."""

    address: MailAddress
    language: Language = "da"
    procedures: tuple[str, ...] = (ALL_PROCEDURES,)
    """Whose messages the address takes; `*` stands for all procedures."""

    def taken(self, known: Iterable[str]) -> frozenset[str]:
        """Whose messages the address takes, by name."""
        return frozenset(known if ALL_PROCEDURES in self.procedures else self.procedures)


class SmtpSettings(_Section):
    """`[smtp]`: the door."""

    listen: Endpoint
    tls_listen: Endpoint | None = None
    tls_certificate: str = "keys/tls.pem"
    tls_key: str = "keys/tls-key.pem"


class RelaySettings(_Section):
    """`[relay]`: where outgoing mail is handed over; verified TLS, a loopback relay excepted."""

    url: Annotated[str, AfterValidator(relay_address)]
    ca_file: str | None = None
    connections: int = Field(default=4, ge=1, le=100)
    timeout_seconds: int = Field(default=30, ge=1, le=600)
    give_up_after_hours: int = Field(default=48, ge=1)


class DatabaseSettings(_Section):
    """`[database]`."""

    url: Annotated[str, AfterValidator(database_address)] = "sqlite:///sagspost.db"


class RedisSettings(_Section):
    """`[redis]`: the clock's server."""

    url: Annotated[str, AfterValidator(redis_address)] = "embedded"


class ConsoleSettings(_Section):
    """`[console]`: where the web pages listen."""

    listen: Endpoint = "127.0.0.1:8025"


class LimitSettings(_Section):
    """`[limits]`: bounds on what a stranger can cost us."""

    mail_bytes: int = Field(default=40 * 1024 * 1024, ge=1024)
    connections: int = Field(default=200, ge=1)
    connections_per_host: int = Field(default=50, ge=1)
    waiting_mails: int = Field(default=1000, ge=1)
    idle_seconds: int = Field(default=300, ge=5)
    answers_per_hour: int = Field(default=30, ge=0)
    same_evidence_per_hour: int = Field(default=5, ge=0)
    workers: int = Field(default=0, ge=0, le=64)
    """Processes for cryptography; 0 means one for each core."""
    batch: int = Field(default=64, ge=1, le=500)


class ScanSettings(_Section):
    """`[scan]`: malware and active content, before anything is read or passed on."""

    clamd: Annotated[str, AfterValidator(scanner_address)] | None = None
    """HOST:PORT or unix:/path; without it nothing is scanned."""
    timeout_seconds: int = Field(default=60, ge=1, le=600)
    alarm_after_minutes: int = Field(default=10, ge=1)
    """How long mail may wait for the scanner before the inbox is told."""
    active_content: Literal["flag", "quarantine"] = "flag"
    """What becomes of mail with attachments that can act: programs, scripts, macros."""


class HsmSettings(_Section):
    """`[hsm]`: a token that holds private keys, spoken to by PKCS#11."""

    module: str = Field(min_length=1)
    """The library of its maker, such as /usr/lib/softhsm/libsofthsm2.so."""
    token: str = Field(min_length=1)
    """The token's label."""
    pin_file: str = "keys/hsm.pin"


class LookupSettings(_Section):
    """`[lookup]`: where partners' certificates may be found, when a person asks."""

    ldap: Annotated[str, matching(r"ldaps?://[^/@\s]+/?", "ldaps://HOST")] | None = None
    base: str = ""
    filter: str = "(mail={address})"
    ca_file: str | None = None
    bind_dn: str = ""
    password_file: str | None = None
    folder: str | None = None


class OpenPgpSettings(_Section):
    """`[openpgp]`: who gets OpenPGP mail although a certificate is registered too."""

    preferred_by: tuple[str, ...] = ()
    """Keys of partners and facilities."""


class RetentionSettings(_Section):
    """`[retention]`: how long the raw mails are to stay; nothing is erased in this version."""

    raw_days: int = Field(default=365, ge=1)


class TrustSettings(_Section):
    """`[trust]`: certificates about whose revocation little or nothing is known."""

    revocation_grace_days: int = Field(default=7, ge=0, le=90)
    missing_revocation: MissingRevocation = "accept"
    read_3des: bool = False
    fetch: bool = True
    """Whether lists and answers are fetched, in the background, from where certificates say."""
    fetch_every_minutes: int = Field(default=60, ge=1, le=7 * 24 * 60)

    @property
    def policy(self) -> TrustPolicy:
        """The limits of trust as `keys` takes them."""
        return TrustPolicy(
            revocation_grace=timedelta(days=self.revocation_grace_days),
            missing_revocation=self.missing_revocation,
            read_3des=self.read_3des,
        )


class ClockSettings(_Section):
    """`[clock]`: `rehearsal` lets SAGSPOST_CLOCK_OFFSET move the clock, and every mail says so."""

    rehearsal: bool = False
    head_hour: int = Field(default=3, ge=0, le=23)
    """The hour, UTC, at which the signed head over all cases is mailed out."""
    watchlist_hour: int | None = Field(default=None, ge=0, le=23)
    """The local hour of a working day at which the inbox is mailed what waits for our own
    caseworkers. None by default: what happens is told at once in any case."""


class Settings(_Section):
    """The whole of `sagspost.toml`, and the folder that it stands in."""

    home: Path
    authority: AuthoritySettings
    mailbox: tuple[MailboxSettings, ...] = Field(min_length=1)
    smtp: SmtpSettings
    relay: RelaySettings
    database: DatabaseSettings = DatabaseSettings()
    redis: RedisSettings = RedisSettings()
    console: ConsoleSettings = ConsoleSettings()
    hsm: HsmSettings | None = None
    lookup: LookupSettings = LookupSettings()
    limits: LimitSettings = LimitSettings()
    policy: Policy = Policy()
    scan: ScanSettings = ScanSettings()
    openpgp: OpenPgpSettings = OpenPgpSettings()
    retention: RetentionSettings = RetentionSettings()
    clock: ClockSettings = ClockSettings()
    trust: TrustSettings = TrustSettings()

    @field_validator("mailbox")
    @classmethod
    def _once(cls, boxes: tuple[MailboxSettings, ...]) -> tuple[MailboxSettings, ...]:
        if len({box.address for box in boxes}) < len(boxes):
            raise ValueError("each mailbox must have an address of its own")
        return boxes

    @property
    def keys(self) -> Path:
        """The folder of our own keys."""
        return self.home / "keys"

    @property
    def database_url(self) -> str:
        """The database's address; a relative SQLite path is relative to the home."""
        scheme, _, path = self.database.url.partition("sqlite:///")
        if scheme or path.startswith("/"):
            return self.database.url
        return f"sqlite:///{self.home / path}"

    def path(self, name: str) -> Path:
        """A file that the settings name, relative to the home."""
        return self.home / name


def home_from(option: Path | None) -> Path:
    """The gateway's home: the option, else SAGSPOST_HOME, else ./sagspost-home."""
    return (option or Path(os.environ.get(HOME_VARIABLE, "sagspost-home"))).resolve()


def key_password() -> bytes | None:
    """What SAGSPOST_KEY_PASSWORD says: the password of a key file that is imported."""
    value = os.environ.get(PASSWORD_VARIABLE)
    return value.encode() if value is not None else None


def clock_offset() -> str | None:
    """What SAGSPOST_CLOCK_OFFSET says, if anything."""
    return os.environ.get(OFFSET_VARIABLE)


def load(home: Path) -> Settings:
    """Read `sagspost.toml` in the home.

    Raises WrongSettings, which names the key and what is allowed.
    """
    file = home / "sagspost.toml"
    try:
        tree = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise WrongSettings(
            f"There is no {file}. Make a home with `sagspost --home DIR init ...`."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WrongSettings(f"{file} is not TOML: {error}") from None
    if "home" in tree:
        raise WrongSettings(f"{file}: home: is not a setting")
    try:
        return Settings(home=home, **tree)
    except ValidationError as error:
        raise WrongSettings(_told(file, error)) from None


def _told(file: Path, error: ValidationError) -> str:
    wrong = mistakes(error, Settings, unknown="is not a setting of this version")
    return "\n".join(f"{file}: {one.key}: {one.said}" for one in wrong)
