"""Erasing a person: nothing of him is left in any table, nobody else brings him back, and a batch under way goes on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import insert, select, text

from dripcourse.addresses import parse_address
from dripcourse.domain.answers import Answer
from dripcourse.domain.consent import Inbound
from dripcourse.domain.enrollment import Enrollment
from dripcourse.domain.fingerprint import Fingerprints
from dripcourse.errors import NotFound, Refused
from dripcourse.flows import inbound, pace, privacy, reader, signup, telling
from dripcourse.flows.dispatch import send_due
from dripcourse.flows.imports import import_people, read_rows
from dripcourse.flows.notify import send_notices
from dripcourse.storage import erasures, events, outcomes, suppressions
from dripcourse.storage.tables import hook, hook_delivery, metadata
from tests.flows.signed_up import ask, open_form
from tests.flows.stage import DAY, HOUR, TAKEN, UTC_8, Stage, refusal
from tests.flows.test_fencing import held_at, let_go

CANARY = "canary"
ADDRESS = parse_address(f"{CANARY}@example.com")


def known(stage: Stage) -> Fingerprints:
    return Fingerprints(stage.engine.links.keys)


def erase(stage: Stage) -> privacy.Holding:
    return privacy.erase(stage.db, known(stage), ADDRESS, stage.clock(), how="cli")


def add_again(stage: Stage, keys: tuple[str, ...] = ()) -> None:
    with stage.db.writing() as tx:
        privacy.refuse_erased(tx, Fingerprints(keys) if keys else known(stage), ADDRESS)


def full_life(stage: Stage) -> Enrollment:
    """He has something in every table: lessons, a tap, a notice, consents, events, a suppression."""
    one = stage.enroll(CANARY)
    stage.at(stage.clock.now + DAY)
    reader.say(stage.engine, one.public_id, "one", Answer.DONE, stage.clock())
    with stage.db.writing() as tx:
        telling.tell_paused(tx, stage.engine.shelf, one, "example.org", stage.clock())
        suppressions.add(tx, ADDRESS.key, "complaint", stage.clock())
        tx.execute(insert(hook).values(public_id="h", url="https://a.example", kinds="", created_at=one.created_at))
        values = {"hook_id": 1, "subscriber_id": one.subscriber_id, "enrollment_id": one.id, "at": one.created_at}
        tx.execute(insert(hook_delivery).values(kind="left", data={}, state="sent", **values))
    return one


def dump(stage: Stage) -> str:
    """Every cell of every table."""
    with stage.db.reading() as tx:
        return "\n".join(str(tuple(row)) for table in metadata.sorted_tables for row in tx.execute(select(table)))


def personal_rows(stage: Stage) -> dict[str, int]:
    """By the schema itself: how many rows of each table point at a person or a run."""
    with stage.db.reading() as tx:
        return {
            table.name: sum(row.count(None) < len(row) for row in tx.execute(select(*columns)))
            for table in metadata.sorted_tables
            if (columns := [table.c[name] for name in ("subscriber_id", "enrollment_id") if name in table.c])
        }


def test_nothing_of_the_person_is_left_in_any_table(stage_on_both: Stage) -> None:
    stage = stage_on_both
    one = full_life(stage)
    before = personal_rows(stage)
    assert all(before.values()), before  # else this test would not see a table that is forgotten
    assert {table.name for table in erasures.OF_PERSON} == set(before)
    assert CANARY in dump(stage)
    assert erase(stage).rows == before
    assert not any(personal_rows(stage).values())
    left = dump(stage)
    for trace in (CANARY, one.public_id, CANARY.title()):
        assert trace not in left
    assert stage.broken_promises() == []


def test_others_keep_everything(stage_on_both: Stage) -> None:
    stage = stage_on_both
    anna = stage.enroll("anna")
    full_life(stage)
    before = stage.again(anna), stage.rows(anna), stage.happened(anna)
    erase(stage)
    assert (stage.again(anna), stage.rows(anna), stage.happened(anna)) == before


def test_the_ledger_says_that_one_was_erased_and_not_who(stage: Stage) -> None:
    full_life(stage)
    erase(stage)
    with stage.db.reading() as tx:
        (told,) = events.of_kind(tx, "erased")
    assert (told.at, told.source, told.subscriber_id, told.enrollment_id) == (stage.clock(), "cli", None, None)
    assert told.data == {"runs": 1}


def test_who_was_erased_cannot_be_added_by_others(stage: Stage) -> None:
    stage.enroll(CANARY)
    erase(stage)
    with pytest.raises(Refused, match=r"canary@example\.com is not added: erased on 2026-03-02 as asked; only that"):
        add_again(stage)


@pytest.mark.parametrize(("keys", "recognised"), [("both", True), ("new", False)])
def test_any_key_of_the_installation_recognises_him(stage: Stage, keys: str, recognised: bool) -> None:
    stage.enroll(CANARY)
    erase(stage)
    held = (*stage.engine.links.keys, "a newer key of this house") if keys == "both" else ("a newer key of this house",)
    with stage.db.reading() as tx:
        assert bool(privacy.erased_among(tx, Fingerprints(held), [ADDRESS.key])) is recognised


def test_an_import_refuses_the_line_and_takes_the_others(stage_on_both: Stage) -> None:
    stage = stage_on_both
    stage.enroll(CANARY)
    erase(stage)
    rows = read_rows(["address,course\n", f"{ADDRESS.text},steady\n", "ben@example.com,steady\n"])
    done = import_people(stage.db, stage.engine.shelf, rows, stage.clock(), known=known(stage))
    ((line, why),) = done.refused
    assert (done.taken, done.enrolled, line) == (1, 1, 2)
    assert "erased on 2026-03-02 as asked" in why
    assert CANARY not in dump(stage)


def test_a_reason_that_was_there_before_outlives_the_erasure(stage: Stage) -> None:
    full_life(stage)
    erase(stage)
    with stage.db.reading() as tx:
        assert privacy.may_not_ask(tx, known(stage), ADDRESS)
        assert "suppressed before (complaint)" in privacy.erased_among(tx, known(stage), [ADDRESS.key])[ADDRESS.key]


def test_nobody_is_erased_twice(stage: Stage) -> None:
    with pytest.raises(NotFound, match=r"no subscriber canary@example\.com; nothing to erase"):
        erase(stage)
    stage.enroll(CANARY)
    erase(stage)
    for look in (erase, lambda stage: privacy.holding(stage.db, known(stage), ADDRESS)):
        with pytest.raises(NotFound, match="it was erased on 2026-03-02; nothing to erase"):
            look(stage)


@pytest.mark.parametrize("is_known", [True, False], ids=["known", "unknown"])
def test_a_sign_up_that_waits_goes_with_him(stage_on_both: Stage, is_known: bool) -> None:
    stage = stage_on_both
    if is_known:
        stage.enroll(CANARY)
    form = open_form(stage)
    for who in (CANARY, CANARY, "anna"):
        ask(stage, form, who)
    assert privacy.holding(stage.db, known(stage), ADDRESS).rows["sign_up"] == 2
    assert erase(stage).rows["sign_up"] == 2
    assert CANARY not in dump(stage)
    assert signup.take_in(stage.engine) == 1
    with pytest.raises(Refused, match="only that person can come back"):
        add_again(stage)


def test_looking_changes_nothing(stage: Stage) -> None:
    full_life(stage)
    before = dump(stage)
    assert privacy.holding(stage.db, known(stage), ADDRESS).rows == personal_rows(stage)
    assert dump(stage) == before


@pytest.mark.parametrize(
    ("gate", "reply", "went"),
    [
        ("mail", TAKEN, ["anna@example.com"]),
        ("reply", TAKEN, ["canary@example.com", "anna@example.com"]),
        ("reply", refusal(550, "5.1.1 no such user"), ["anna@example.com"]),
        ("reply", refusal(451, "4.3.0 later"), ["anna@example.com"]),
    ],
    ids=["before MAIL FROM", "after the dot", "refused", "put off"],
)
def test_a_batch_on_the_wire_goes_on_for_the_others(
    stage_on_both: Stage, gate: str, reply: object, went: list[str]
) -> None:
    stage = stage_on_both
    stage.post.answer = lambda to, _: reply if to == ADDRESS.text else TAKEN  # type: ignore[assignment,return-value]
    stage.enroll(CANARY)
    anna = stage.enroll("anna")
    worker, door = held_at(stage, gate)  # the canary's mail is the first of the batch
    erase(stage)
    let_go(worker, door)
    assert [mail.to for mail in stage.post.accepted] == went
    assert stage.rows(anna)["welcome"].state == "sent"
    assert CANARY not in dump(stage)
    assert stage.engine.journals is not None
    assert list(stage.engine.journals.iterdir()) == []
    stage.at(stage.clock.now + DAY)
    assert stage.sent(anna)["one"]


def test_a_mail_behind_another_in_the_batch_does_not_begin(stage_on_both: Stage) -> None:
    stage = stage_on_both
    stage.enroll("anna")
    stage.enroll(CANARY)
    worker, door = held_at(stage, "mail")  # Anna's is held; his waits behind it
    erase(stage)
    let_go(worker, door)
    assert [to for to, _ in stage.post.begun] == ["anna@example.com"]


def test_a_run_that_begins_at_that_moment_is_not_taken_for_his(stage_on_both: Stage) -> None:
    """It has the same fence; SQLite would give it the same number, too."""
    stage = stage_on_both
    gone = stage.enroll(CANARY)
    worker, door = held_at(stage, "mail")
    erase(stage)
    ben = stage.enroll("ben")
    ben = stage.do(pace.move, ben, UTC_8)
    assert ben.fence == gone.fence + 1
    let_go(worker, door)
    assert stage.post.accepted == []
    assert stage.rows(ben) == {}
    stage.at(stage.clock.now + HOUR)
    assert [mail.to for mail in stage.post.accepted] == ["ben@example.com"]
    assert stage.broken_promises() == []


def test_a_run_that_is_no_more_is_no_longer_wanted(stage_on_both: Stage) -> None:
    with stage_on_both.db.reading() as tx:
        assert outcomes.no_longer_wanted(tx, [(4711, 1)]) == {4711}


def test_a_notice_on_its_way_is_dropped(stage: Stage) -> None:
    one = stage.enroll(CANARY)
    stage.send()
    inbound.leave(stage.engine, one.public_id, Inbound.LEFT, stage.clock())  # queues a mail with the undo link
    real = stage.post.deliver

    def erased_meanwhile(sender: str, to: str, build: Callable[[], bytes], before_dot: Callable[[], None]) -> object:
        erase(stage)
        return real(sender, to, build, before_dot)

    stage.post.deliver = erased_meanwhile  # type: ignore[method-assign,assignment]
    before = len(stage.post.accepted)
    send_notices(stage.engine)
    assert len(stage.post.accepted) == before
    assert CANARY not in dump(stage)


def test_a_worker_that_died_with_his_mail_leaves_nothing(stage: Stage) -> None:
    stage.enroll(CANARY)
    with stage.db.writing() as tx:  # as if it had been claimed and never settled
        tx.execute(text("UPDATE enrollment SET lease_until = due_at"))
    erase(stage)
    stage.past_the_lease()
    assert send_due(stage.engine).claimed == 0
    stage.at(stage.clock.now + HOUR)
    assert stage.post.accepted == []
