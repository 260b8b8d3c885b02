""" "Pick up here": who taps nothing for three lessons is written to once, once more with day 14, and then no more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time
from pathlib import Path

import pytest
from sqlalchemy import select, update

from dripcourse.domain.answers import Answer
from dripcourse.domain.consent import Inbound
from dripcourse.domain.enrollment import Enrollment
from dripcourse.domain.plan import Plan
from dripcourse.domain.progress import Rule
from dripcourse.flows import inbound, pace, reader
from dripcourse.flows.notify import send_notices
from dripcourse.flows.tick import tick
from dripcourse.storage import notices
from dripcourse.storage.tables import course_version, notice
from tests.flows.stage import MINUTE, Stage, raised, utc

KEYS = [f"d{day}" for day in range(1, 31)]


@pytest.fixture
def month(sqlite_url: str, tmp_path: Path) -> Iterator[Stage]:
    """A course of thirty days, with a welcome mail; one lesson is sent for each of them at eight."""
    with raised(sqlite_url, tmp_path, course=False) as stage:
        stage.publish_quickly("welcome", *KEYS)
        yield stage


@pytest.fixture
def month_on_both(database_url: str, tmp_path: Path) -> Iterator[Stage]:
    """The same, once on SQLite and once on PostgreSQL."""
    with raised(database_url, tmp_path, course=False) as stage:
        stage.publish_quickly("welcome", *KEYS)
        yield stage


def live(stage: Stage, until: str, *taps: tuple[str, Enrollment, str]) -> None:
    """Until then everything due goes at its moment, the scheduler beats after each; taps happen at theirs."""
    waiting = sorted((utc(at), one.public_id, key) for at, one, key in taps)
    for _ in range(500):
        with stage.db.reading() as tx:
            moments = [stage.next_due(), notices.next_due(tx), waiting[0][0] if waiting else None, utc(until)]
        stage.at(max(stage.clock.now, min(moment for moment in moments if moment is not None)))
        while waiting and waiting[0][0] <= stage.clock.now:
            _, who, key = waiting.pop(0)
            reader.say(stage.engine, who, key, Answer.DONE, stage.clock())
        send_notices(stage.engine)
        if stage.clock.now >= utc(until):
            return
        stage.clock.now += 2 * MINUTE
        tick(stage.engine)
    raise AssertionError(f"it spins at {stage.clock.now}")


def pick_ups(stage: Stage) -> list[tuple[str, str]]:
    """(when it was sent, in UTC, or "" where it was not; its state)."""
    with stage.db.reading() as tx:
        rows = tx.execute(select(notice).where(notice.c.template == "pick-up").order_by(notice.c.id)).all()
    return [(f"{row.sent_at:%m-%d %H}" if row.sent_at else "", row.state) for row in rows]


def test_who_never_taps_is_written_to_on_the_third_evening_with_day_14_and_no_more(
    month_on_both: Stage,
) -> None:
    month = month_on_both
    month.enroll("anna")  # lessons 1, 2, 3 on the 3rd, 4th and 5th of March
    live(month, "2026-04-02 12:00")
    assert pick_ups(month) == [("03-05 20", "sent"), ("03-16 20", "sent")]
    assert month.broken_promises() == []


def test_who_taps_is_left_alone_and_counted_anew(month: Stage) -> None:
    anna = month.enroll("anna")
    taps = [(f"2026-03-{day:02} 09:00", anna, f"d{day - 2}") for day in (4, 6, 8, 10)]  # after d2, d4, d6 and d8
    live(month, "2026-03-12 12:00", *taps)
    assert pick_ups(month) == []
    live(month, "2026-03-14 12:00")  # d9, d10 and d11 were quiet
    assert pick_ups(month) == [("03-13 20", "sent")]


def test_a_tap_before_the_mail_goes_withdraws_it(month_on_both: Stage) -> None:
    month = month_on_both
    anna = month.enroll("anna")
    live(month, "2026-03-06 07:00", ("2026-03-05 12:00", anna, "d1"))
    assert pick_ups(month) == [("", "failed")]


@pytest.mark.parametrize("how", ["pause", "leave"])
def test_who_pauses_or_leaves_before_it_goes_is_not_written_to(month: Stage, how: str) -> None:
    anna = month.enroll("anna")
    live(month, "2026-03-05 12:00")
    if how == "pause":
        reader.pause(month.engine, anna.public_id, utc("2026-03-20 00:00").date(), month.clock())
    else:
        month.do(pace.cancel, anna)
    live(month, "2026-03-06 12:00")
    assert pick_ups(month) == [("", "failed")]


def test_it_goes_at_a_good_hour_of_its_reader(month: Stage) -> None:
    month.enroll("anna", Plan("Asia/Tokyo", time(21, 0)))  # 12:00 UTC; nine in the morning there is midnight UTC
    live(month, "2026-03-06 12:00")
    assert pick_ups(month) == [("03-05 00", "sent")]


@pytest.mark.parametrize("how", ["moves", "pauses and resumes", "leaves and comes back", "chooses"])
def test_who_did_anything_by_himself_since_it_was_queued_is_not_asked(month: Stage, how: str) -> None:
    anna = month.enroll("anna")
    live(month, "2026-03-05 12:00")  # queued at 08:02, for the evening
    if how == "moves":
        reader.move(month.engine, anna.public_id, Plan("UTC", time(9, 0)), month.clock())
    elif how == "pauses and resumes":
        reader.pause(month.engine, anna.public_id, None, month.clock())
        reader.resume(month.engine, anna.public_id, month.clock())
    elif how == "leaves and comes back":
        inbound.leave(month.engine, anna.public_id, Inbound.LEFT, month.clock())
        inbound.come_back(month.engine, month.engine.shelf, anna.public_id, month.clock())
    else:
        reader.say(month.engine, anna.public_id, "d3", Answer.NOT_TODAY, month.clock())
    live(month, "2026-03-06 07:00")
    assert pick_ups(month) == [("", "failed")]
    live(month, "2026-03-12 07:00")  # three more quiet lessons: the first of the two has not gone yet
    assert [state for _, state in pick_ups(month)] == ["failed", "sent"]


def test_a_pause_that_ended_long_ago_keeps_nobody_from_being_asked(month: Stage) -> None:
    mondays = Plan("UTC", time(8, 0), weekdays=0b0000001)
    anna = month.enroll("anna", mondays)
    month.at("2026-03-02 20:00")
    reader.pause(month.engine, anna.public_id, utc("2026-03-05 00:00").date(), month.clock())
    live(month, "2026-03-24 12:00")  # d1, d2 and d3 on the Mondays 9, 16 and 23
    assert pick_ups(month) == [("03-23 20", "sent")]


def test_a_pace_change_before_the_welcome_mail_counts_lessons_and_not_the_welcome(month: Stage) -> None:
    anna = month.enroll("anna")
    reader.move(month.engine, anna.public_id, Plan("UTC", time(8, 30)), month.clock())
    live(month, "2026-03-06 07:00")
    live(month, "2026-03-06 12:00")
    assert pick_ups(month) == [("03-06 08", "sent")]  # half past eight in the evening is night: the next morning


def test_the_second_goes_with_day_14_whatever_an_edit_does_to_the_days(month: Stage) -> None:
    anna = month.enroll("anna")
    live(month, "2026-03-06 12:00")
    assert pick_ups(month) == [("03-05 20", "sent")]
    month.publish_quickly(
        "welcome", *(f"n{day}" for day in range(1, 4)), *KEYS, rule=Rule.BACKFILL
    )  # d11 is day 14 now
    live(month, "2026-03-31 12:00")
    _, (second, state) = pick_ups(month)
    assert state == "sent"
    assert month.sent(anna)["d11"] == f"2026-{second[:5]}"


def test_a_version_without_taps_asks_nobody(month: Stage) -> None:
    with month.db.writing() as tx:
        kept = tx.execute(select(course_version.c.data)).scalar_one()
        plain = {name: value for name, value in kept.items() if name != "lessons"}
        tx.execute(update(course_version).values(data=plain))
    month.enroll("anna")
    live(month, "2026-03-20 12:00")
    assert pick_ups(month) == []


def test_the_ledger_notes_only_what_went(month: Stage) -> None:
    anna = month.enroll("anna")
    live(month, "2026-03-05 12:00")
    assert month.happened(anna, "pick-up") == []
    live(month, "2026-03-06 07:00")
    assert len(month.happened(anna, "pick-up")) == 1


def test_an_installation_may_do_without(month: Stage) -> None:
    quiet = month.with_engine(pick_up=False)
    quiet.enroll("anna")
    live(quiet, "2026-03-20 12:00")
    assert pick_ups(quiet) == []
