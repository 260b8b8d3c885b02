"""Webhooks are told what happened: once or more, under one id, signed, and never at the cost of anybody else."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from sqlalchemy import event as listening_to

from dripcourse.addresses import parse_address
from dripcourse.domain import signatures
from dripcourse.domain.answers import Answer as Tap
from dripcourse.domain.consent import CONSEQUENCES, Inbound
from dripcourse.domain.fingerprint import Fingerprints
from dripcourse.domain.hook_secrets import secrets_of
from dripcourse.domain.hooks import KINDS
from dripcourse.errors import InputError
from dripcourse.fetching.fetch import Limits
from dripcourse.flows import confirming, inbound, pace, privacy, reader, signup
from dripcourse.flows.hooks import LANES, LEASE, Courier, check_url, send_hooks, send_next
from dripcourse.flows.notify import send_notices
from dripcourse.flows.prune import prune_hook_log
from dripcourse.flows.tick import tick
from dripcourse.storage import courses, forms, hook_deliveries, hooks, notices
from dripcourse.storage.hook_deliveries import Message
from dripcourse.storage.hooks import Hook
from tests.fetching.endpoint import Answer, Endpoint, Told, listening
from tests.flows.stage import DAY, HOUR, MINUTE, Killed, Stage, refusal

DOC = Path(__file__).parents[2] / "docs" / "hooks.md"
SCHEMA = Draft202012Validator(json.loads((Path(__file__).parents[2] / "docs" / "hooks.schema.json").read_text()))
SHORT = Limits(step=0.3, seconds=0.3, redirects=0)
SECOND = timedelta(seconds=1)


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with listening() as found:
        yield found


def hook(stage: Stage, url: str, *kinds: str, course: int | None = None) -> Hook:
    """A webhook for these kinds, or for every kind."""
    with stage.db.writing() as tx:
        return hooks.add(tx, url, kinds or tuple(KINDS), course, stage.clock())


def courier(stage: Stage, limits: Limits = SHORT) -> Courier:
    return replace(Courier.of(stage.engine), near=True, limits=limits)


def log(stage: Stage, to: Hook) -> list[Message]:
    """Its messages, oldest first."""
    with stage.db.reading() as tx:
        return hook_deliveries.log(tx, to.id, failed=False, limit=1000)[::-1]


def now_is(stage: Stage, to: Hook) -> Hook:
    with stage.db.reading() as tx:
        return hooks.find(tx, to.public_id)


def confirmed(stage: Stage, name: str) -> str:
    """Somebody fills in a form and confirms; his run's public id."""
    with stage.db.writing() as tx:
        form = forms.add(tx, slug=f"f-{name}", title="F", wording="w", course_id=1, at=stage.clock())
    signup.request(stage.engine, form, signup.Request(f"{name}@example.com", name.title()), stage.clock())
    while send_notices(stage.engine):
        pass
    with stage.db.reading() as tx:
        id_ = stage.post.accepted[-1].message_id.strip("<").partition(".")[0]
        asked = notices.by_public_id(tx, id_)
    assert asked is not None
    run = confirming.confirm(stage.engine, asked.public_id, stage.clock(), 14 * DAY).run
    assert run is not None
    return run.public_id


