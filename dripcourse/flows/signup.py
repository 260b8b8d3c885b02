"""Double opt-in, first half: what is typed goes into a queue, and who it is is looked at when nobody waits for it.

    request: one row -> take_in: wait? person? run? budget? -> a confirm mail, or "you are in already", or nothing

So the answer to a sign-up is the same bytes in the same time for everybody; what differs happens by mail. The second
half, the button in that mail, is flows/confirming.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dripcourse.addresses import parse_address
from dripcourse.domain.budgets import LONGEST_WAIT
from dripcourse.domain.enrollment import Enrollment
from dripcourse.domain.fingerprint import Fingerprints
from dripcourse.domain.plan import Plan
from dripcourse.domain.signing_up import Follows, decide
from dripcourse.errors import Refused
from dripcourse.flows import gate, privacy, telling
from dripcourse.flows.engine import Engine
from dripcourse.flows.enroll import clean_name
from dripcourse.storage import consents, enrollments, events, notices, sign_ups, subscribers, suppressions
from dripcourse.storage.consents import Consent
from dripcourse.storage.database import DATABASE_GONE, Transaction
from dripcourse.storage.events import Event
from dripcourse.storage.forms import Form
from dripcourse.storage.notices import Notice
from dripcourse.storage.sign_ups import SignUp
from dripcourse.storage.subscribers import Subscriber

Once = Callable[[Transaction], bool]

#: Sign-ups a call of `take_in`.
BATCH = 100


@dataclass(frozen=True)
class Request:
    """What somebody typed, checked by whoever took it. `source` is UTM and referrer; `fields` are the form's own.

    `network` is where it came from, shortened (203.0.113.0/24), "" where that is not known; `path` is page, script,
    api or intake; `language` is the reader's, "" the form's.
    """

    address: str
    name: str = ""
    plan: Plan = field(default_factory=Plan)
    source: Mapping[str, Any] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    language: str = ""
    network: str = ""
    path: str = "page"


def request(
    engine: Engine, form: Form, asked: Request, now: datetime, *, keep: bool = True, once: Once | None = None
) -> None:
    """Take a sign-up: one insert, whoever it is. Raises InputError for address or name, Refused for a closed form.

    Without `keep` it is taken out again at once: who fell into the trap is not to see that by the time it takes.
    `once` is asked in the same transaction: where it says no, this sign-up has been taken before.
    """
    address, name = parse_address(asked.address), clean_name(asked.name)
    if not form.open:
        raise Refused("this form takes no sign-ups any more")
    data = {"context": _context(form, asked, name), "network": asked.network}
    with engine.db.writing() as tx:
        if once is not None and not once(tx):
            return
        taken = sign_ups.add(tx, form_id=form.id, address=address, name=name, data=data, at=now)
        if not keep:
            sign_ups.remove(tx, taken)


def _context(form: Form, asked: Request, name: str) -> dict[str, Any]:
    """All that its confirm mail, its proof and its run need, as the form was when it was filled in."""
    plan, tags = asked.plan, {"tags": list(form.settings.tags)} if form.settings.tags else {}
    return {
        "course_id": form.course_id,
        "language": asked.language or form.language,
        "form": form.slug,
        "form_version": form.version,
        "wording": form.wording,
        "opt_in": form.settings.opt_in,
        "path": asked.path,
        "plan": {"zone": plan.zone, "hour": f"{plan.hour:%H:%M}", "weekdays": plan.weekdays, "every": plan.every},
        "source": {"form": form.slug, "path": asked.path, **tags, **asked.source},
        "name": name,
        "fields": dict(asked.fields),
    }


def take_in(engine: Engine) -> int:
    """Look at up to a hundred waiting sign-ups; how many were looked at. Any number of workers may do it at once.

    Each is taken off the queue in the transaction that acts on it: a killed worker loses none and doubles none. One
    that cannot be acted on is dropped with a line in the ledger, and the others go on; where the database itself is
    gone, it waits. Raises, when all the others are done, what kept one waiting.
    """
    with engine.db.reading() as tx:
        found = sign_ups.due(tx, engine.clock(), BATCH)
    trouble: Exception | None = None
    for each in found:
        try:
            engine.db.write(lambda tx, each=each: _take(engine, tx, each))  # type: ignore[misc]
        except DATABASE_GONE as error:
            trouble = error
        except Exception as error:
            _drop(engine, each, error)
    if trouble is not None:
        raise trouble
    return len(found)


def _drop(engine: Engine, sign_up_id: int, error: Exception) -> None:
    """It would fail again at every tick, for ever."""
    why = f"it could not be read: {type(error).__name__}"
    with engine.db.writing() as tx:
        if sign_ups.take(tx, sign_up_id) is not None:
            events.record(tx, [Event(engine.clock(), "signup-ignored", "web", data={"why": why})])


def _put_off(engine: Engine, tx: Transaction, one: SignUp) -> bool:
    """Whether it is not its turn yet. Then it goes back into the queue; or, when it has waited for a day, nowhere."""
    now = engine.clock()
    until = gate.wait(tx, engine, one.form_id, one.address.text, str(one.data.get("network", "")), one.at, now)
    if until is None:
        return False
    if now - one.at < LONGEST_WAIT:
        sign_ups.put_off(tx, one, until)
    else:
        why = "it came with a surge of others, and its mail would have gone more than a day late"
        events.record(tx, [Event(now, "signup-ignored", "web", data={"why": why})])
    return True


def _take(engine: Engine, tx: Transaction, sign_up_id: int) -> None:
    one = sign_ups.take(tx, sign_up_id)
    if one is None or _put_off(engine, tx, one):
        return
    if privacy.may_not_ask(tx, Fingerprints(engine.links.keys), one.address):
        return
    dead = suppressions.reason(tx, one.address.key)
    if dead and subscribers.lookup(tx, one.address.key) is None:
        return
    # The name is kept with the sign-up: a stranger may have typed it, and nobody has confirmed it.
    person = subscribers.held(tx, one.address, name="", at=one.at)
    runs = enrollments.of_subscriber(tx, person.id, int(one.data["context"]["course_id"]))
    latest = runs[-1] if runs else None
    outcome = decide(dead=dead and f"suppressed: {dead}", latest=latest.state if latest else None)
    why = outcome.why or gate.may_mail(tx, engine, one.address.text, engine.clock(), one.form_id)
    if why:
        retold = outcome.follows is Follows.ASK and _retell(engine, tx, person, one, latest)
        data = {"why": why, **({"retold": True} if retold else {})}
        events.record(tx, [Event(one.at, "signup-ignored", "web", person.id, data=data)])
    elif outcome.follows is Follows.TELL and latest is not None:
        _tell(engine, tx, latest, one)
    else:
        _ask(engine, tx, person, one)


def _ask(engine: Engine, tx: Transaction, person: Subscriber, one: SignUp) -> None:
    """Queue the confirm mail. It is dated from the moment of the sign-up, and so lapses with it."""
    context = one.data["context"]
    notice = notices.add(tx, person.id, "confirm", context, host=engine.brand.domain, at=one.at)
    consents.record(tx, proof(notice, "asked", one.at, str(one.data.get("network", ""))))
    _note(tx, person.id, one, None)


def _retell(engine: Engine, tx: Transaction, person: Subscriber, one: SignUp, latest: Enrollment | None) -> bool:
    """Put this sign-up behind the confirm mails that went, or will go, for earlier ones of this form and are not used.

    A stranger may have signed him up first, with words of his own: what a person types himself must not be lost because
    his address has had its mail. Whoever came last may be the stranger, so the page shows what will be kept.
    """
    context, network = one.data["context"], str(one.data.get("network", ""))
    since = max([one.at - engine.signup_lapse, *([latest.created_at] if latest else [])])
    found = [
        notices.retell(tx, each, context)
        for each in notices.of_kind(tx, person.id, "confirm", since)
        if each.context["form"] == context["form"] and each.context != context and not was_pressed(tx, each)
    ]
    for each in found:
        consents.record(tx, proof(each, "asked", one.at, network))
    return bool(found)


def was_pressed(tx: Transaction, notice: Notice) -> bool:
    """Whether this very confirm mail was confirmed: it may have gone on with a run that is older than the mail."""
    history = consents.history(tx, notice.subscriber_id)
    return any(
        entry.kind == "confirmed" and (entry.details or {}).get("confirm_mail") == notice.message_id
        for entry in history
    )


def _tell(engine: Engine, tx: Transaction, latest: Enrollment, one: SignUp) -> None:
    telling.tell_already(tx, engine.shelf, latest, engine.brand.domain, one.at)
    _note(tx, latest.subscriber_id, one, latest.id)


def _note(tx: Transaction, subscriber_id: int, one: SignUp, run_id: int | None) -> None:
    context = one.data["context"]
    data = {"form": context["form"], "path": context["path"], "tags": context["source"].get("tags", [])}
    data["mail"] = "confirm" if run_id is None else "already"
    events.record(tx, [Event(one.at, "signup-requested", "web", subscriber_id, run_id, data)])


def proof(notice: Notice, kind: str, now: datetime, network: str) -> Consent:
    """What is kept as proof: which wording of which form, the way in, the confirm mail it hangs on, and from where."""
    context = notice.context
    return Consent(
        notice.subscriber_id, int(context["course_id"]), kind, now, "form", context["wording"],
        f"{context['form']}/{context['form_version']}",
        {"confirm_mail": notice.message_id, "path": context.get("path", "page")}, network,
    )  # fmt: skip
