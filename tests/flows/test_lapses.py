"""What sign-ups leave behind goes by itself: who never confirmed after two weeks and a day, networks after a month."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import select, text

from dripcourse.flows import lapses, signup
from dripcourse.flows.tick import tick
from dripcourse.storage.tables import consent, event, notice, subscriber
from tests.flows.signed_up import ask, begun, mails, open_form, suppress
from tests.flows.stage import DAY, MINUTE, Stage

LAPSE = 14 * DAY


def forget(stage: Stage, now: datetime) -> lapses.Forgotten:
    return lapses.forget(stage.db, stage.engine.links.keys, LAPSE, now)


def people(stage: Stage) -> list[str]:
    with stage.db.reading() as tx:
        found = tx.execute(select(subscriber.c.address).order_by(subscriber.c.id)).scalars()
        return [address.partition("@")[0] for address in found]


def networks(stage: Stage) -> list[str | None]:
    with stage.db.reading() as tx:
        return list(tx.execute(select(consent.c.network).order_by(consent.c.id)).scalars())


def test_who_never_confirms_is_gone_after_two_weeks_and_a_day_with_all_that_hangs_on_him(stage_on_both: Stage) -> None:
    stage = stage_on_both
    began, form = stage.clock.now, open_form(stage)
    for name in ("anna", "ben", "carl", "dora"):
        ask(stage, form, name)
    signup.take_in(stage.engine)
    begun(stage, "ben")
    suppress(stage, "carl", "signup-declined")
    stage.jump(began + 5 * DAY)
    ask(stage, form, "dora")  # asked again meanwhile
    signup.take_in(stage.engine)
    stage.jump(began + LAPSE + DAY)
    assert forget(stage, stage.clock()).people == 0
    stage.jump(began + LAPSE + DAY + MINUTE)
    assert lapses.foresee(stage.db, LAPSE, stage.clock()) == 2
    assert forget(stage, stage.clock()).people == 2
    assert people(stage) == ["ben", "dora"]
    with stage.db.reading() as tx:
        left = {table.name: len(tx.execute(select(table.c.id)).all()) for table in (notice, consent)}
        kept = tx.execute(select(event.c.subscriber_id).where(event.c.kind == "signup-requested")).scalars()
        assert len(set(kept)) == 2
        assert tx.execute(text("SELECT count(*) FROM erased")).scalar_one() == 0
        assert tx.execute(text("SELECT reason FROM suppression")).scalar_one() == "signup-declined"
    assert left == {"notice": 3, "consent": 4}  # ben's one mail and two consents, dora's two and two
    stage.jump(began + LAPSE + 7 * DAY)
    assert forget(stage, stage.clock()).people == 1
    assert people(stage) == ["ben"]


def test_whoever_comes_back_after_that_is_new(stage: Stage) -> None:
    form = open_form(stage)
    ask(stage, form, "anna")
    signup.take_in(stage.engine)
    stage.jump(stage.clock.now + LAPSE + 2 * DAY)
    forget(stage, stage.clock())
    ask(stage, form, "anna")
    signup.take_in(stage.engine)
    assert mails(stage, "anna") == ["confirm"]


@pytest.mark.parametrize(("days", "known"), [(29, "203.0.113.0/24"), (31, None)])
def test_a_consent_says_for_a_month_from_which_network_it_came(
    stage_on_both: Stage, days: int, known: str | None
) -> None:
    stage = stage_on_both
    ask(stage, open_form(stage), "anna")
    signup.take_in(stage.engine)
    begun(stage, "anna", network="203.0.113.0/24")
    stage.jump(stage.clock.now + days * DAY)
    forget(stage, stage.clock())
    assert networks(stage) == [known, known]


def test_a_double_click_that_two_workers_take_in_the_other_way_round_keeps_nobody(stage_on_both: Stage) -> None:
    """Then an event of his is older than he himself is here."""
    stage = stage_on_both
    form, pressed = open_form(stage), stage.clock.now
    stage.jump(pressed + MINUTE)
    ask(stage, form, "dora")
    stage.clock.now = pressed + MINUTE / 2
    ask(stage, form, "dora")
    stage.jump(pressed + 2 * MINUTE)
    ask(stage, form, "ed")
    signup.take_in(stage.engine)
    stage.jump(pressed + LAPSE + 2 * DAY)
    assert forget(stage, stage.clock()).people == 2
    assert people(stage) == []


def test_one_who_cannot_be_removed_keeps_neither_the_others_nor_the_tick(
    stage_on_both: Stage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stage = stage_on_both
    monkeypatch.setattr(lapses, "BATCH", 2)
    form = open_form(stage)
    for name in ("anna", "ben", "carl", "dora", "ed"):
        ask(stage, form, name)
    signup.take_in(stage.engine)
    with stage.db.writing() as tx:  # a table of somebody else's that refers to the oldest
        tx.execute(text("CREATE TABLE theirs (person BIGINT REFERENCES subscriber (id))"))
        tx.execute(text("INSERT INTO theirs SELECT min(id) FROM subscriber"))
    try:
        stage.jump(stage.clock.now + LAPSE + 2 * DAY)
        stage.clock.now += 2 * MINUTE
        tick(stage.engine)
        assert people(stage) == ["anna"]
        assert "cannot be removed" in (told := "".join(capsys.readouterr()))
        assert "anna" not in told
    finally:
        with stage.db.writing() as tx:
            tx.execute(text("DROP TABLE theirs"))


def test_the_scheduler_does_so_at_its_beat(stage: Stage) -> None:
    ask(stage, open_form(stage), "anna")
    signup.take_in(stage.engine)
    stage.jump(stage.clock.now + LAPSE + 2 * DAY)
    stage.clock.now += 2 * MINUTE
    tick(stage.engine)
    assert people(stage) == []