def test_a_reader_from_form_to_farewell_is_told_signed_and_by_the_schema(
    stage_on_both: Stage, endpoint: Endpoint
) -> None:
    stage = stage_on_both
    to = hook(stage, endpoint.url())
    run_id = confirmed(stage, "anne")
    stage.send()
    reader.say(stage.engine, run_id, "welcome", Tap.DONE, stage.clock())
    reader.pause(stage.engine, run_id, None, stage.clock())
    with stage.db.reading() as tx:
        one = reader.desk(tx, stage.engine, run_id).run
    stage.do(pace.resume, one)
    stage.at("2026-03-10 09:00")
    bob = stage.enroll("bob")
    inbound.leave(stage.engine, bob.public_id, Inbound.ONE_CLICK, stage.clock())
    assert send_hooks(courier(stage)) == len(endpoint.told)
    assert endpoint.kinds() == [
        "signup.requested", "signup.confirmed", "lesson.sent", "lesson.done", "enrollment.paused", "enrollment.resumed",
        *["lesson.sent"] * 5, "enrollment.completed", "enrollment.left",
    ]  # fmt: skip
    for told in endpoint.told:
        SCHEMA.validate(told.said)
        secret = secrets_of(stage.engine.links.keys, to.public_id)[0]
        assert signatures.verified(told.headers, told.body, [secret], stage.clock()) == f"id.{told.id}"
    assert len({told.id for told in endpoint.told}) == len(endpoint.told)
    done = endpoint.told[3].said
    assert (done["timestamp"], done["data"]["lesson"], done["data"]["by"]) == (
        "2026-03-02T12:00:00.000Z", "welcome", "reader"
    )  # fmt: skip
    assert (done["data"]["subscriber"]["address"], done["data"]["form"]) == ("anne@example.com", "f-anne")
    assert endpoint.told[-1].said["data"]["reason"] == "one-click"
    assert send_hooks(courier(stage)) == 0


def test_the_schema_and_the_page_know_every_way_to_leave() -> None:
    ways = {what.value for what, follows in CONSEQUENCES.items() if follows.withdraws}
    (rule,) = [one for one in SCHEMA.schema["allOf"] if "reason" in one["then"]["properties"]["data"]["required"]]
    assert set(rule["then"]["properties"]["data"]["properties"]["reason"]["enum"]) == ways
    (line,) = [line for line in DOC.read_text().splitlines() if line.startswith("| `enrollment.left`")]
    assert {way for way in ways if f"`{way}`" in line} == ways


def test_a_dead_address_is_told_for_a_lesson_and_for_a_confirm_mail(stage: Stage, endpoint: Endpoint) -> None:
    hook(stage, endpoint.url(), "mail.bounced", course=1)
    stage.post.answer = lambda _to, _try: refusal(550, "5.1.1 no such user")
    stage.enroll("anne")
    stage.send()
    with stage.db.writing() as tx:
        form = forms.add(tx, slug="f", title="F", wording="w", course_id=1, at=stage.clock())
    signup.request(stage.engine, form, signup.Request("bob@example.com"), stage.clock())
    send_notices(stage.engine)
    send_hooks(courier(stage))
    told = [one.said["data"] for one in endpoint.told]
    assert [one["subscriber"]["address"] for one in told] == ["anne@example.com", "bob@example.com"]
    assert ["enrollment" in one for one in told] == [True, False]
    for one in endpoint.told:
        SCHEMA.validate(one.said)
    assert "5.1.1 no such user" in told[0]["reason"]


def test_a_complaint_and_what_an_admin_ends_are_told_as_the_page_says(stage: Stage, endpoint: Endpoint) -> None:
    hook(stage, endpoint.url())
    anne, bob = stage.enroll("anne"), stage.enroll("bob")
    stage.do(pace.cancel, bob)
    with stage.db.writing() as tx:
        pace.end(tx, anne.id, pace.EnrollmentState.LEFT, "complaint", stage.clock(), how="web")
    send_hooks(courier(stage))
    assert endpoint.kinds() == ["enrollment.left", "mail.complained"]


def test_whoever_skips_the_last_lesson_has_completed_the_course(stage: Stage, endpoint: Endpoint) -> None:
    to = hook(stage, endpoint.url(), "enrollment.completed")
    one = stage.enroll("anne")
    for _ in range(6):
        assert log(stage, to) == []
        stage.do(pace.skip, one)
    assert [message.kind for message in log(stage, to)] == ["enrollment.completed"]
    assert stage.broken_promises() == []


