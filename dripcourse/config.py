"""The installation's settings: one list, read once, frozen. Not the course's own settings (course.toml).

Sources, later ones winning: the defaults here, `dripcourse.toml` in the working folder (or DRIPCOURSE_CONFIG), the
environment (DRIPCOURSE_NAME), and for secrets a file named by DRIPCOURSE_NAME_FILE.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from dripcourse.errors import ConfigError

PREFIX = "DRIPCOURSE_"
#: Days for which a run that is over keeps its days at least: it may be gone back to, or asked about.
LEAST_HISTORY = 30
DEV_KEY = "development-only-key-not-for-production"
_SELECTOR = re.compile(r"(?=.{1,63}\Z)[A-Za-z0-9](?:-*[A-Za-z0-9])*(?:\.[A-Za-z0-9](?:-*[A-Za-z0-9])*)*\Z")


def _address(value: str) -> str:
    if value:
        try:
            validate_email(value, check_deliverability=False, test_environment=True)
        except EmailNotValidError as error:
            raise ValueError(f"not an e-mail address: {error}") from None
    return value


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    whole = parts.scheme in ("http", "https") and parts.hostname and not (parts.query or parts.fragment)
    if not whole or any(letter.isspace() for letter in value):
        raise ValueError("write it as https://host or https://host/path")
    return value.rstrip("/")


def _domain(value: str) -> str:
    try:
        return validate_email(f"x@{value}", check_deliverability=False, test_environment=True).domain if value else ""
    except EmailNotValidError:
        raise ValueError("not a domain; write it as example.org") from None


def _selector(value: str) -> str:
    if value and not _SELECTOR.match(value):
        raise ValueError("letters, digits and hyphens, with dots between, at most 63")
    return value


def _history(days: int) -> int:
    if 0 < days < LEAST_HISTORY:
        raise ValueError(f"write 0 to keep it for ever, or {LEAST_HISTORY} days or more")
    return days


Address = Annotated[str, AfterValidator(_address)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
Domain = Annotated[str, AfterValidator(_domain)]
Selector = Annotated[str, AfterValidator(_selector)]


class Settings(BaseModel):
    """Every setting with its default and help. Frozen; unknown names are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False, allow_inf_nan=False)

    database_url: str = Field(
        "sqlite:///dripcourse.db", description="where the truth is kept: sqlite:/// or postgresql+psycopg://"
    )
    redis_url: str = Field("", description="Celery's broker, redis://…; empty: in memory, all in one process (serve)")
    secret_keys: tuple[str, ...] = Field(
        (DEV_KEY,), min_length=1, description="keys that sign links, oldest first, comma-separated; the last one signs"
    )
    base_url: WebAddress = Field(
        "http://localhost:8000", description="where subscribers reach the web part, without a trailing slash"
    )
    sender_name: str = Field("Dripcourse", description="the name mails come from, unless a course brings its own")
    from_address: Address = Field(
        "course@example.com", description="the address mails come from; it must be able to receive"
    )
    reply_to: Address = Field("", description="where replies go, if not to from_address")
    unsubscribe_address: Address = Field(
        "", description="where a mail unsubscribes its reader (docs/unsubscribe.md); empty: with one click only"
    )
    bounce_address: Address = Field("", description="the envelope sender; empty: from_address")
    dkim_domain: Domain = Field(
        "", description="the domain that signs mails (DKIM), from_address's own; empty: none does"
    )
    dkim_selector: Selector = Field("", description="the name of the DKIM key in the DNS: SELECTOR._domainkey.DOMAIN")
    dkim_key: str = Field(
        "", description="the private DKIM key in PEM, RSA of 2048 bits or more, or Ed25519; best in a file of its own"
    )
    postal_address: str = Field("", description="your postal address, shown in every mail (CAN-SPAM, CASL)")
    smtp_host: str = Field("", description="the relay; empty: the built-in sink, which delivers to nobody")
    smtp_port: int = Field(587, ge=1, le=65535, description="the relay's port")
    smtp_security: Literal["tls", "starttls", "plain"] = Field(
        "starttls", description="tls (465), starttls (587) or plain (loopback only)"
    )
    smtp_username: str = Field("", description="user name at the relay")
    smtp_password: str = Field("", description="password at the relay")
    smtp_timeout: float = Field(60.0, gt=0, description="seconds for one reply of the relay")
    smtp_deadline: float = Field(
        300.0, gt=0, description="seconds for one whole mail, from MAIL FROM to the last reply"
    )
    smtp_plain_ok: bool = Field(
        False, description="allow plain SMTP to a host that is not this machine (a private network you trust)"
    )
    state_dir: Path = Field(
        Path("var"), description="this machine's folder for acceptance journals; needed until a batch is settled"
    )
    smtp_connections: int = Field(
        4, ge=1, le=200, description="connections to the relay at once, for each worker process"
    )
    smtp_chunking: bool = Field(False, description="use BDAT for DATA where the relay offers CHUNKING (RFC 3030)")
    batch_size: int = Field(1000, ge=1, le=5000, description="how many lessons are claimed and settled together")
    consent_age: float = Field(
        0.25, ge=0, le=5, description="seconds for which one look at who has left serves all mails that begin"
    )
    tick_seconds: float = Field(5.0, gt=0, le=60, description="how often the scheduler asks what is due")
    lease_seconds: int = Field(900, ge=30, description="how long a claimed batch belongs to its worker")
    unknown_policy: Literal["resend", "skip"] = Field(
        "resend", description="what becomes of a mail whose reply was lost: resend once, or skip"
    )
    pick_up: bool = Field(True, description="whether a reader who taps nothing gets a mail that says: pick up here")
    signup_days: int = Field(14, ge=1, description="days after which an unconfirmed sign-up lapses")
    history_days: Annotated[int, AfterValidator(_history)] = Field(
        400, ge=0, le=36500, description="days after its end for which a run keeps its single days; 0: for ever"
    )
    hooks_private_ok: bool = Field(
        False, description="allow webhooks to private networks and to this machine, there by plain http too"
    )
    metrics_token: str = Field("", description="who brings it as a bearer token reads /metrics; empty: nobody does")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="how much is logged")

    @property
    def host(self) -> str:
        """The host name of the web part; it also names Message-IDs and List-Ids."""
        return urlsplit(self.base_url).hostname or "localhost"

    @property
    def envelope_sender(self) -> str:
        """The envelope sender (RFC 5321 MAIL FROM)."""
        return self.bounce_address or self.from_address


