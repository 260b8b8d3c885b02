"""Double opt-in: a form asks, a mail goes out, one button confirms. No GET changes anything.

    form -> request (pending, confirm mail queued) -> confirm page -> POST -> confirm (confirmed, enrolled)

The answer to a request never tells whether the address is known: what differs happens by mail.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Any

from dripcourse.addresses import parse_address
from dripcourse.domain.enrollment import Enrollment
from dripcourse.domain.fingerprint import Fingerprints
from dripcourse.domain.plan import Plan
from dripcourse.domain.states import ENDED, SubscriberState
from dripcourse.errors import NotFound, Refused
from dripcourse.flows import privacy
from dripcourse.flows.engine import Engine
from dripcourse.flows.enroll import Wish, clean_name, enroll
from dripcourse.storage import consents, courses, enrollments, events, forms, notices, subscribers, suppressions
from dripcourse.storage.consents import Consent
from dripcourse.storage.database import Transaction
from dripcourse.storage.events import Event
from dripcourse.storage.forms import Form
from dripcourse.storage.notices import Notice
from dripcourse.storage.subscribers import Subscriber

#: Confirm mails one address may be sent: the budget that makes us useless for mail bombing.
BUDGET = ((timedelta(days=1), 1), (timedelta(days=30), 3))


@dataclass(frozen=True)
class Request:
    """What a person typed into a form, as it came. `source` is UTM and referrer."""

    address: str
    name: str = ""
    plan: Plan = field(default_factory=Plan)
    source: Mapping[str, Any] = field(default_factory=dict)


def request(engine: Engine, form_slug: str, asked: Request, now: datetime) -> None:
    """Take a sign-up and queue the confirm mail where one may go. Raises InputError, NotFound, or Refused (closed)."""
    address, name = parse_address(asked.address), clean_name(asked.name)
    with engine.db.writing() as tx:
        form = forms.find(tx, form_slug)
        if not form.open:
            raise Refused("this form takes no sign-ups any more")
        if privacy.may_not_ask(tx, Fingerprints(engine.links.keys), address):
            return
        person = subscribers.held(tx, address, name=name, at=now)
        why_not = _why_no_mail(tx, person, form, now)
        if why_not:
            events.record(tx, [Event(now, "signup-ignored", "web", person.id, data={"why": why_not})])
            return
        _ask(engine, tx, person, form, asked, now)


def confirm(engine: Engine, notice_id: str, now: datetime, lapses_after: timedelta) -> Enrollment:
    """The button on the confirm page. Pressed twice it does it once. Raises NotFound for a lapsed or foreign link."""
    with engine.db.writing() as tx:
        notice = find_request(tx, notice_id, now, lapses_after)
        person = subscribers.by_id(tx, notice.subscriber_id)
        course = courses.by_id(tx, int(notice.context["course_id"]))
        suppressed = suppressions.reason(tx, person.address_key)
        if not suppressed:  # the write is also the lock: a second press waits here, and then sees the first one's run
            subscribers.set_state(tx, person.id, SubscriberState.CONFIRMED)
            person = replace(person, state=SubscriberState.CONFIRMED)
        runs = enrollments.of_subscriber(tx, person.id, course.id)
        since = [run for run in runs if run.created_at >= notice.created_at or run.state not in ENDED]
        if since:
            return since[-1]
        if suppressed:
            raise NotFound("this link is not valid (any more)")
        privacy.welcome_back(tx, Fingerprints(engine.links.keys), person.address_key)
        consents.record(tx, _consent(notice, person, course.id, "confirmed", now))
        language = str(notice.context.get("language", ""))
        wish = Wish(_plan(notice.context["plan"]), source=notice.context["source"], language=language)
        return enroll(tx, engine.shelf, person, course, wish, now, how="form")


def find_request(tx: Transaction, notice_id: str, now: datetime, lapses_after: timedelta) -> Notice:
    """The confirm mail behind a link. Raises NotFound where there is none or it has lapsed."""
    notice = notices.by_public_id(tx, notice_id)
    if notice is None or notice.template != "confirm" or now - notice.created_at > lapses_after:
        raise NotFound("this link is not valid any more; please sign up again")
    return notice


def _why_no_mail(tx: Transaction, person: Subscriber, form: Form, now: datetime) -> str:
    if suppressions.reason(tx, person.address_key):
        return "suppressed"
    if any(one.state not in ENDED for one in enrollments.of_subscriber(tx, person.id, form.course_id)):
        return "enrolled already"
    for span, most in BUDGET:
        if notices.recent(tx, person.id, "confirm", now - span) >= most:
            return f"budget of {most} in {span.days} days is used up"
    return ""


def _ask(engine: Engine, tx: Transaction, person: Subscriber, form: Form, asked: Request, now: datetime) -> None:
    course = courses.by_id(tx, form.course_id)
    context = {
        "course_id": course.id,
        "language": form.language,
        "form": form.slug,
        "form_version": form.version,
        "wording": form.wording,
        "plan": {"zone": asked.plan.zone, "hour": f"{asked.plan.hour:%H:%M}", "weekdays": asked.plan.weekdays,
                 "every": asked.plan.every},
        "source": {"form": form.slug, **asked.source},
    }  # fmt: skip
    host = engine.brand.domain
    notice = notices.add(tx, person.id, "confirm", context, host=host, at=now)
    consents.record(tx, _consent(notice, person, course.id, "asked", now))


def _consent(notice: Notice, person: Subscriber, course_id: int, kind: str, now: datetime) -> Consent:
    """The proof: which wording of which form, and which confirm mail it hangs on."""
    context = notice.context
    form = f"{context['form']}/{context['form_version']}"
    details = {"confirm_mail": notice.message_id}
    return Consent(person.id, course_id, kind, now, "form", context["wording"], form, details)


def _plan(saved: Mapping[str, Any]) -> Plan:
    hour, minute = saved["hour"].split(":")
    return Plan(saved["zone"], time(int(hour), int(minute)), saved["weekdays"], saved["every"])