def test_only_what_a_webhook_wants_and_of_its_course_is_told(stage: Stage, endpoint: Endpoint) -> None:
    other = stage.publish(slug="other")
    with stage.db.reading() as tx:
        course = courses.find(tx, "other").id
    assert other.course_id == course
    narrow = hook(stage, endpoint.url(), "enrollment.left", "lesson.sent", course=course)
    wide = hook(stage, endpoint.url("/wide"), "enrollment.left")
    for slug in ("steady", "other"):
        one = stage.enroll("anne", slug=slug)
        stage.send()
        inbound.leave(stage.engine, one.public_id, Inbound.LEFT, stage.clock())
    assert [one.kind for one in log(stage, narrow)] == ["lesson.sent", "enrollment.left"]
    assert [one.kind for one in log(stage, wide)] == ["enrollment.left", "enrollment.left"]


def test_what_is_rolled_back_is_not_told(stage_on_both: Stage, endpoint: Endpoint) -> None:
    to = hook(stage_on_both, endpoint.url())
    one = stage_on_both.enroll("anne")
    with stage_on_both.db.writing() as tx:
        pace.pause(tx, stage_on_both.engine.shelf, one.id, stage_on_both.clock(), how="web")
        tx.rollback()
    assert log(stage_on_both, to) == []


@contextmanager
def statements(stage: Stage) -> Iterator[list[str]]:
    """What the database is asked meanwhile."""
    asked: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    listening_to.listen(stage.db.engine, "before_cursor_execute", note)
    yield asked
    listening_to.remove(stage.db.engine, "before_cursor_execute", note)


def test_without_a_webhook_a_batch_asks_nothing_of_them(stage: Stage) -> None:
    people = [stage.enroll(name) for name in ("anne", "bob")]
    reader.pause(stage.engine, people[0].public_id, None, stage.clock())  # from here on this process knows
    with statements(stage) as asked:
        stage.send()
        inbound.leave(stage.engine, people[1].public_id, Inbound.LEFT, stage.clock())
    assert [one for one in asked if "hook" in one] == []


def test_a_batch_that_a_webhook_wants_costs_one_insert(stage: Stage, endpoint: Endpoint) -> None:
    to = hook(stage, endpoint.url(), "lesson.sent")
    for number in range(20):
        stage.enroll(f"person-{number}")
    with statements(stage) as asked:
        stage.send()
    assert len([one for one in asked if "INSERT INTO hook_delivery" in one]) == 1
    assert len(log(stage, to)) == 20


def queued(stage: Stage, to: Hook, number: int = 1) -> None:
    """So many people leave."""
    for each in range(number):
        one = stage.enroll(f"person-{to.id}-{each}-{stage.clock():%d%H%M}")
        inbound.leave(stage.engine, one.public_id, Inbound.LEFT, stage.clock())


def test_a_message_that_is_refused_comes_again_under_its_id_and_by_the_table(
    stage_on_both: Stage, endpoint: Endpoint
) -> None:
    stage = stage_on_both
    to = hook(stage, endpoint.url(), "enrollment.left")
    queued(stage, to)
    endpoint.answer = lambda _: Answer(500, body=b"<b>\x1b[31m  out\nof order")
    for wait in (SECOND * 6, MINUTE * 6, MINUTE * 36):
        assert send_hooks(courier(stage)) == 1
        (one,) = log(stage, to)
        assert (one.state, one.code, one.error) == (
            "queued",
            500,
            "it answered 500: <b>\N{REPLACEMENT CHARACTER}[31m out of order",
        )
        assert send_hooks(courier(stage)) == 0  # not before its time
        stage.clock.now += wait
    endpoint.answer = lambda _: Answer(200)
    assert send_hooks(courier(stage)) == 1
    (one,) = log(stage, to)
    assert (one.state, one.attempts, one.error, one.due_at) == ("sent", 4, "", None)
    assert len({told.id for told in endpoint.told}) == 1
    assert len({told.body for told in endpoint.told}) == 1
    moments = [told.headers["webhook-timestamp"] for told in endpoint.told]
    assert len(set(moments)) == 4  # of each attempt
    assert now_is(stage, to).state == "active"


