"""Confirm and left mails: each goes once, to people who still want it, and a broken one stands in nobody's way."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update

from dripcourse.flows import inbound, signup
from dripcourse.flows.notify import send_notices
from dripcourse.mail.transports import Reply
from dripcourse.storage import notices, subscribers, suppressions
from dripcourse.storage.tables import notice
from tests.flows.signed_up import ask, open_form
from tests.flows.stage import DAY, MINUTE, TAKEN, Clock, Gate, Post, Stage, refusal


def sign_up(stage: Stage, *names: str) -> None:
    """These people ask for the course by a form; their confirm mails are queued in this order."""
    for number, name in enumerate(names):
        if number % 50 == 0:  # more wait where nobody confirms
            form = open_form(stage, f"f{number}")
        ask(stage, form, name, network=f"10.0.{number}.0/24")
    while signup.take_in(stage.engine):
        pass


def queue(stage: Stage) -> dict[str, tuple[str, str]]:
    """(state, error) of each notice, by the person's name."""
    with stage.db.reading() as tx:
        rows = tx.execute(select(notice).order_by(notice.c.id)).all()
        people = subscribers.many(tx, [row.subscriber_id for row in rows])
    return {people[row.subscriber_id].address.partition("@")[0]: (row.state, row.error) for row in rows}


def reached_people(stage: Stage) -> list[str]:
    return [mail.to.partition("@")[0] for mail in stage.post.accepted]


def decline(stage: Stage, name: str) -> None:
    with stage.db.reading() as tx:
        person = subscribers.lookup(tx, f"{name}@example.com")
    assert person is not None
    inbound.decline(stage.engine, person.public_id, stage.clock())


def during_the_first(stage: Stage, act: Callable[[], None]) -> None:
    """Send a batch, and do this while the first mail waits for the server."""
    gate = stage.post.gates["mail"] = Gate()
    worker = threading.Thread(target=send_notices, args=(stage.engine,))
    worker.start()
    assert gate.reached.wait(10)
    act()
    stage.clock.now += MINUTE
    gate.open.set()
    worker.join(20)
    assert not worker.is_alive()


def test_a_reply_with_a_nul_is_written_down_without_it_and_the_others_get_theirs(stage_on_both: Stage) -> None:
    stage = stage_on_both
    sign_up(stage, "anna", "ben", "carl")
    stage.post.answer = lambda to, _: refusal(450, "4.2.0 \x00 later \ud800") if to.startswith("anna") else TAKEN
    assert send_notices(stage.engine) == 3
    assert reached_people(stage) == ["ben", "carl"]
    assert queue(stage)["anna"] == ("queued", "the server said 450 4.2.0 later")
    stage.post.answer = lambda *_: TAKEN
    stage.jump(stage.clock.now + 10 * MINUTE)
    assert send_notices(stage.engine) == 1
    assert reached_people(stage) == ["ben", "carl", "anna"]
    assert send_notices(stage.engine) == 0


def test_a_hundred_mails_of_twenty_seconds_go_once_each_with_a_second_worker_at_the_same_queue(stage: Stage) -> None:
    class Slow(Post):
        """Each mail takes 20 seconds; after a quarter of an hour a second worker comes along."""

        helped = False

        def deliver(
            self, sender: str, recipient: str, build: Callable[[], bytes], before_dot: Callable[[], None]
        ) -> Reply:
            clock.now += timedelta(seconds=20)
            if clock.now > began + stage.engine.lease + MINUTE and not Slow.helped:
                Slow.helped = True
                send_notices(slow.engine)
            return super().deliver(sender, recipient, build, before_dot)

    clock: Clock = stage.clock
    began = clock.now
    sign_up(stage, *(f"p{i}" for i in range(100)))
    slow = stage.with_engine(transport=Slow(clock))
    send_notices(slow.engine)
    assert Slow.helped
    assert Counter(reached_people(slow)) == {f"p{i}": 1 for i in range(100)}


def test_who_declines_while_others_are_written_to_gets_nothing_more(stage_on_both: Stage) -> None:
    stage = stage_on_both
    sign_up(stage, "anna", "ben")
    during_the_first(stage, lambda: decline(stage, "ben"))
    assert reached_people(stage) == ["anna"]
    assert queue(stage)["ben"] == ("failed", "suppressed: signup-declined")


def test_who_declines_while_the_server_is_being_reached_gets_nothing(stage_on_both: Stage) -> None:
    stage = stage_on_both
    sign_up(stage, "anna", "ben")
    during_the_first(stage, lambda: decline(stage, "anna"))
    assert reached_people(stage) == ["ben"]
    assert queue(stage)["anna"] == ("failed", "suppressed: signup-declined")


def test_a_suppressed_address_costs_no_word_to_the_server(stage: Stage) -> None:
    sign_up(stage, "anna")
    with stage.db.writing() as tx:
        suppressions.add(tx, "anna@example.com", "complaint", stage.clock())
    assert send_notices(stage.engine) == 1
    assert (stage.post.begun, queue(stage)["anna"]) == ([], ("failed", "suppressed: complaint"))


