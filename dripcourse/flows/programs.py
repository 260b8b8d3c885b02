"""Sign-ups that a program brings: with a token, or signed by another form builder. Double opt-in as for everybody.

    what it says -> form open? -> every field checked -> the gate -> the queue; the person gets the confirm mail

What is answered depends on the form and on what was sent, never on who is known here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from hashlib import blake2b
from typing import Any

from dripcourse.addresses import parse_address
from dripcourse.domain.fields import check
from dripcourse.domain.forms import NEEDED, check_all, is_open
from dripcourse.domain.mapping import is_yes, read
from dripcourse.domain.networks import network
from dripcourse.domain.plan import Plan, parse_hour, parse_zone
from dripcourse.domain.signatures import PLAIN, secrets_of, verified
from dripcourse.errors import DripcourseError, InputError, NotFound, Refused
from dripcourse.flows import gate, signup
from dripcourse.flows.engine import Engine
from dripcourse.flows.enroll import clean_name
from dripcourse.storage import courses, forms, spent
from dripcourse.storage.forms import Form

#: How long a signed post is known again: whoever posts it once more gets the same answer, and signs nobody up.
MEMORY = timedelta(hours=24)
_CLOSED = {"closed": "takes no sign-ups any more", "over": "took sign-ups until its last day", "full": "is full"}
_SAID = ("address", "name", "hour", "zone", "language", "network")
_AN_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Wanted:
    """What a program says of one person, each a single line, not yet checked; "" where it says nothing."""

    address: str
    name: str = ""
    hour: str = ""
    zone: str = ""
    language: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    source: Mapping[str, str] = field(default_factory=dict)
    network: str = ""
    path: str = "api"


class Unfit(InputError):
    """Fields that cannot be taken: name -> one line each."""

    http_status = 422

    def __init__(self, wrong: Mapping[str, str]) -> None:
        self.wrong = wrong
        super().__init__("; ".join(f"{name}: {line}" for name, line in wrong.items()))


class Unsigned(DripcourseError):
    """A post that the form's secret has not signed."""

    http_status = 401


class Later(DripcourseError):
    """Nothing is taken now; `wait` says for how long not."""

    def __init__(self, status: int, message: str, wait: timedelta) -> None:
        self.http_status = status
        self.wait = wait
        super().__init__(message)


def sign_up(engine: Engine, slug: str, wanted: Wanted, now: datetime, *, once: signup.Once | None = None) -> None:
    """Put one person into the queue of a form; with `once`, as signup.request does.

    Raises Unfit for what was sent, with all that is wrong; NotFound, Refused (closed, full) or Later for the form.
    """
    form = find(engine, slug)
    _must_be_open(engine, form, wanted.path, now)
    asked = _checked(engine, form, wanted)
    knock = gate.Knock(wanted.path, asked.address, asked.network, proven=True)
    match gate.let_in(engine, form, knock, now):
        case gate.Answer.COME_IN:
            signup.request(engine, form, asked, now, once=once)
        case gate.Answer.BUSY:
            raise Later(429, "too many sign-ups from this network; try again later", _AN_HOUR)
        case _:  # nothing else is left for who is proven
            raise _held(find(engine, slug), now)  # as of now: it may be this one that closed it


def find(engine: Engine, slug: str) -> Form:
    """The form of that name. Raises NotFound."""
    with engine.db.reading() as tx:
        return forms.find(tx, slug)


def signed(engine: Engine, slug: str, headers: Mapping[str, str], body: bytes, now: datetime) -> tuple[Form, str]:
    """The form that a builder posts to, and what tells this post from others. Raises NotFound, Unsigned."""
    form = find(engine, slug)
    if not form.settings.intake:
        raise NotFound(f"the form {slug!r} takes nothing from other builders; give it an intake first (docs/api.md)")
    header = form.settings.intake.get("signature", PLAIN)
    mark = verified(headers, body, secrets_of(engine.links.keys, slug), now, header)
    if mark is None:
        raise Unsigned(
            "the signature is missing, wrong, or more than five minutes old; "
            f"`dripcourse token intake {slug}` shows the secret, docs/api.md how to sign"
        )
    return form, mark


