"""Double opt-in, second half: the button in the confirm mail. No GET changes anything.

link -> find: what is it good for? -> page -> POST -> confirm: seat, consent, person, run; in one transaction
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from hashlib import blake2b
from typing import Any

from dripcourse.domain.calendar import local_date
from dripcourse.domain.enrollment import Enrollment
from dripcourse.domain.fingerprint import Fingerprints
from dripcourse.domain.forms import is_open, starts
from dripcourse.domain.plan import Plan
from dripcourse.domain.signing_up import Invitation, invitation, may_go_on
from dripcourse.domain.states import ENDED, EnrollmentState, SubscriberState
from dripcourse.errors import Nobody, NotFound
from dripcourse.flows import gate, pace, privacy
from dripcourse.flows.engine import Engine
from dripcourse.flows.enroll import Wish, enroll
from dripcourse.flows.signup import proof, was_pressed
from dripcourse.flows.telling import heard_from
from dripcourse.storage import consents, courses, enrollments, events, forms, notices, subscribers, suppressions
from dripcourse.storage.database import Transaction
from dripcourse.storage.events import Event
from dripcourse.storage.forms import Form
from dripcourse.storage.notices import Notice

#: In the ledger: somebody pressed the button, and the places were taken.
NO_SEAT = "no-seat"


@dataclass(frozen=True)
class Invited:
    """A confirm mail and what its link is good for. `run`: the run it began, or that is under way, once it is used.

    `form` is None where that is no more. `left` is the run that can be gone on with, at its day `left_day`; `again`
    says whether the person has had lessons of this course before.
    """

    notice: Notice
    good_for: Invitation
    form: Form | None
    run: Enrollment | None = None
    left: Enrollment | None = None
    left_day: int = 0
    again: bool = False

    @property
    def plan(self) -> Plan:
        """The hour and zone that were asked for."""
        return _plan(self.notice.context["plan"])

    @property
    def words(self) -> str:
        """A mark of all that the sign-up says and a yes would keep: another sign-up may say other things."""
        said = {name: self.notice.context.get(name) for name in ("name", "fields", "plan", "wording")}
        return blake2b(json.dumps(said, sort_keys=True).encode(), digest_size=8).hexdigest()


def find(tx: Transaction, engine: Engine, notice_id: str, now: datetime, lapses_after: timedelta) -> Invited:
    """What the link of that confirm mail is good for. Raises Nobody where its person is here no more."""
    notice = notices.by_public_id(tx, notice_id)
    if notice is None:
        raise Nobody("nothing is stored about this address any more")
    if notice.template != "confirm":
        raise NotFound("this link is not valid any more; please sign up again")
    course_id = int(notice.context["course_id"])
    form = _form(tx, str(notice.context["form"]))
    runs = enrollments.of_subscriber(tx, notice.subscriber_id, course_id)
    since = [run for run in runs if run.created_at >= notice.created_at or run.state not in ENDED]
    used = bool(since) or was_pressed(tx, notice)
    good_for = invitation(
        used=used and bool(runs),
        dead=bool(suppressions.reason(tx, subscribers.by_id(tx, notice.subscriber_id).address_key)),
        lapsed=now - notice.created_at > lapses_after,
        closed=is_open(form, now) if form else "",
        cut=bool(runs) and runs[-1].state in ENDED - {EnrollmentState.FINISHED},
    )
    found = Invited(notice, good_for, form, again=bool(runs))
    if good_for is Invitation.USED:
        return replace(found, run=(since or runs)[-1])
    latest = runs[-1] if runs else None
    day = _next_day(tx, engine, latest) if latest else 0
    return replace(found, left=latest, left_day=day) if latest and may_go_on(latest.state, day) else found


def confirm(
    engine: Engine,
    notice_id: str,
    now: datetime,
    lapses_after: timedelta,
    *,
    go_on: bool = False,
    network: str = "",
    seen: str = "",
) -> Invited:
    """The button. Pressed twice, or a hundred times at once, it does it once; what it was good for says whether.

    With `go_on`, somebody who left goes on where he stopped, in place of day 1. With `seen`, the mark of the words that
    his page showed (`Invited.words`), nothing is done where they are others by now: the link is open still. A seat is
    taken together with the confirmation, or neither is. Raises NotFound where there is no such mail.
    """
    return engine.db.write(
        lambda tx: _noted(tx, _confirm(tx, engine, notice_id, now, lapses_after, go_on, network, seen), now)
    )


def _confirm(
    tx: Transaction,
    engine: Engine,
    notice_id: str,
    now: datetime,
    lapses_after: timedelta,
    go_on: bool,
    network: str,
    seen: str,
) -> Invited:
    asked = find(tx, engine, notice_id, now, lapses_after)
    runs = enrollments.of_subscriber(tx, asked.notice.subscriber_id)
    enrollments.lock(tx, [run.id for run in runs])  # runs first, as everywhere
    subscribers.lock(tx, asked.notice.subscriber_id)  # a second press waits here, and then sees the first one's run
    asked = find(tx, engine, notice_id, now, lapses_after)
    if asked.good_for is not Invitation.OPEN or seen not in ("", asked.words):
        return asked
    if asked.form is not None and not forms.seat(tx, asked.form.id, asked.form.settings.capacity):
        return replace(asked, good_for=Invitation.FULL)
    run = _begin(tx, engine, asked, now, go_on, network)
    return replace(asked, good_for=Invitation.USED, run=run)


def _noted(tx: Transaction, found: Invited, now: datetime) -> Invited:
    """The same; that he pressed and no seat was left is written down, once for a person and form."""
    if found.good_for is Invitation.FULL and found.form is not None:
        his, slug = found.notice.subscriber_id, found.form.slug
        if all((each.data or {}).get("form") != slug for each in events.of_no_run(tx, his, [NO_SEAT])):
            events.record(tx, [Event(now, NO_SEAT, "web", his, data={"form": slug})])
    return found


def _begin(tx: Transaction, engine: Engine, asked: Invited, now: datetime, go_on: bool, network: str) -> Enrollment:
    """What he typed becomes his own, the consent is written down, and the run begins or goes on."""
    context = asked.notice.context
    person = subscribers.by_id(tx, asked.notice.subscriber_id)
    name, fields = str(context.get("name", "")), context.get("fields", {})
    subscribers.keep(tx, person.id, name=name or person.name, fields={**person.fields, **fields})
    person = replace(person, state=SubscriberState.CONFIRMED, name=name or person.name)
    subscribers.set_state(tx, person.id, SubscriberState.CONFIRMED)
    gate.confirmed(tx, engine, person.address, asked.form.id if asked.form else None)
    privacy.welcome_back(tx, Fingerprints(engine.links.keys), person.address_key)
    consents.record(tx, proof(asked.notice, "confirmed", now, network))
    if go_on and asked.left is not None:
        return _go_on(tx, engine, asked.left, asked.plan, now)
    rule = asked.form.settings.start if asked.form else ""
    start = starts(rule, local_date(now, asked.plan.zone))
    wish = Wish(asked.plan, start, context["source"], str(context.get("language", "")))
    course = courses.by_id(tx, int(context["course_id"]))
    return enroll(tx, engine.shelf, person, course, wish, now, how="form")


def _go_on(tx: Transaction, engine: Engine, left: Enrollment, asked: Plan, now: datetime) -> Enrollment:
    """The run he left, at the hour he asked for now and the pace he had."""
    one = pace.come_back(tx, engine.shelf, left.id, now, how="form")
    plan = replace(one.plan, zone=asked.zone, hour=asked.hour)
    if plan != one.plan:
        one = pace.move(tx, engine.shelf, one.id, plan, now, how="form")
    heard_from(tx, engine.shelf.book(tx, one.version_id), one)
    return one


def _form(tx: Transaction, slug: str) -> Form | None:
    try:
        return forms.find(tx, slug)
    except NotFound:
        return None


def _next_day(tx: Transaction, engine: Engine, run: Enrollment) -> int:
    """The day of the lesson that comes next in that run; 0 where it is none of the days."""
    book = engine.shelf.book(tx, run.version_id)
    days = {key: day for key, day, kind in book.lessons if kind not in ("welcome", "completion")}
    return days.get(run.next_key or "", 0)


def _plan(saved: Mapping[str, Any]) -> Plan:
    hour, minute = saved["hour"].split(":")
    return Plan(saved["zone"], time(int(hour), int(minute)), saved["weekdays"], saved["every"])
