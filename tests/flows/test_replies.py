"""Every kind of answer a mail server gives, and what follows for the lesson, the reader and the course."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from dripcourse.flows import pace
from dripcourse.flows.dispatch import send_due
from dripcourse.mail.transports import Reply
from dripcourse.mail.transports.outbox import Outbox
from dripcourse.mail.transports.sink import Sink
from dripcourse.storage import suppressions
from dripcourse.storage.tables import mail
from tests.flows.stage import DAY, LOST, MINUTE, TAKEN, Stage, refusal, to_sink, utc
from tests.mail.scripted import scripted

BEN = "ben@example.com"


def suppressed(stage: Stage, key: str = BEN) -> str:
    with stage.db.reading() as tx:
        return suppressions.reason(tx, key)


def once(stage: Stage, reply: Reply) -> None:
    """The next mail is answered so, all others are taken."""
    told: list[int] = []

    def answer(_to: str, _number: int) -> Reply:
        told.append(1)
        return reply if len(told) == 1 else TAKEN

    stage.post.answer = answer


def test_greylisted_twice_then_taken_with_one_message_id(stage_on_both: Stage) -> None:
    refused = iter(["451 4.7.1 greylisted, try again later"] * 2)
    outbox = Outbox()
    stage = stage_on_both

    def answer(_recipient: str, attempt: int) -> str | None:
        return next(refused, None) if attempt > 1 else None  # the welcome mail goes

    with Sink(outbox, answer=answer, clock=stage.clock) as sink:
        stage = stage.with_engine(transport=to_sink(sink))
        ben = stage.enroll("ben")
        stage.at("2026-03-04 09:00")
    row = stage.rows(ben)["one"]
    assert (row.state, row.attempts, str(row.local_date)) == ("sent", 3, "2026-03-03")
    assert timedelta(minutes=20) <= row.sent_at - row.planned_at <= timedelta(minutes=24)  # type: ignore[operator]  # 5 + 15, a fifth more at most
    assert "greylisted" in row.reason
    assert [(e.data or {})["lesson"] for e in stage.happened(ben, "deferred")] == ["one", "one"]
    assert stage.rows(ben)["two"].sent_at == utc("2026-03-04 08:00")
    assert len(outbox.mails) == 3
    assert row.message_id.encode() in outbox.mails[1].raw
    assert stage.broken_promises() == []


def test_no_such_user_ends_everything_for_that_address(stage_on_both: Stage) -> None:
    stage = stage_on_both
    stage.publish(slug="other")
    stage.at("2026-03-02 12:01")
    ben, other, anna = stage.enroll("ben"), stage.enroll("ben", slug="other"), stage.enroll("anna")
    stage.at("2026-03-02 13:00")
    stage.post.answer = lambda to, _: refusal(550, "5.1.1 no such user") if to == BEN else TAKEN
    tried = len(stage.post.begun)
    stage.at("2026-03-05 09:00")
    assert suppressed(stage) == "hard-bounce"
    assert [stage.again(one).state for one in (ben, other)] == ["stopped", "stopped"]
    assert stage.rows(ben)["one"].state == "failed"
    # the other course's mail may have been in the same batch, as a second try at most
    assert sum(to == BEN for to, _ in stage.post.begun[tried:]) <= 2
    assert list(stage.sent(anna)) == ["welcome", "one", "two", "three"]
    assert stage.broken_promises() == []


@pytest.mark.parametrize(
    ("reply", "state", "run", "due"),
    [
        (refusal(452, "4.2.2 mailbox full"), "retry", "active", "soon"),
        (refusal(552, "5.2.2 mailbox full"), "retry", "active", "soon"),
        (refusal(421, "4.3.2 closing"), "retry", "active", "soon"),
        (refusal(451, "4.3.0 try again later"), "retry", "active", "soon"),
        (refusal(550, "5.7.1 blocked by policy"), "retry", "active", "soon"),
        (refusal(554, "5.7.26 SPF fails"), "retry", "active", "soon"),
        (refusal(550, "spam"), "retry", "active", "soon"),
        (refusal(550, "who knows"), "retry", "active", "soon"),
        (refusal(-1, "connection refused", "connect"), "retry", "active", "soon"),
        (refusal(535, "5.7.8 wrong password", "auth"), "retry", "active", "soon"),
        (refusal(550, "5.1.1 relay says no", "ehlo"), "retry", "active", "soon"),
        (refusal(550, "5.1.2 bad domain"), "retry", "active", "soon"),  # a hard refusal must be said twice
        (refusal(552, "5.3.4 message too big", "dot"), "failed", "active", "tomorrow"),
        (refusal(554, "5.6.0 bad attachment", "dot"), "failed", "active", "tomorrow"),
        (LOST, "unknown", "active", "soon"),
        (refusal(550, "5.1.1 user unknown"), "failed", "stopped", "never"),
        (refusal(550, "5.1.10 null mx"), "failed", "stopped", "never"),
    ],
    ids=lambda value: f"{value.code} {value.text}" if isinstance(value, Reply) else str(value),
)
def test_what_one_reply_means(stage: Stage, reply: Reply, state: str, run: str, due: str) -> None:
    ben = stage.enroll("ben")
    stage.send()
    stage.jump("2026-03-03 08:00")
    once(stage, reply)
    send_due(stage.engine)
    now = stage.again(ben)
    assert (stage.rows(ben)["one"].state, now.state) == (state, run)
    assert suppressed(stage) == ("hard-bounce" if run == "stopped" else "")
    if due == "never":
        assert now.due_at is None
        return
    assert now.due_at is not None
    early, late = (5, 31) if due == "soon" else (24 * 60, 24 * 60)
    assert early * MINUTE <= now.due_at - utc("2026-03-03 08:00") <= late * MINUTE
    stage.at("2026-03-04 09:00")
    assert stage.sent(ben)["two"] == "2026-03-04"
    assert ("one" in stage.sent(ben)) == (state != "failed")
    assert len({mail.message_id for mail in stage.post.accepted}) == len(stage.sent(ben))
    assert stage.broken_promises() == []


def test_a_bad_domain_said_twice_ends_it(stage: Stage) -> None:
    ben = stage.enroll("ben")
    stage.send()
    stage.post.answer = lambda *_: refusal(550, "5.1.2 bad destination system")
    stage.at("2026-03-03 09:00")
    assert (stage.again(ben).state, suppressed(stage)) == ("stopped", "hard-bounce")
    assert stage.rows(ben)["one"].attempts == 2


def test_a_soft_refusal_before_a_hard_one_does_not_count_as_the_first(stage: Stage) -> None:
    ben = stage.enroll("ben")
    stage.send()
    replies = iter([refusal(451, "4.3.0 later"), refusal(550, "5.1.2 bad destination system"), TAKEN])
    stage.post.answer = lambda *_: next(replies, TAKEN)
    stage.at("2026-03-03 12:00")
    assert "one" in stage.sent(ben)
    assert suppressed(stage) == ""


def test_a_server_that_refuses_us_for_a_week_pauses_and_suppresses_nobody(stage: Stage) -> None:
    ben = stage.enroll("ben")
    stage.send()
    stage.post.answer = lambda *_: refusal(550, "5.7.1 blocked: reputation")
    stage.at("2026-03-20 12:00")
    run = stage.again(ben)
    assert (run.state, run.due_at, suppressed(stage)) == ("paused", None, "")
    assert "refused for 7 days" in run.reason
    assert [e.at.date().isoformat() for e in stage.happened(ben, "gave-up")] == ["2026-03-10"]
    assert stage.broken_promises() == []


def test_after_giving_up_a_resume_begins_a_fresh_week(stage: Stage) -> None:
    ben = stage.enroll("ben")
    stage.send()
    stage.post.answer = lambda *_: refusal(451, "4.3.0 later")
    stage.at("2026-03-20 12:00")
    assert stage.again(ben).state == "paused"
    stage.do(pace.resume, ben)
    stage.at("2026-03-21 08:01")  # refused once more: no reason to give up at the first try
    assert stage.again(ben).state == "active"
    stage.post.answer = lambda *_: TAKEN
    stage.at("2026-03-22 12:00")
    assert (stage.sent(ben)["one"], stage.sent(ben)["two"]) == ("2026-03-21", "2026-03-22")
    assert stage.broken_promises() == []


def test_put_off_past_its_day_it_goes_the_next_morning_and_nothing_is_skipped(stage: Stage) -> None:
    ben = stage.enroll("ben")
    stage.send()
    stage.post.answer = lambda *_: refusal(451, "4.3.0 later")
    stage.at("2026-03-04 07:00")
    stage.post.answer = lambda *_: TAKEN
    stage.at("2026-03-05 12:00")
    assert stage.sent(ben) == {"welcome": "", "one": "2026-03-04", "two": "2026-03-05"}
    assert stage.broken_promises() == []


def test_a_letter_that_cannot_be_built_parks_only_itself(stage_on_both: Stage) -> None:
    stage = stage_on_both
    broken = stage.publish(slug="broken")
    with stage.db.writing() as tx:
        tx.execute(update(mail).where(mail.c.version_id == broken.id, mail.c.key == "one").values(content={"x": 1}))
    ben, anna, chie = stage.enroll("ben", slug="broken"), stage.enroll("anna"), stage.enroll("chie")
    stage.at("2026-03-05 12:00")
    for one in (anna, chie):
        assert list(stage.sent(one)) == ["welcome", "one", "two", "three"]
    row = stage.rows(ben)["one"]
    assert row.state == "retry"
    assert "could not be made" in row.error
    stage.at("2026-03-20 12:00")
    assert (stage.again(ben).state, suppressed(stage)) == ("paused", "")


def test_a_row_whose_zone_no_longer_exists_parks_only_itself(stage_on_both: Stage) -> None:
    stage = stage_on_both
    ben, anna = stage.enroll("ben"), stage.enroll("anna")
    stage.send()
    with stage.db.writing() as tx:
        tx.exec_driver_sql(f"UPDATE enrollment SET zone = 'Mars/Olympus' WHERE id = {ben.id}")
    stage.at("2026-03-05 12:00")
    assert list(stage.sent(anna)) == ["welcome", "one", "two", "three"]
    assert stage.again(ben).state == "active"
    told = stage.happened(ben, "trouble")
    assert told
    assert "Mars/Olympus" in (told[0].data or {})["why"]


def test_421_in_the_middle_of_a_batch_puts_off_one_and_takes_the_rest(stage: Stage) -> None:
    def hang_up(talk: object) -> None:
        talk.say(b"421 4.3.2 closing\r\n")  # type: ignore[attr-defined]
        talk.hang_up()  # type: ignore[attr-defined]

    ok = b"250 2.1.5 OK\r\n"
    with scripted(RCPT=[ok, hang_up, ok]) as server:
        stage = stage.with_engine(transport=to_sink(server))  # type: ignore[arg-type]
        people = [stage.enroll(name) for name in ("anna", "ben", "chie")]
        send_due(stage.engine)
        states = [stage.rows(one)["welcome"].state.value for one in people]
        assert sorted(states) == ["retry", "sent", "sent"]  # which of them meets it, two connections settle
        stage.at(stage.clock() + 10 * MINUTE)
        assert [stage.rows(one)["welcome"].state.value for one in people] == ["sent"] * 3
        assert len(server.mails) == 3


def test_a_connection_lost_after_the_dot_is_doubted_and_sent_once_more(stage: Stage) -> None:
    with scripted(dot=[lambda talk: talk.hang_up(), b"250 2.0.0 kept\r\n"]) as server:
        stage = stage.with_engine(transport=to_sink(server))  # type: ignore[arg-type]
        anna, ben = stage.enroll("anna"), stage.enroll("ben")
        send_due(stage.engine)
        assert stage.rows(anna)["welcome"].state == "unknown"
        assert stage.rows(ben)["welcome"].state == "sent"
        stage.at(stage.clock() + 29 * MINUTE)
        assert len(server.mails) == 2
        stage.at(stage.clock() + 2 * MINUTE)
        ids = [next(line for line in raw.splitlines() if line.startswith(b"Message-ID")) for raw in server.mails]
    assert len(ids) == 3
    assert ids[0] == ids[2] != ids[1]
    assert stage.doubts() == 1


def test_a_relay_that_is_down_for_a_day_costs_a_day_and_nothing_else(stage: Stage) -> None:
    ben = stage.enroll("ben")
    stage.send()
    stage.post.answer = lambda *_: refusal(-1, "connection refused", "connect")
    stage.at(utc("2026-03-03 08:00") + DAY - MINUTE)
    stage.post.answer = lambda *_: TAKEN
    stage.at("2026-03-08 12:00")
    assert list(stage.sent(ben)) == ["welcome", "one", "two", "three", "four", "completion"]
    assert stage.broken_promises() == []
