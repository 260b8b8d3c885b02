"""The button: what was typed becomes the person's own, once, with a seat, a proof and the start the form says."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import time

import pytest
from sqlalchemy import select

from dripcourse.addresses import parse_address
from dripcourse.domain.plan import Plan
from dripcourse.domain.signing_up import Invitation
from dripcourse.flows import funnel, inbound, pace, signup
from dripcourse.flows.notify import send_notices
from dripcourse.storage import consents, enrollments, forms, subscribers
from dripcourse.storage.tables import notice
from tests.flows.signed_up import ask, begun, open_form, press, told
from tests.flows.stage import DAY, MINUTE, UTC_8, Stage

BERLIN_7 = Plan("Europe/Berlin", time(7, 0))


def test_a_strangers_typing_changes_nothing_before_the_person_confirms_it(stage: Stage) -> None:
    anna = stage.enroll("anna", BERLIN_7)
    stage.do(pace.cancel, anna)
    stage.clock.now += MINUTE
    form = open_form(stage)
    ask(stage, form, "anna", name="Mallory", fields={"city": "Kiel"}, plan=UTC_8)
    signup.take_in(stage.engine)
    with stage.db.reading() as tx:
        person = subscribers.by_id(tx, anna.subscriber_id)
    assert (person.name, person.fields, person.state) == ("Anna", {}, "confirmed")
    run = begun(stage, "anna")
    with stage.db.reading() as tx:
        person = subscribers.by_id(tx, anna.subscriber_id)
    assert (person.name, person.fields, run.plan) == ("Mallory", {"city": "Kiel"}, UTC_8)


def test_what_is_not_typed_again_stays_as_it_was(stage: Stage) -> None:
    stage.do(pace.cancel, stage.enroll("anna"))
    stage.clock.now += MINUTE
    form = open_form(stage)
    for fields in ({"city": "Kiel", "team": "A"}, {"city": "Bonn"}):
        ask(stage, form, "anna", fields=fields)
        signup.take_in(stage.engine)
        stage.do(pace.cancel, begun(stage, "anna"))
        stage.jump(stage.clock.now + 2 * DAY)
    with stage.db.reading() as tx:
        person = subscribers.find(tx, parse_address("anna@example.com"))
    assert (person.name, person.fields) == ("Anna", {"city": "Bonn", "team": "A"})


@pytest.mark.parametrize(
    ("start", "confirmed", "first"),
    [  # the hour is 8:00 UTC
        ("", "2026-03-03 06:00", "2026-03-03"),
        ("", "2026-03-03 09:00", "2026-03-04"),
        ("tomorrow", "2026-03-03 06:00", "2026-03-04"),
        ("tomorrow", "2026-03-03 09:00", "2026-03-04"),
        ("2026-03-09", "2026-03-03 06:00", "2026-03-09"),
        ("2026-03-09", "2026-03-12 09:00", "2026-03-13"),  # the group has begun: he begins by himself
    ],
)
def test_the_first_lesson_comes_when_the_form_says_and_the_welcome_at_once(
    stage: Stage, start: str, confirmed: str, first: str
) -> None:
    ask(stage, open_form(stage, start=start), "anna")
    signup.take_in(stage.engine)
    stage.jump(confirmed)
    anna = begun(stage, "anna")
    stage.at("2026-03-14 00:00")
    sent = stage.sent(anna)
    assert (sent["welcome"], sent["one"]) == ("", first)
    assert stage.rows(anna)["welcome"].sent_at == anna.created_at
    send_notices(stage.engine)
    assert stage.broken_promises() == []


def test_tomorrow_is_tomorrow_in_the_readers_own_zone(stage: Stage) -> None:
    """At noon UTC it is Wednesday in Auckland already; so Thursday is the first day."""
    plan = Plan("Pacific/Auckland", time(8, 0))
    ask(stage, open_form(stage, start="tomorrow"), "anna", plan=plan)
    signup.take_in(stage.engine)
    stage.jump("2026-03-03 12:00")
    anna = begun(stage, "anna")
    stage.at("2026-03-06 00:00")
    assert stage.sent(anna)["one"] == "2026-03-05"


def test_a_hundred_presses_at_once_begin_one_run_and_take_one_seat(stage_on_both: Stage) -> None:
    stage = stage_on_both
    form = open_form(stage, capacity=5)
    ask(stage, form, "anna")
    signup.take_in(stage.engine)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: press(stage, "anna").run, range(100)))
    assert len({run.id for run in found if run}) == 1
    assert None not in found
    with stage.db.reading() as tx:
        assert len(enrollments.after(tx, 0, 10)) == 1
        assert forms.find(tx, "f").taken == 1


def test_the_last_seat_goes_to_one_of_those_who_press_for_it_at_once(stage_on_both: Stage) -> None:
    stage = stage_on_both
    form = open_form(stage, capacity=1)
    names = [f"p{i}" for i in range(8)]
    for name in names:
        ask(stage, form, name)
    signup.take_in(stage.engine)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda name: press(stage, name).good_for, names))
    assert sorted(found) == sorted([Invitation.USED, *[Invitation.FULL] * 7])
    with stage.db.reading() as tx:
        assert len(enrollments.after(tx, 0, 10)) == 1
        people = subscribers.many(tx, list(range(1, 20))).values()
    assert [person.state for person in people].count("confirmed") == 1


def test_who_confirms_when_the_places_are_taken_leaves_one_line(stage: Stage) -> None:
    form = open_form(stage, capacity=1)
    for name in ("anna", "bert"):
        ask(stage, form, name)
    signup.take_in(stage.engine)
    begun(stage, "anna")
    assert [press(stage, "bert").good_for for _ in range(3)] == [Invitation.FULL] * 3
    late = "Confirmed, but no place was left in the form f."
    assert [line for line in told(stage, "bert") if line == late] == [late]
    with stage.db.reading() as tx:
        (found,) = funnel.look(tx, stage.clock(), DAY).forms
    assert (found.confirmed, found.no_seat) == (1, 1)


def test_who_left_goes_on_where_he_stopped_at_the_hour_he_now_asks_for(stage_on_both: Stage) -> None:
    stage = stage_on_both
    anna = stage.enroll("anna", replace(UTC_8, every=2))
    stage.at("2026-03-03 12:00")
    assert set(stage.sent(anna)) == {"welcome", "one"}
    inbound.leave(stage.engine, anna.public_id, inbound.Inbound.LEFT, stage.clock())
    stage.jump(stage.clock.now + DAY)
    ask(stage, open_form(stage), "anna", plan=BERLIN_7)
    signup.take_in(stage.engine)
    run = begun(stage, "anna", go_on=True)
    assert (run.id, run.plan) == (anna.id, replace(BERLIN_7, every=2))
    stage.at("2026-03-30 12:00")
    assert list(stage.sent(anna)) == ["welcome", "one", "two", "three", "four", "completion"]
    send_notices(stage.engine)
    assert stage.broken_promises() == []


def test_an_old_mail_does_not_bring_back_who_left_after_it(stage: Stage) -> None:
    """It went on with a run that is older than the mail: the mail was used all the same."""
    anna = stage.enroll("anna")
    stage.at("2026-03-03 12:00")
    inbound.leave(stage.engine, anna.public_id, inbound.Inbound.LEFT, stage.clock())
    stage.jump(stage.clock.now + DAY)
    ask(stage, open_form(stage), "anna")
    signup.take_in(stage.engine)
    begun(stage, "anna", go_on=True)
    inbound.leave(stage.engine, anna.public_id, inbound.Inbound.LEFT, stage.clock())
    again = press(stage, "anna")
    assert again.good_for is Invitation.USED
    assert (again.run and again.run.id, stage.again(anna).state) == (anna.id, "left")


def test_the_proof_says_what_was_read_where_when_and_which_mail_it_hangs_on(stage: Stage) -> None:
    form = open_form(stage)
    ask(stage, form, "anna", path="api")
    with stage.db.writing() as tx:
        forms.edit(tx, "f", wording="No.")  # after he had read it
    signup.take_in(stage.engine)
    stage.clock.now += MINUTE
    run = begun(stage, "anna", network="2001:db8:1:2::/64")
    with stage.db.reading() as tx:
        asked, confirmed = consents.history(tx, run.subscriber_id)
        mail = tx.execute(select(notice.c.message_id)).scalar_one()
    assert (asked.kind, asked.network, confirmed.kind, confirmed.network) == (
        "asked", "203.0.113.0/24", "confirmed", "2001:db8:1:2::/64"
    )  # fmt: skip
    assert confirmed.at - asked.at == MINUTE
    for entry in (asked, confirmed):
        assert (entry.wording, entry.form_version) == ("Yes.", "f/1")
        assert entry.details == {"confirm_mail": mail, "path": "api"}