def test_after_ten_attempts_a_message_has_failed_and_a_replay_begins_anew(stage: Stage, endpoint: Endpoint) -> None:
    to = hook(stage, endpoint.url(), "enrollment.left")
    queued(stage, to)
    endpoint.answer = lambda _: Answer(400)
    while send_hooks(courier(stage)):
        due = log(stage, to)[0].due_at
        stage.clock.now = due or stage.clock.now
    assert log(stage, to)[0].state == "failed"
    assert len(endpoint.told) == 10
    endpoint.answer = lambda _: Answer(200)
    with stage.db.writing() as tx:
        ids = hook_deliveries.failed_since(tx, stage.clock() - 5 * DAY, None)
        assert hook_deliveries.replay(tx, ids, stage.clock()) == 1
    assert send_hooks(courier(stage)) == 1
    assert log(stage, to)[0].state == "sent"
    assert len({told.id for told in endpoint.told}) == 1


def test_a_worker_that_dies_behind_the_answer_sends_the_same_message_again(
    stage_on_both: Stage, endpoint: Endpoint
) -> None:
    stage = stage_on_both
    to = hook(stage, endpoint.url(), "enrollment.left")
    queued(stage, to)

    def clock() -> datetime:
        if endpoint.told:
            raise Killed
        return stage.clock()

    with pytest.raises(Killed):
        send_next(replace(courier(stage), clock=clock), to.id)
    assert send_hooks(courier(stage)) == 0  # its lease still holds
    stage.clock.now += LEASE + SECOND
    assert send_hooks(courier(stage)) == 1
    first, second = endpoint.told
    assert (first.id, first.body) == (second.id, second.body)
    assert log(stage, to)[0].state == "sent"


def test_whoever_comes_back_behind_his_lease_changes_nothing(stage: Stage, endpoint: Endpoint) -> None:
    to = hook(stage, endpoint.url(), "enrollment.left")
    queued(stage, to)

    def slow(_: Told) -> Answer:
        endpoint.answer = lambda _: Answer(200)
        stage.clock.now += LEASE + SECOND
        assert send_hooks(courier(stage)) == 1  # another worker has it taken meanwhile
        return Answer(500)

    endpoint.answer = slow
    send_next(courier(stage, Limits(10, 10)), to.id)
    assert log(stage, to)[0].state == "sent"
    assert now_is(stage, to).state == "active"


def test_an_endpoint_that_hangs_takes_one_place_and_holds_up_nobody(stage_on_both: Stage, endpoint: Endpoint) -> None:
    stage, hold = stage_on_both, threading.Event()
    stuck = hook(stage, endpoint.url("/stuck"), "enrollment.left")
    quick = hook(stage, endpoint.url("/quick"), "enrollment.left")
    queued(stage, quick, 4)

    def answer(told: Told) -> Answer:
        if [one.path for one in endpoint.told].count("/quick") == 4:
            hold.set()  # only now does the other one answer: in one lane for both, this would never come
        return Answer(hold=hold if told.path == "/stuck" else None)

    endpoint.answer = answer
    with ThreadPoolExecutor(1) as worker:
        busy = worker.submit(send_next, courier(stage, Limits(15, 15)), stuck.id)
        assert endpoint.came.wait(10)
        assert send_next(courier(stage), stuck.id) is None  # nobody else takes a place for it meanwhile
        send_hooks(courier(stage, Limits(15, 15)))
        assert busy.result(20) is not None
    send_hooks(courier(stage))
    assert {one.state for to in (stuck, quick) for one in log(stage, to)} == {"sent"}
    assert len(endpoint.told) == len({told.id for told in endpoint.told}) == 8


