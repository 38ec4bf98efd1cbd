"""One TOML file to frozen settings; nothing else in the gateway reads the environment.

Unknown keys are refused, and a wrong value is told in one message that names the key and what is
allowed. Secrets stand in files of their own (`keys/`), never in `sagspost.toml`.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from gateway.errors import WrongSettings
from workflows.policy import Policy

Language = Literal["da", "sv", "en"]
HOME_VARIABLE = "SAGSPOST_HOME"
OFFSET_VARIABLE = "SAGSPOST_CLOCK_OFFSET"


def _endpoint(text: str) -> str:
    host, colon, port = text.rpartition(":")
    if not (colon and host and port.isdigit() and int(port) < 65536):
        raise ValueError("must be HOST:PORT, such as 127.0.0.1:2525")
    return text


def mail_address(text: str) -> str:
    """A mail address in lower case. Raises ValueError for anything else."""
    local, at, domain = text.rpartition("@")
    if not (at and local and domain) or any(c.isspace() or not c.isprintable() for c in text):
        raise ValueError("must be a mail address, such as sikkermail@region.example")
    return text.lower()


def _relay(text: str) -> str:
    scheme, sep, rest = text.partition("://")
    if not sep or scheme not in {"smtp", "smtps", "smtp+starttls"}:
        raise ValueError("must be smtp://HOST:PORT, smtp+starttls://HOST:PORT or smtps://HOST:PORT")
    _endpoint(rest)
    return text


def _redis(text: str) -> str:
    if text != "embedded" and not text.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("must be 'embedded', or redis://, rediss:// or unix:// and an address")
    return text


Endpoint = Annotated[str, AfterValidator(_endpoint)]
MailAddress = Annotated[str, AfterValidator(mail_address)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AuthoritySettings(_Section):
    """`[authority]`: whose gateway this is."""

    name: str = Field(min_length=1)
    cvr: str = Field(pattern=r"^\d{8}$")
    language: Language = "da"
    case_prefix: str = Field(default="RM", pattern=r"^[A-Z]{2,6}$")
    inbox: MailAddress
    inbox_certificate: str | None = None
    address: str = ""
    """Postal identity for letter heads (S0-R21)."""
    contacts: tuple[str, ...] = ()
    """Lines of the contact block in receipts (S0-R20)."""
    case_link: str | None = None
    """An address with {number} in it, for notices to inboxes without a certificate."""


class MailboxSettings(_Section):
    """`[[mailbox]]`: an address that the gateway serves."""

    address: MailAddress
    language: Language = "da"
    procedures: tuple[str, ...] = ("payment_agreement",)


class SmtpSettings(_Section):
    """`[smtp]`: the door."""

    listen: Endpoint
    tls_listen: Endpoint | None = None
    tls_certificate: str = "keys/tls.pem"
    tls_key: str = "keys/tls-key.pem"


class RelaySettings(_Section):
    """`[relay]`: where outgoing mail is handed over; verified TLS, a loopback relay excepted."""

    url: Annotated[str, AfterValidator(_relay)]
    ca_file: str | None = None
    connections: int = Field(default=4, ge=1, le=100)
    timeout_seconds: int = Field(default=30, ge=1, le=600)
    give_up_after_hours: int = Field(default=48, ge=1)


class DatabaseSettings(_Section):
    """`[database]`."""

    url: str = "sqlite:///sagspost.db"


class RedisSettings(_Section):
    """`[redis]`: the clock's server."""

    url: Annotated[str, AfterValidator(_redis)] = "embedded"


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
    batch: int = Field(default=32, ge=1, le=500)


class RetentionSettings(_Section):
    """`[retention]`: how long the raw mails stay; journal and evidence stay."""

    raw_days: int = Field(default=365, ge=1)


class ClockSettings(_Section):
    """`[clock]`: `rehearsal` lets SAGSPOST_CLOCK_OFFSET move the clock, and every mail says so."""

    rehearsal: bool = False
    head_hour: int = Field(default=3, ge=0, le=23)
    """The hour, UTC, at which the signed head over all cases is mailed out."""


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
    limits: LimitSettings = LimitSettings()
    policy: Policy = Policy()
    retention: RetentionSettings = RetentionSettings()
    clock: ClockSettings = ClockSettings()

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
    lines = []
    for problem in error.errors(include_url=False):
        key = ".".join(str(step) for step in problem["loc"])
        match problem["type"]:
            case "extra_forbidden":
                said = "is not a setting of this version"
            case "missing":
                said = "is missing"
            case _:
                said = problem["msg"].removeprefix("Value error, ")
        lines.append(f"{file}: {key}: {said}")
    return "\n".join(lines)