def test_a_sign_up_that_lapsed_meanwhile_gets_no_confirm_mail(stage: Stage) -> None:
    sign_up(stage, "anna")
    stage.jump(stage.clock.now + 2 * DAY)
    send_notices(stage.with_engine(signup_lapse=DAY).engine)
    assert stage.post.begun == []
    state, why = queue(stage)["anna"]
    assert state == "failed"
    assert "lapsed after 1 days" in why
    stage.jump(stage.clock.now + 13 * DAY)
    assert send_notices(stage.engine) == 0


def test_without_a_word_a_sign_up_lapses_after_a_fortnight(stage: Stage) -> None:
    sign_up(stage, "anna")
    stage.jump(stage.clock.now + 14 * DAY + MINUTE)
    send_notices(stage.engine)
    assert (stage.post.begun, queue(stage)["anna"][0]) == ([], "failed")


def test_the_mail_that_says_goodbye_does_not_lapse(stage: Stage) -> None:
    ben = stage.enroll("ben")
    inbound.leave(stage.engine, ben.public_id, inbound.Inbound.LEFT, stage.clock())
    stage.jump(stage.clock.now + 20 * DAY)
    send_notices(stage.engine)
    assert reached_people(stage) == ["ben"]


def test_a_mail_that_outlasts_its_lease_is_not_sent_and_goes_once_by_the_next_worker(stage: Stage) -> None:
    sign_up(stage, "anna")

    def answer(_to: str, attempt: int) -> Reply:
        if attempt == 1:
            stage.clock.now += stage.engine.lease
        return TAKEN

    stage.post.answer = answer
    send_notices(stage.engine)
    assert reached_people(stage) == ["anna"]
    assert len(stage.post.begun) == 2


def test_no_mail_is_begun_in_the_margin_before_its_lease_ends(stage: Stage) -> None:
    sign_up(stage, "anna")

    def late() -> None:
        stage.clock.now += stage.engine.lease - stage.engine.margin

    during_the_first(stage, late)
    assert (reached_people(stage), queue(stage)["anna"]) == ([], ("queued", ""))
    stage.post.gates.clear()
    stage.past_the_lease()
    send_notices(stage.engine)
    assert reached_people(stage) == ["anna"]


@pytest.mark.parametrize("broken", [{"template": "nonsense"}, {"context": {"shown": 7}}, {"context": {}}])
def test_a_notice_that_cannot_be_built_parks_only_itself(stage_on_both: Stage, broken: dict[str, object]) -> None:
    stage = stage_on_both
    sign_up(stage, "anna", "ben", "carl")
    with stage.db.writing() as tx:
        tx.execute(update(notice).where(notice.c.id == 1).values(**broken))
    assert send_notices(stage.engine) == 3
    assert reached_people(stage) == ["ben", "carl"]
    state, why = queue(stage)["anna"]
    assert state == "queued"
    assert "could not be made" in why


def test_a_way_out_that_breaks_for_one_breaks_for_no_other(stage: Stage) -> None:
    sign_up(stage, "anna", "ben")

    def answer(to: str, _number: int) -> Reply:
        return TAKEN if to.startswith("ben") else refusal(int("no number"), "")

    stage.post.answer = answer
    send_notices(stage.engine)
    assert reached_people(stage) == ["ben"]
    assert "could not be sent: ValueError" in queue(stage)["anna"][1]


def test_an_outcome_the_database_does_not_take_is_written_in_our_own_words(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_up(stage, "anna", "ben")
    real = notices.settle

    def picky(tx: object, one: object, *, error: str, **more: object) -> bool:
        if "unspeakable" in error:
            raise ValueError(error)
        return real(tx, one, error=error, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(notices, "settle", picky)
    stage.post.answer = lambda to, _: refusal(450, "4.2.0 unspeakable") if to.startswith("anna") else TAKEN
    send_notices(stage.engine)
    assert reached_people(stage) == ["ben"]
    assert queue(stage)["anna"] == ("queued", "what the server said could not be kept: ValueError")


def test_a_row_that_cannot_be_settled_at_all_stops_no_other_and_is_not_hidden(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_up(stage, "anna", "ben", "carl")
    real = notices.settle

    def broken(tx: object, one: notices.Notice, **more: object) -> bool:
        if one.id == 1:
            raise ValueError("this row is cursed")
        return real(tx, one, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(notices, "settle", broken)
    with pytest.raises(ValueError, match="cursed"):
        send_notices(stage.engine)
    assert {name: state for name, (state, _) in queue(stage).items()} == {
        "anna": "queued",
        "ben": "sent",
        "carl": "sent",
    }
    assert send_notices(stage.engine) == 0  # its lease goes on


def test_mails_from_before_sign_ups_were_counted_are_in_the_budget_of_their_address(stage_on_both: Stage) -> None:
    stage = stage_on_both
    form = open_form(stage)
    for _ in range(3):
        stage.jump(stage.clock.now + 2 * DAY)
        ask(stage, form, "anna")
        send_notices(stage.engine)
    with stage.db.writing() as tx:
        tx.execute(text("DELETE FROM attempt"))  # as an upgrade finds it
    for days, reached in ((0.5, 3), (2, 3), (28, 4)):
        stage.jump(stage.clock.now + days * DAY)
        ask(stage, form, "anna")
        send_notices(stage.engine)
        assert len(stage.post.accepted) == reached