def test_two_workers_at_once_send_each_message_once(stage_on_both: Stage, endpoint: Endpoint) -> None:
    to = hook(stage_on_both, endpoint.url(), "enrollment.left")
    queued(stage_on_both, to, 6)
    with ThreadPoolExecutor(2) as workers:
        for done in [workers.submit(send_hooks, courier(stage_on_both, Limits(10, 10))) for _ in range(2)]:
            done.result(30)
    send_hooks(courier(stage_on_both))
    assert len({told.id for told in endpoint.told}) == len(endpoint.told) == 6


def test_while_an_endpoint_fails_its_queue_rests_and_loses_no_attempt(stage: Stage, endpoint: Endpoint) -> None:
    to = hook(stage, endpoint.url(), "enrollment.left")
    queued(stage, to, 3)
    endpoint.answer = lambda _: Answer(503, {"Retry-After": "3600"})
    assert send_hooks(courier(stage)) == 1
    assert sorted(one.attempts for one in log(stage, to)) == [0, 0, 1]
    assert now_is(stage, to).state == "failing"
    stage.clock.now += 59 * MINUTE
    assert send_hooks(courier(stage)) == 0
    stage.clock.now += 2 * MINUTE
    endpoint.answer = lambda _: Answer(200)
    assert send_hooks(courier(stage)) == 3


def test_a_refusal_of_one_message_does_not_hold_up_the_others(stage: Stage, endpoint: Endpoint) -> None:
    to = hook(stage, endpoint.url(), "enrollment.left")
    queued(stage, to, 3)
    endpoint.answer = lambda told: Answer(422 if told is endpoint.told[0] else 200)
    assert send_hooks(courier(stage)) == 3
    assert [one.state for one in log(stage, to)] == ["queued", "sent", "sent"]


def test_410_disables_a_webhook_and_its_queue_is_kept_until_it_is_enabled(
    stage_on_both: Stage, endpoint: Endpoint
) -> None:
    stage = stage_on_both
    to = hook(stage, endpoint.url(), "enrollment.left")
    queued(stage, to, 2)
    endpoint.answer = lambda _: Answer(410)
    assert send_hooks(courier(stage)) == 1
    assert now_is(stage, to).state == "disabled"
    assert sorted((one.state, one.error) for one in log(stage, to)) == [
        ("failed", "it answered 410"), ("kept", "the webhook was disabled")
    ]  # fmt: skip
    queued(stage, replace(to, id=99))
    assert len(log(stage, to)) == 2
    endpoint.answer = lambda _: Answer(200)
    stage.clock.now += 20 * DAY
    assert (tick(stage.engine).hooks, send_hooks(courier(stage))) == (0, 0)
    with stage.db.writing() as tx:
        assert hooks.enable(tx, hooks.find(tx, to.public_id), stage.clock()) == 1
    assert send_hooks(courier(stage)) == 1
    assert sorted(one.state for one in log(stage, to)) == ["failed", "sent"]


def test_a_webhook_that_failed_several_messages_for_five_days_is_disabled_and_none_is_lost(
    stage_on_both: Stage, endpoint: Endpoint
) -> None:
    stage = stage_on_both
    to = hook(stage, endpoint.url(), "enrollment.left")
    endpoint.answer = lambda _: Answer(500)
    for _ in range(6):
        assert now_is(stage, to).state != "disabled"
        queued(stage, to)
        for _ in range(3):  # an endpoint that is down rests for an hour, and then the next message is tried
            send_hooks(courier(stage))
            stage.clock.now += 2 * HOUR
        stage.jump(stage.clock() + 18 * HOUR)
    assert now_is(stage, to).state == "disabled"
    assert [one.state for one in log(stage, to)] == ["kept"] * 6
    with stage.db.writing() as tx:
        assert hooks.enable(tx, hooks.find(tx, to.public_id), stage.clock()) == 6
    endpoint.answer = lambda _: Answer(200)
    assert send_hooks(courier(stage)) == 6