#: (name, default, help) of every setting, in the order of the documentation.
SETTINGS: tuple[tuple[str, Any, str], ...] = tuple(
    (name, field.default, field.description or "") for name, field in Settings.model_fields.items()
)
_LISTS = {"secret_keys"}
#: Never shown, not even in part.
_SECRETS = {"secret_keys", "smtp_password", "dkim_key", "database_url", "redis_url", "metrics_token"}


def load(environ: Mapping[str, str] | None = None, folder: Path | None = None) -> Settings:
    """The settings of this process. Raises ConfigError with one line for each thing that is wrong."""
    env = os.environ if environ is None else environ
    path = _file(env, folder or Path())
    given = _from_environment(env)
    try:
        return Settings(**{**_from_file(path), **given})
    except ValidationError as error:
        lines = [_line(e, f"{PREFIX}{e['loc'][0]}".upper() if e["loc"][0] in given else path) for e in error.errors()]
        raise ConfigError("\n".join(lines)) from None


def refuse_development_key(settings: Settings) -> None:
    """For whoever answers on the net. Raises ConfigError where an https site would sign with the public key."""
    if DEV_KEY in settings.secret_keys and settings.base_url.startswith("https:"):
        raise ConfigError(
            "secret_keys holds the development key, and base_url is https: anybody could forge links; set "
            f"{PREFIX}SECRET_KEYS (`dripcourse init` makes one)"
        )


def strangers(environ: Mapping[str, str]) -> list[str]:
    """Variables that look like settings of ours and are none, in alphabetical order."""
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    known |= {f"{name}_FILE" for name in known} | {f"{PREFIX}CONFIG"}
    return sorted(name for name in environ if name.startswith(PREFIX) and name not in known)


def _file(env: Mapping[str, str], folder: Path) -> Path:
    named = env.get(PREFIX + "CONFIG", "")
    if named and not Path(named).is_file():
        raise ConfigError(f"{PREFIX}CONFIG names {named}, and there is no such file")
    return Path(named) if named else folder / "dripcourse.toml"


def _from_file(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None


def _from_environment(env: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in Settings.model_fields:
        key = PREFIX + name.upper()
        if env.get(key + "_FILE"):
            found[name] = _secret(Path(env[key + "_FILE"]), key)
        elif key in env:
            found[name] = env[key]
        if name in _LISTS and isinstance(found.get(name), str):
            found[name] = tuple(part.strip() for part in found[name].split(",") if part.strip())
    return found


def _secret(path: Path, key: str) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigError(f"{key}_FILE names {path}, which cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{key}_FILE names {path}, which is no text in UTF-8") from None


def _line(error: Any, where: str | Path) -> str:
    name = str(error["loc"][0])
    if error["type"] == "extra_forbidden":
        near = get_close_matches(name, Settings.model_fields, n=1)
        hint = f"did you mean {near[0]}?" if near else "`dripcourse init` writes the list of them"
        return f"{where}: there is no setting {name}; {hint}"
    found = "" if name in _SECRETS else f" (found {error['input']!r})"
    wrong = error["msg"].removeprefix("Value error, ")
    return f"{where}: {name}: {wrong}{found}; it is {Settings.model_fields[name].description}"
