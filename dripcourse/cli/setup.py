"""`init` and `doctor`: getting an installation right before anybody is enrolled."""

from __future__ import annotations

import json as json_module
import os
import secrets
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import redis
import typer

from dripcourse.addresses import mailbox_provider
from dripcourse.cli import house
from dripcourse.cli.gate_symptoms import gate_symptoms
from dripcourse.cli.output import Json, put, put_json
from dripcourse.config import DEV_KEY, SETTINGS, Settings, strangers
from dripcourse.errors import ConfigError, InputError, Refused
from dripcourse.flows.engine import relay, signer
from dripcourse.storage import courses, heartbeats, hooks, schema
from dripcourse.storage.database import Database, Transaction, can_connect, open_database


def init(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where to write dripcourse.toml.")] = Path(),
) -> None:
    """Write a commented dripcourse.toml with every setting, its default and a fresh key.

    Example: dripcourse init
    """
    path = folder / "dripcourse.toml"
    if path.exists():
        raise Refused(f"{path} is there already; edit it, or move it away first")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)  # nobody else may read the key, not even for a moment
        path.write_text(settings_file(secrets.token_urlsafe(32)), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}; name another folder") from None
    put(f"{path} written. Next: set from_address, postal_address and smtp_host in it, then `dripcourse doctor`.")


def settings_file(key: str) -> str:
    """The text of a fresh dripcourse.toml: every setting commented out at its default, but for the key."""
    lines = ["# Dripcourse's settings. Each can also come from the environment: DRIPCOURSE_NAME, or a file named by"]
    lines += ["# DRIPCOURSE_NAME_FILE. What is commented out stands at its default.", ""]
    for name, default, about in SETTINGS:
        lines += [f"# {about}"]
        own = name == "secret_keys"
        lines += [f"{'' if own else '# '}{name} = {_toml([key] if own else default)}", ""]
    return "\n".join(lines)


def _toml(value: Any) -> str:
    if isinstance(value, Path):
        value = str(value)
    return json_module.dumps(list(value) if isinstance(value, tuple) else value)


@dataclass(frozen=True)
class Symptom:
    """One thing the doctor looked at. `level` is ok, warning or error."""

    level: str
    what: str


def doctor(json: Json = False) -> None:
    """Look at settings, database, Redis, relay and heartbeat. Exit code 1 if something would keep mail from going out.

    Example: dripcourse doctor
    """
    found = list(_examine(house.settings()))
    if json:
        put_json(found)
    else:
        for symptom in found:
            put(f"{symptom.level:8}{symptom.what}")
    raise typer.Exit(1 if any(s.level == "error" for s in found) else 0)


def _examine(s: Settings) -> Iterator[Symptom]:
    yield from _settings_symptoms(s)
    yield from _database_symptoms(s)
    yield from _redis_symptoms(s)


def _settings_symptoms(s: Settings) -> Iterator[Symptom]:
    for name in strangers(os.environ):
        yield Symptom("warning", f"{name} is set in the environment, and there is no such setting")
    local = urlsplit(s.base_url).hostname in ("localhost", "127.0.0.1", "::1")
    if DEV_KEY in s.secret_keys:
        yield Symptom("warning" if local else "error", "secret_keys is the development key: anybody can forge links")
    if not s.base_url.startswith("https://"):
        level = "warning" if local else "error"
        yield Symptom(level, f"base_url {s.base_url} is not https: mailbox providers refuse one-click links without")
    if not s.postal_address:
        yield Symptom(
            "warning", "postal_address is empty: courses that bring none cannot be published (CAN-SPAM, CASL)"
        )
    yield from _sender_symptoms(s)
    yield from _relay_symptoms(s)
    yield from _dkim_symptoms(s)


def _sender_symptoms(s: Settings) -> Iterator[Symptom]:
    if s.sender_name == Settings.model_fields["sender_name"].default:
        yield Symptom("warning", f"sender_name is the default: mails come from “{s.sender_name}”; set your own")
    if provider := mailbox_provider(s.from_address):
        yield Symptom(
            "error", f"from_address is at {provider}: receivers refuse mail in the name of a mailbox provider"
        )
    if s.from_address.rpartition("@")[2].lower() in ("example.com", "example.org"):
        yield Symptom("warning", "from_address is the example: set your own")
    if "noreply" in s.from_address.lower().replace("-", "") and not s.reply_to:
        yield Symptom("warning", "from_address cannot receive: people answer these mails; set reply_to")