def test_one_broken_message_and_a_short_outage_days_later_do_not_disable_a_webhook(
    stage: Stage, endpoint: Endpoint
) -> None:
    to = hook(stage, endpoint.url(), "enrollment.left")
    for answered in (Answer(500), Answer(400)):  # a message that breaks the endpoint, and one that it refuses
        endpoint.answer = lambda _, answered=answered: answered
        queued(stage, to)
        for _ in range(15):
            send_hooks(courier(stage))
            stage.clock.now += 12 * HOUR
    assert [(one.state, one.attempts) for one in log(stage, to)] == [("failed", 10)] * 2
    endpoint.answer = lambda _: Answer(502)
    queued(stage, to)
    send_hooks(courier(stage))
    assert (log(stage, to)[2].state, now_is(stage, to).state) == ("queued", "failing")
    endpoint.answer = lambda _: Answer(200)
    stage.clock.now += 2 * HOUR
    assert send_hooks(courier(stage)) == 1
    assert now_is(stage, to).state == "active"


def test_a_webhook_that_refuses_some_messages_is_not_failing(stage: Stage, endpoint: Endpoint) -> None:
    to = hook(stage, endpoint.url(), "enrollment.left")
    queued(stage, to, 3)
    endpoint.answer = lambda _: Answer(422)
    assert send_hooks(courier(stage)) == 3
    assert now_is(stage, to).state == "active"


def test_more_endpoints_than_lanes_take_turns_and_none_waits_for_anothers_backlog(
    stage: Stage, endpoint: Endpoint
) -> None:
    every = [hook(stage, endpoint.url(f"/{number}"), "enrollment.left") for number in range(LANES + 4)]
    queued(stage, every[0], 2)
    full = threading.Barrier(LANES)

    def answer(_: Told) -> Answer:
        full.wait(10)  # nobody is answered before all lanes are taken
        return Answer()

    endpoint.answer = answer
    assert send_hooks(courier(stage, Limits(15, 15))) == 2 * len(every) == 3 * LANES
    assert len({told.path for told in endpoint.told[: 2 * LANES]}) == len(every)


def test_whoever_has_had_no_turn_for_the_longest_is_first(stage_on_both: Stage, endpoint: Endpoint) -> None:
    stage = stage_on_both
    slow, other, new = (hook(stage, endpoint.url(f"/{number}"), "enrollment.left") for number in range(3))
    queued(stage, slow, 3)
    for one in (slow, other):
        stage.clock.now += SECOND
        assert send_next(courier(stage), one.id) is not None
    with stage.db.reading() as tx:
        assert [one.id for one in hook_deliveries.due_hooks(tx, stage.clock())] == [new.id, slow.id, other.id]


def test_what_is_wrong_with_some_webhooks_stops_no_other(stage: Stage, endpoint: Endpoint) -> None:
    every = [hook(stage, endpoint.url(f"/{number}"), "enrollment.left") for number in range(LANES + 1)]
    queued(stage, every[0])
    turns = itertools.count()

    def clock() -> datetime:
        if threading.current_thread().name.startswith("hooks") and next(turns) < LANES:
            raise RuntimeError("one in each lane")
        return stage.clock()

    with pytest.raises(RuntimeError, match="one in each lane"):
        send_hooks(replace(courier(stage), clock=clock))
    assert [told.path for told in endpoint.told] == [f"/{LANES}"]
    assert send_hooks(courier(stage)) == LANES


def test_what_is_revoked_is_told_nothing_more(stage: Stage, endpoint: Endpoint) -> None:
    to = hook(stage, endpoint.url(), "enrollment.left")
    queued(stage, to, 2)

    def revoked_meanwhile(_: Told) -> Answer:
        with stage.db.writing() as tx:
            hooks.revoke(tx, hooks.find(tx, to.public_id), stage.clock())
        return Answer(500)

    endpoint.answer = revoked_meanwhile
    assert send_hooks(courier(stage, Limits(10, 10))) == 1
    stage.clock.now += HOUR
    assert send_hooks(courier(stage)) == 0
    assert {(one.state, one.error) for one in log(stage, to)} == {("failed", "the webhook was revoked")}
    assert now_is(stage, to).state == "revoked"


