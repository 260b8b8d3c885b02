"""What a webhook tells of, when a message is tried again, when an endpoint is given up, and how a message is signed."""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dripcourse.domain import signatures
from dripcourse.domain.hook_secrets import secrets_of, signed_headers
from dripcourse.domain.hooks import (
    KINDS,
    LONGEST_WAIT,
    WAITS,
    Verdict,
    after_answer,
    check_kinds,
    details,
    kinds_of,
    printable,
    wait_after,
    wait_asked,
)
from dripcourse.errors import InputError

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
S, M, H, D = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

LEDGER = [
    ("signup-requested", "web", {}, ("signup.requested",)),
    ("enrolled", "form", {}, ("signup.confirmed",)),
    ("enrolled", "cli", {}, ()),  # nobody confirmed anything
    ("enrolled", "import", {}, ()),
    ("done", "web", {"lesson": "one"}, ("lesson.done",)),
    ("not-today", "web", {"lesson": "one"}, ()),
    ("recovered", "engine", {"lesson": "one"}, ("lesson.sent",)),
    ("paused", "web", {"until": "2026-04-01"}, ("enrollment.paused",)),
    ("gave-up", "engine", {"why": "refused for 7 days"}, ("enrollment.paused",)),
    ("resumed", "cli", {}, ("enrollment.resumed",)),
    ("returned", "web", {}, ("enrollment.resumed",)),
    ("returned", "form", {}, ("signup.confirmed", "enrollment.resumed")),
    ("finished", "engine", {}, ("enrollment.completed",)),
    ("course-changed", "engine", {"from": "six", "to": None}, ("enrollment.completed",)),
    ("course-changed", "engine", {"from": "six", "to": "five"}, ()),
    ("left", "web", {"why": "one-click"}, ("enrollment.left",)),
    ("left", "web", {"why": "complaint"}, ("enrollment.left", "mail.complained")),
    ("complaint", "web", {}, ("mail.complained",)),
    ("stopped", "web", {"why": "hard-bounce"}, ("mail.bounced",)),
    ("stopped", "web", {"why": "suppressed"}, ()),
    ("hard-bounce", "engine", {"why": "the server said 550"}, ("mail.bounced",)),
    ("moved", "engine", {"why": "an outage"}, ()),
]


@pytest.mark.parametrize(("kind", "source", "data", "told"), LEDGER)
def test_what_the_ledger_says_is_these_kinds_of_message(
    kind: str, source: str, data: dict[str, str], told: tuple[str, ...]
) -> None:
    assert kinds_of(kind, source, data) == told


def test_every_kind_comes_from_somewhere() -> None:
    assert {kind for *_, told in LEDGER for kind in told} == set(KINDS)


def test_a_message_says_who_did_it_and_why() -> None:
    assert details("web", {"why": "one-click", "plan": "daily"}) == {"by": "reader", "reason": "one-click"}
    assert details("cli", {"until": "2026-04-01"}) == {"by": "admin", "until": "2026-04-01"}
    assert details("engine", {"lesson": "one", "until": ""}) == {"by": "engine", "lesson": "one"}


WRONG = [
    (["lesson.send"], "'lesson.send'; did you mean lesson.sent?"),
    (["xyz"], "'xyz'; use signup.requested, "),
    (["hook.test"], "'hook.test'"),
    ([], "--event: signup.requested, "),
]


@pytest.mark.parametrize(("typed", "said"), WRONG)
def test_an_event_that_there_is_not_is_refused_with_those_there_are(typed: list[str], said: str) -> None:
    with pytest.raises(InputError) as caught:
        check_kinds(typed)
    assert said in str(caught.value)


def test_events_are_kept_once_and_in_the_order_of_the_list() -> None:
    assert check_kinds(["lesson.sent", "signup.requested", "lesson.sent"]) == ("signup.requested", "lesson.sent")


def verdict(
    code: int, *, attempts: int = 1, retry_after: str = "", failing: timedelta | None = None, failed: int = 1
) -> Verdict:
    since = None if failing is None else NOON - failing
    return after_answer(
        code=code, retry_after=retry_after, attempts=attempts, failing_since=since, failed=failed, now=NOON,
        seed="msg_1",
    )  # fmt: skip


ANSWERS = [  # status, what becomes of the message, whether the whole endpoint rests
    (200, "sent", False),
    (204, "sent", False),
    (299, "sent", False),
    (301, "queued", False),  # a redirect is not followed: the address is to be put right
    (400, "queued", False),
    (401, "queued", False),
    (404, "queued", False),
    (410, "failed", False),
    (429, "queued", True),
    (500, "queued", True),
    (503, "queued", True),
    (0, "queued", True),  # no answer at all
]


@pytest.mark.parametrize(("code", "state", "rests"), ANSWERS)
def test_what_an_answer_means(code: int, state: str, rests: bool) -> None:
    found = verdict(code)
    assert (found.state, found.rest is not None, found.disable) == (state, rests, code == 410)
    assert (found.due_at is not None) == (state == "queued")


@pytest.mark.parametrize(
    ("code", "of_endpoint"),
    [(0, True), (302, True), (400, False), (401, True), (404, True), (409, False), (413, False), (422, False),
     (429, True), (500, True)],
)  # fmt: skip
def test_a_refusal_of_one_message_says_nothing_of_the_endpoint(code: int, of_endpoint: bool) -> None:
    assert verdict(code).failing == of_endpoint
    assert verdict(code, failing=6 * D, failed=9).disable == of_endpoint