def take(engine: Engine, form: Form, mark: str, data: Any, now: datetime) -> None:
    """Sign up whom a builder's JSON speaks of; a post that came before signs nobody up. Raises as `sign_up` does.

    The post is known again from the transaction on that queues the person, and not before: one that dies on the way
    may come again, and of two at once the second is told that it worked only when it did.
    """
    known = "intake:" + blake2b(f"{form.id} {mark}".encode(), digest_size=24).hexdigest()
    with engine.db.reading() as tx:
        if spent.is_spent(tx, known):
            return
    wanted = _mapped(form, data)
    sign_up(engine, form.slug, wanted, now, once=lambda tx: spent.spend(tx, known, now + MEMORY))


def _mapped(form: Form, data: Any) -> Wanted:
    """What the form's mapping finds. Raises Unfit."""
    mapping = {name: path for name, path in form.settings.intake.items() if name != "signature"}
    needed = {*NEEDED, *(each.name for each in form.settings.fields if each.required)}
    try:
        found = read({"address": "address", **mapping}, data, needed)
    except InputError as error:
        name, _, line = str(error).partition(": ")
        raise Unfit({name: line}) from None
    if "agree" in mapping and not is_yes(found.get("agree", "")):
        raise Unfit({"agree": f"{mapping['agree']} is no yes; without it nobody is signed up"})
    own = {each.name: found[each.name] for each in form.settings.fields if each.name in found}
    address, name, hour, zone, language, network_ = (found.get(each, "") for each in _SAID)
    return Wanted(address, name, hour, zone, language, own, network=network_, path="intake")


def _must_be_open(engine: Engine, form: Form, path: str, now: datetime) -> None:
    why = is_open(form, now)
    if why == "held":
        gate.note_held(engine, form, path, now)
        raise _held(form, now)
    if why:
        raise Refused(f"the form {form.slug!r} {_CLOSED[why]}")


def _held(form: Form, now: datetime) -> Later:
    wait = max((form.held_until or now) - now, timedelta(minutes=1))
    return Later(503, f"the form {form.slug!r} is held, for too many sign-ups come at once; try again later", wait)


def _checked(engine: Engine, form: Form, wanted: Wanted) -> signup.Request:
    """The request. Raises Unfit with every field that is wrong, by the checks of the hosted form."""
    hour, zone = wanted.hour or "08:00", wanted.zone or "UTC"
    checks: dict[str, Callable[[], object]] = {
        "address": lambda: parse_address(wanted.address),
        "name": lambda: clean_name(wanted.name),
        "hour": lambda: parse_hour(hour),
        "zone": lambda: parse_zone(zone),
        "language": lambda: _language(engine, form, wanted.language),
        "network": lambda: _network(wanted.network),
        "fields": lambda: _known_only(form, wanted.fields),
        **{f"fields.{one.name}": partial(check, one, wanted.fields.get(one.name, "")) for one in form.settings.fields},
    }
    wrong = {name: line for name, each in checks.items() if (line := _complaint(each))}
    if wrong:
        raise Unfit(wrong)
    return signup.Request(
        address=wanted.address,
        name=clean_name(wanted.name),
        plan=Plan(parse_zone(zone), parse_hour(hour)),
        source=wanted.source,
        fields=check_all(form.settings, wanted.fields),
        language=_language(engine, form, wanted.language),
        network=_network(wanted.network),
        path=wanted.path,
    )


def _complaint(check_: Callable[[], object]) -> str:
    try:
        check_()
    except InputError as error:
        return str(error)
    return ""


def _known_only(form: Form, fields: Mapping[str, str]) -> None:
    own = [one.name for one in form.settings.fields]
    strange = sorted(fields.keys() - set(own))
    if strange:
        raise InputError(f"the form has no field {strange[0][:40]!r}; it has: {', '.join(own) or 'none of its own'}")


def _language(engine: Engine, form: Form, tag: str) -> str:
    """The tag as the course spells it; "" for the form's own language."""
    if not tag:
        return ""
    with engine.db.reading() as tx:
        version = courses.by_id(tx, form.course_id).version_id
        return engine.shelf.book(tx, version).choice(tag, "")[0] or tag


def _network(address: str) -> str:
    """The network of an IP address as it is kept, "" for none. Raises InputError."""
    found = network(address)
    if address and not found:
        raise InputError(f"{address[:60]!r} is no IP address")
    return found