def test_of_a_person_who_was_erased_nothing_is_told_any_more(stage_on_both: Stage, endpoint: Endpoint) -> None:
    stage = stage_on_both
    to = hook(stage, endpoint.url(), "enrollment.left")
    one = stage.enroll("anne")
    inbound.leave(stage.engine, one.public_id, Inbound.LEFT, stage.clock())
    known = Fingerprints(stage.engine.links.keys)
    privacy.erase(stage.db, known, parse_address("anne@example.com"), stage.clock(), how="cli")
    assert log(stage, to) == []
    assert send_hooks(courier(stage)) == 0


@pytest.mark.parametrize("near", [False, True], ids=["public only", "near ones too"])
def test_an_address_inside_is_asked_only_where_the_settings_allow_it(
    stage: Stage, endpoint: Endpoint, near: bool
) -> None:
    to = hook(stage, endpoint.url(), "enrollment.left")
    queued(stage, to)
    send_hooks(replace(courier(stage), near=near))
    (one,) = log(stage, to)
    assert (len(endpoint.told), one.state) == ((1, "sent") if near else (0, "queued"))
    assert ("only https" in one.error) != near


def test_an_address_that_cannot_be_asked_is_refused_with_what_to_do() -> None:
    check_url("https://app.example.org:8443/in?key=1", near=False)
    with pytest.raises(InputError, match="set hooks_private_ok for one on this machine"):
        check_url("http://127.0.0.1:9000/", near=False)
    check_url("http://127.0.0.1:9000/", near=True)


def test_a_tick_says_that_messages_wait_and_only_then(stage: Stage, endpoint: Endpoint) -> None:
    to = hook(stage, endpoint.url(), "enrollment.left")
    assert tick(stage.engine).hooks == 0
    queued(stage, to, 3)
    assert tick(stage.engine).hooks == 1
    send_hooks(courier(stage))
    assert tick(stage.engine).hooks == 0


def test_the_log_keeps_what_is_settled_for_thirty_days(stage_on_both: Stage, endpoint: Endpoint) -> None:
    stage = stage_on_both
    to = hook(stage, endpoint.url(), "enrollment.left")
    queued(stage, to, 2)
    endpoint.answer = lambda told: Answer(400 if told is endpoint.told[0] else 200)
    send_hooks(courier(stage))
    counts = [prune_hook_log(stage.db, stage.clock() + age) for age in (30 * DAY, 30 * DAY + SECOND)]
    assert counts == [0, 1]
    assert [one.state for one in log(stage, to)] == ["queued"]  # it is still tried


def test_the_example_of_the_page_verifies_a_message_and_nothing_else(stage: Stage, endpoint: Endpoint) -> None:
    page = (Path(__file__).parents[2] / "docs" / "hooks.md").read_text(encoding="utf-8")
    given: dict[str, Callable[..., bool]] = {}
    exec(page.split("```python\n")[1].split("```")[0], given)  # our own page
    stage.clock.now = datetime.now(UTC)
    to = hook(stage, endpoint.url(), "enrollment.left")
    queued(stage, to)
    send_hooks(courier(stage))
    (told,) = endpoint.told
    old, new = ("an-older-key-of-ours", *stage.engine.links.keys), secrets_of(stage.engine.links.keys, to.public_id)[0]
    assert given["is_ours"](told.headers, told.body, new)
    assert not given["is_ours"](told.headers, told.body + b" ", new)
    assert not given["is_ours"](told.headers, told.body, secrets_of(old, to.public_id)[1])
    stale = {**told.headers, "webhook-timestamp": str(int(told.headers["webhook-timestamp"]) - 600)}
    assert not given["is_ours"](stale, told.body, new)
    assert all(f"`{kind}`" in page for kind in KINDS)
    (example,) = [json.loads(part.split("```")[0]) for part in page.split("```json\n")[1:]]
    SCHEMA.validate(example)
