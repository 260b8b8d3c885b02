"""A sign-up is taken without a look at anybody; who it is decides later what mail goes."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, insert, select, text

from dripcourse.flows import asked, gate, inbound, pace, prune, signup
from dripcourse.flows.tick import tick
from dripcourse.storage import events, forms
from dripcourse.storage.database import DATABASE_GONE
from dripcourse.storage.tables import attempt, notice, sign_up
from tests.flows.signed_up import ask, begun, erase, mails, open_form, run_of, suppress, told, waiting
from tests.flows.stage import DAY, HOUR, MINUTE, Stage


@contextmanager
def statements(stage: Stage) -> Iterator[list[str]]:
    """The texts of all statements meanwhile."""
    said: list[str] = []

    def hear(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    event.listen(stage.db.engine, "before_cursor_execute", hear)
    yield said
    event.remove(stage.db.engine, "before_cursor_execute", hear)


def everybody(stage: Stage) -> list[str]:
    """People in each state there is; their names say which."""
    form = open_form(stage, "earlier")
    ask(stage, form, "pending")
    signup.take_in(stage.engine)
    for name in ("active", "paused", "left", "cancelled", "erased", "dead"):
        stage.enroll(name)
    with stage.db.writing() as tx:
        for name, change in (("paused", pace.pause), ("cancelled", pace.cancel)):
            before = () if change is pace.cancel else (stage.engine.shelf,)
            change(tx, *before, run_of(stage, name).id, stage.clock(), how="cli")
    inbound.leave(stage.engine, run_of(stage, "left").public_id, inbound.Inbound.LEFT, stage.clock())
    suppress(stage, "suppressed", "complaint")
    suppress(stage, "dead", "hard-bounce")
    for name in ("erased", "dead"):
        erase(stage, name)
    stage.jump(stage.clock.now + 2 * DAY)  # past the budget of the one who was asked
    return ["new", "pending", "active", "paused", "left", "cancelled", "suppressed", "erased", "dead"]


def test_taking_a_sign_up_asks_the_same_of_the_database_whoever_it_is(stage: Stage) -> None:
    names = everybody(stage)
    form = open_form(stage)
    asked = {}
    for name in names:
        with statements(stage) as said:
            ask(stage, form, name)
        asked[name] = said
    assert {len(said) for said in asked.values()} == {1 + 1}  # BEGIN IMMEDIATE, INSERT
    assert len({tuple(said) for said in asked.values()}) == 1


def test_what_follows_depends_on_who_it_is(stage_on_both: Stage) -> None:
    stage = stage_on_both
    names = everybody(stage)
    before = {name: len(mails(stage, name)) for name in names}
    form = open_form(stage)
    for name in names:
        ask(stage, form, name)
    assert signup.take_in(stage.engine) == len(names)
    assert {name: mails(stage, name)[before[name] :] for name in names} == {
        "new": ["confirm"],
        "pending": ["confirm"],
        "active": ["already"],
        "paused": ["already"],
        "left": ["confirm"],
        "cancelled": ["confirm"],
        "suppressed": [],
        "erased": ["confirm"],  # he may come back by himself
        "dead": [],  # erased, and dead before that
    }
    assert waiting(stage) == signup.take_in(stage.engine) == 0


def test_a_tick_sees_that_a_sign_up_waits(stage: Stage) -> None:
    assert tick(stage.engine).notices == 0
    ask(stage, open_form(stage), "anna")
    assert tick(stage.engine).notices == 1


def test_who_is_in_the_course_gets_one_such_mail_a_day_like_anybody_else(stage: Stage) -> None:
    stage.enroll("anna")
    form = open_form(stage)
    for _ in range(5):
        ask(stage, form, "anna")
        signup.take_in(stage.engine)
    assert mails(stage, "anna") == ["already"]
    assert told(stage, "anna").count("A sign-up got no mail: the budget of 1 in 1 day is used up.") == 4


def test_one_that_cannot_be_read_is_dropped_and_stops_nobody(stage_on_both: Stage) -> None:
    stage = stage_on_both
    form = open_form(stage)
    now = stage.clock()
    broken = {"address": "b@example.com", "address_key": "b@example.com", "name": "", "data": {}, "at": now}
    with stage.db.writing() as tx:
        tx.execute(insert(sign_up).values(form_id=form.id, due_at=now, **broken))
    ask(stage, form, "anna")
    assert signup.take_in(stage.engine) == 2
    assert (waiting(stage), mails(stage, "anna"), mails(stage, "b")) == (0, ["confirm"], [])


def test_where_the_database_is_gone_a_sign_up_waits_for_it(stage_on_both: Stage) -> None:
    """57P01: the server is being shut down."""
    stage = stage_on_both
    if stage.db.is_sqlite:
        pytest.skip("a file does not go away")
    ask(stage, open_form(stage), "anna")
    gone = "$$BEGIN RAISE EXCEPTION USING ERRCODE = '57P01'; END$$"
    with stage.db.writing() as tx:
        tx.execute(text("CREATE FUNCTION gone() RETURNS trigger LANGUAGE plpgsql AS " + gone))
        tx.execute(text("CREATE TRIGGER gone BEFORE DELETE ON sign_up FOR EACH ROW EXECUTE FUNCTION gone()"))
    with pytest.raises(DATABASE_GONE):
        signup.take_in(stage.engine)
    assert waiting(stage) == 1
    with stage.db.writing() as tx:
        tx.execute(text("DROP FUNCTION gone CASCADE"))
    signup.take_in(stage.engine)
    assert mails(stage, "anna") == ["confirm"]


def test_several_workers_at_one_queue_take_each_sign_up_once(stage_on_both: Stage) -> None:
    stage = stage_on_both
    form = open_form(stage)
    names = [f"p{i}" for i in range(20)]
    for name in names:
        ask(stage, form, name)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: signup.take_in(stage.engine), range(4)))
    assert [mails(stage, name) for name in names] == [["confirm"]] * 20


def test_explain_says_why_a_sign_up_got_no_mail(stage: Stage) -> None:
    form = open_form(stage)
    ask(stage, form, "anna", path="script")
    signup.take_in(stage.engine)
    ask(stage, form, "anna")
    signup.take_in(stage.engine)
    suppress(stage, "anna", "complaint")
    ask(stage, form, "anna")
    signup.take_in(stage.engine)
    ask(stage, form, "anna")
    assert set(told(stage, "anna")) == {
        "Signed up by the form f (script): a confirm mail was queued.",
        "The confirm mail waits to be sent.",
        "A sign-up got no mail: the budget of 1 in 1 day is used up. It stands behind the confirm mail of before.",
        "A sign-up got no mail: suppressed: complaint.",
        asked.waits(),
    }


def test_a_sign_up_before_a_hold_is_mailed_after_it_and_stands_in_nobody_s_way(stage_on_both: Stage) -> None:
    stage = stage_on_both
    form, other = open_form(stage), open_form(stage, "other")
    for name in ("anna", "bert"):
        ask(stage, form, name)
    with stage.db.writing() as tx:
        forms.hold(tx, form.id, stage.clock.now + HOUR)
    ask(stage, other, "carla")
    signup.take_in(stage.engine)
    assert {name: mails(stage, name) for name in ("anna", "carla")} == {"anna": [], "carla": ["confirm"]}
    assert tick(stage.engine).notices == 1  # Carla's mail
    stage.jump(stage.clock.now + 59 * MINUTE)
    assert (signup.take_in(stage.engine), waiting(stage)) == (0, 2)
    stage.jump(stage.clock.now + MINUTE)
    signup.take_in(stage.engine)
    assert [mails(stage, name) for name in ("anna", "bert")] == [["confirm"]] * 2


def test_a_sign_up_that_waits_for_more_than_a_day_gets_no_mail_and_the_ledger_says_why(stage: Stage) -> None:
    form = open_form(stage)
    ask(stage, form, "anna")
    for _ in range(4):
        with stage.db.writing() as tx:
            forms.hold(tx, form.id, stage.clock.now + 8 * HOUR)
        signup.take_in(stage.engine)
        stage.jump(stage.clock.now + 8 * HOUR)
    assert (waiting(stage), mails(stage, "anna")) == (0, [])
    with stage.db.reading() as tx:
        (told_,) = events.of_kind(tx, "signup-ignored")
    assert "more than a day late" in (told_.data or {})["why"]


def test_strangers_from_one_network_are_mailed_five_at_a_time_until_somebody_confirms(stage_on_both: Stage) -> None:
    stage = stage_on_both
    form, names = open_form(stage), [f"p{number}" for number in range(8)]
    for name in names:
        knock = gate.Knock("api", f"{name}@example.com", "203.0.113.0/24", proven=True)
        assert gate.let_in(stage.engine, form, knock, stage.clock.now) is gate.Answer.COME_IN
        ask(stage, form, name)
    signup.take_in(stage.engine)
    assert [len(mails(stage, name)) for name in names] == [1] * 5 + [0] * 3
    stage.jump(stage.clock.now + MINUTE)
    signup.take_in(stage.engine)
    assert sum(len(mails(stage, name)) for name in names) == 5
    begun(stage, "p0")
    stage.jump(stage.clock.now + 2 * MINUTE)
    signup.take_in(stage.engine)
    assert [len(mails(stage, name)) for name in names] == [1] * 8


def test_not_me_pressed_after_a_month_holds_for_every_spelling(stage: Stage) -> None:
    form = open_form(stage)
    ask(stage, form, "anna")
    signup.take_in(stage.engine)
    stage.jump(stage.clock.now + 31 * DAY)
    prune.prune_some(stage.db, None, stage.clock.now)
    with stage.db.reading() as tx:
        found = tx.execute(select(notice.c.public_id)).scalar_one()
    for _ in range(2):
        inbound.decline(stage.engine, found, stage.clock())
    ask(stage, form, "anna+again")
    signup.take_in(stage.engine)
    assert mails(stage, "anna+again") == []
    with stage.db.reading() as tx:
        assert tx.execute(select(attempt.c.form_id, attempt.c.outcome)).all() == [(form.id, "declined")]