def _relay_symptoms(s: Settings) -> Iterator[Symptom]:
    if s.smtp_host:
        if not s.smtp_password.isascii():
            yield Symptom("error", "smtp_password is not ASCII: relays cannot be told it; set another at the relay")
            return
        try:
            relay(s)
        except ConfigError as error:
            yield Symptom("error", str(error))
            return
        yield Symptom("ok", f"mail goes out by {s.smtp_host}:{s.smtp_port} ({s.smtp_security})")
    else:
        yield Symptom("warning", "smtp_host is not set: only `dripcourse serve` works, with its built-in outbox")


def _dkim_symptoms(s: Settings) -> Iterator[Symptom]:
    try:
        found = signer(s)
    except ConfigError as error:
        yield Symptom("error", str(error))
        return
    if found is not None:
        yield Symptom("ok", f"mail is signed ({found.algorithm}); the record to publish in the DNS: {found.record}")
        if found.algorithm.startswith("ed25519"):
            yield Symptom(
                "warning", "dkim_key is for Ed25519: receivers that know only RSA take this mail for unsigned"
            )
    elif s.dkim_key or s.dkim_selector:
        yield Symptom("warning", "dkim_domain is not set: the other DKIM settings do nothing")


def _database_symptoms(s: Settings) -> Iterator[Symptom]:
    with closing(open_database(s.database_url)) as db:
        problem = can_connect(db)
        if problem:
            yield Symptom("error", f"the database cannot be reached: {problem}")
        else:
            yield from _schema_symptoms(db, s)


def _schema_symptoms(db: Database, s: Settings) -> Iterator[Symptom]:
    with db.reading() as tx:
        has, wants = schema.revisions(tx)
        if has != wants:
            yield Symptom("error", f"the database is at schema {has or 'none'}, expected {wants}: run db upgrade")
            return
        yield Symptom("ok", f"database {db.engine.dialect.name} at schema {has}")
        yield from _course_symptoms(tx, s)
        yield from (Symptom(*each) for each in gate_symptoms(tx, house.now()))
        yield from _hook_symptoms(tx)
        last = heartbeats.last_beat(tx, "tick")
    if last is None:
        yield Symptom("warning", "the scheduler has never ticked: start `dripcourse serve`, or beat and a worker")
    elif house.now() - last > timedelta(minutes=2):
        yield Symptom("error", f"the scheduler last ticked at {last:%Y-%m-%d %H:%M} UTC: is beat running?")
    else:
        yield Symptom("ok", "the scheduler ticks")


def _hook_symptoms(tx: Transaction) -> Iterator[Symptom]:
    for one in hooks.every(tx):
        if one.state in ("failing", "disabled"):
            how = f"is {one.state}, failing since {one.failing_since:%Y-%m-%d %H:%M} UTC"
            yield Symptom("warning", f"webhook {one.public_id} {how}: see `dripcourse hook log {one.public_id}`")


def _course_symptoms(tx: Transaction, s: Settings) -> Iterator[Symptom]:
    """What a course shows was fixed when it was published; one from before that shows what the settings say."""
    for course in courses.every(tx):
        brand = courses.get_version(tx, course.version_id).data.get("brand", {})
        if not brand.get("postal_address", s.postal_address).strip():
            yield Symptom(
                "error", f"{course.slug} is published without a postal address: give it one and publish it again"
            )


def _redis_symptoms(s: Settings) -> Iterator[Symptom]:
    if not s.redis_url:
        yield Symptom("ok", "no Redis: everything runs in one process (`dripcourse serve`)")
        return
    try:
        parts = urlsplit(s.redis_url)
        # Of a URL that was cut in the wrong place, any part may be a piece of the password: nothing of it is shown.
        if not parts.hostname or parts.fragment or "@" in parts.path + parts.query or parts.netloc.count("@") > 1:
            raise ValueError("cut in the wrong place")
        redis.Redis.from_url(s.redis_url, socket_timeout=5, socket_connect_timeout=5).ping()
    except (ValueError, TypeError):
        yield Symptom("error", "redis_url cannot be read; write @ : / # ? % in a password as %40 %3A %2F %23 %3F %25")
        return
    except (redis.RedisError, OSError) as error:
        yield Symptom("error", f"Redis cannot be reached: {error}")
        return
    open_to_all = not parts.password and parts.hostname not in ("localhost", "127.0.0.1", "::1", None)
    yield Symptom("warning" if open_to_all else "ok", "Redis answers" + (", without a password" if open_to_all else ""))