def test_the_waits_are_those_of_the_specification_and_come_to_three_days() -> None:
    assert WAITS == (5 * S, 5 * M, 30 * M, 2 * H, 5 * H, 10 * H, 14 * H, 20 * H, 24 * H)
    assert 3 * D < sum(WAITS, timedelta()) < 3.2 * D


@given(st.integers(1, len(WAITS)), st.text(max_size=30))
def test_a_wait_is_never_shorter_than_the_table_and_at_most_a_fifth_longer(attempts: int, seed: str) -> None:
    assert WAITS[attempts - 1] <= wait_after(attempts, seed) <= WAITS[attempts - 1] * 1.2


def test_after_the_tenth_attempt_a_message_has_failed() -> None:
    assert verdict(500, attempts=9).state == "queued"
    assert verdict(500, attempts=10).state == "failed"


RETRY_AFTER = [
    ("120", 120 * S),
    (" 7 ", 7 * S),
    ("0", 0 * S),
    ("Mon, 02 Mar 2026 12:10:00 GMT", 10 * M),
    ("Mon, 02 Mar 2026 11:00:00 GMT", 0 * S),  # over already
    ("999999999", LONGEST_WAIT),
    ("Mon, 02 Mar 2037 12:00:00 GMT", LONGEST_WAIT),
    ("-5", 0 * S),
    ("1e9", 0 * S),
    ("soon", 0 * S),
    ("", 0 * S),
    ("Mon, 99 Mar 2026 12:00:00 GMT", 0 * S),
]


@pytest.mark.parametrize(("header", "wait"), RETRY_AFTER)
def test_a_retry_after_is_seconds_or_a_date_and_a_day_at_most(header: str, wait: timedelta) -> None:
    assert wait_asked(header, NOON) == wait


@given(st.text())
def test_no_retry_after_is_a_wait_outside_these_bounds(header: str) -> None:
    assert timedelta(0) <= wait_asked(header, NOON) <= LONGEST_WAIT


def test_a_retry_after_puts_off_and_never_brings_forward() -> None:
    assert verdict(429, retry_after="3600").due_at == NOON + H
    assert verdict(503, retry_after="3600").rest == H
    early = verdict(429, attempts=3, retry_after="1").due_at
    assert early is not None
    assert early >= NOON + 30 * M
    assert verdict(500, retry_after="3600").due_at == verdict(500).due_at  # only "too many" and "unavailable" may ask


RESTS = [(timedelta(0), 5 * S), (10 * M, M), (10 * H, H), (4 * D, H)]


@pytest.mark.parametrize(("failing", "rest"), RESTS)
def test_an_endpoint_rests_for_a_tenth_of_the_time_it_has_failed(failing: timedelta, rest: timedelta) -> None:
    assert verdict(0, failing=failing).rest == rest


def test_an_endpoint_that_has_failed_several_messages_and_taken_none_for_five_days_is_disabled() -> None:
    assert not verdict(500, failing=5 * D - S, failed=3).disable
    assert not verdict(500, failing=30 * D, failed=2).disable
    found = verdict(500, failing=5 * D, failed=3)
    assert (found.disable, found.state) == (True, "queued")  # it waits with the others until the webhook is enabled
    assert verdict(200, failing=6 * D, failed=3) == Verdict("sent")


@given(st.text())
def test_what_an_endpoint_says_is_one_printable_line_of_two_hundred_characters(text: str) -> None:
    said = printable(text)
    assert len(said) <= 200
    assert said.isprintable()


def test_a_secret_belongs_to_one_webhook_and_one_key() -> None:
    made = {
        *secrets_of(("an-old-key-of-ours", "a-new-key-of-ours"), "k3v9"),
        *secrets_of(("a-new-key-of-ours",), "k3va"),
    }
    assert len(made) == 3
    assert all(one.startswith("whsec_") and len(b64decode(one[6:], validate=True)) == 32 for one in made)
    assert secrets_of(("old-key", "new-key"), "k3v9")[0] == secrets_of(("new-key",), "k3v9")[0]
    assert secrets_of(("new-key",), "start") != signatures.secrets_of(("new-key",), "start")  # a form's


def test_a_message_is_signed_by_the_specification_and_under_every_key() -> None:
    secrets = secrets_of(("an-old-key-of-ours", "a-new-key-of-ours"), "k3v9")
    found = signed_headers(secrets, "msg_1", NOON, b'{"a": 1}')
    assert (found["webhook-id"], found["webhook-timestamp"]) == ("msg_1", str(int(NOON.timestamp())))
    signed = b"msg_1." + found["webhook-timestamp"].encode() + b'.{"a": 1}'
    macs = [hmac.digest(b64decode(secret[6:]), signed, "sha256") for secret in secrets]
    assert found["webhook-signature"] == " ".join("v1," + b64encode(mac).decode() for mac in macs)
    for secret in secrets:
        assert signatures.verified(found, b'{"a": 1}', [secret], NOON) == "id.msg_1"
        assert signatures.verified(found, b'{"a": 2}', [secret], NOON) is None
