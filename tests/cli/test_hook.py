"""Webhooks from the command line: made, tried, looked at, told once more, taken away; and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from dripcourse.domain import signatures
from tests.cli.conftest import SLUG, Terminal
from tests.fetching.endpoint import Answer, Endpoint, listening

URL = "https://app.example.org/in"


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with listening() as found:
        yield found


@pytest.fixture
def near(enrolled: Terminal) -> Terminal:
    """People in a course, and webhooks that may lead to this machine."""
    enrolled.environment["DRIPCOURSE_HOOKS_PRIVATE_OK"] = "true"
    return enrolled


def made(terminal: Terminal, url: str, *events: str) -> tuple[str, str]:
    """A webhook's id and secret."""
    wanted = " ".join(f"--event {event}" for event in events or ("enrollment.paused",))
    hook, secret = terminal.ok(f"hook create {url} {wanted}").out.split()
    return hook, secret


def test_a_webhook_is_made_shown_tried_and_revoked(near: Terminal, endpoint: Endpoint) -> None:
    hook, secret = made(near, endpoint.url(), "lesson.done", "enrollment.paused")
    assert secret in near.ok(f"hook show {hook}").out
    assert secret not in near.ok("hook list").out
    (facts,) = near.ok("hook list --json").data
    assert (facts["hook"], facts["state"], facts["events"]) == (hook, "active", ["lesson.done", "enrollment.paused"])
    assert "was taken (204)" in near.ok(f"hook test {hook}").out
    (told,) = endpoint.told
    assert told.said["data"] == {"test": True}
    assert signatures.verified(told.headers, told.body, [secret], datetime.now(UTC)) == f"id.{told.id}"
    near.ok(f"hook revoke {hook}")
    assert near(f"hook test {hook}").errors == [f"the webhook {hook} is revoked; nothing is sent there"]
    assert near(f"hook revoke {hook}").errors == [f"the webhook {hook} is revoked already"]
    assert near(f"hook enable {hook}").code == 2


def test_what_was_not_taken_is_in_the_log_in_doctor_and_can_be_sent_again(near: Terminal, endpoint: Endpoint) -> None:
    hook, _ = made(near, endpoint.url())
    endpoint.answer = lambda _: Answer(500, body=b"out of order")
    said = near(f"hook test {hook}")
    assert (said.code, "it answered 500: out of order" in said.out) == (1, True)
    (row,) = near.ok(f"hook log {hook} --failed --json").data
    assert (row["state"], row["code"], row["attempts"], row["event"]) == ("queued", 500, 1, "hook.test")
    assert row["webhook_id"] == endpoint.told[0].id
    assert "it answered 500" in near.ok(f"hook log {hook}").out
    assert f"webhook {hook} is failing" in near("doctor").out
    assert near.ok(f"hook replay {row['webhook_id']}").out == "1 message goes once more.\n"
    assert near.ok("hook replay --failed --since 2026-01-01").out == "0 messages go once more.\n"
    endpoint.answer = lambda _: Answer(200)
    near.ok(f"hook test {hook}")
    assert f"webhook {hook}" not in near("doctor").out


def test_a_webhook_that_said_410_is_disabled_until_it_is_enabled(near: Terminal, endpoint: Endpoint) -> None:
    hook, _ = made(near, endpoint.url())
    endpoint.answer = lambda _: Answer(410)
    assert near(f"hook test {hook}").code == 1
    assert f"webhook {hook} is disabled" in near("doctor").out
    (row,) = near.ok(f"hook log {hook} --json").data
    assert near(f"hook replay {row['delivery']}").code == 2
    near.ok(f"hook enable {hook}")
    assert near.ok(f"hook replay {row['delivery']}").code == 0


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (f"hook create {URL}", ["--event", "signup.requested"]),
        (f"hook create {URL} --event lesson.send", ["'lesson.send'", "did you mean lesson.sent"]),
        (f"hook create {URL} --event lesson.sent --course nope", ["'nope'", SLUG]),
        ("hook create http://app.example.org/ --event lesson.sent", ["only https", "hooks_private_ok"]),
        ("hook create ftp://app.example.org/ --event lesson.sent", ["not ftp", "https address"]),
        ("hook create https://anne:secret@app.example.org/ --event lesson.sent", ["user name or password"]),
        ("hook create https://10.0.0.1:5678/in --event lesson.sent", ["a private address", "hooks_private_ok"]),
        ("hook create nonsense --event lesson.sent", ["nonsense", "https"]),
        ("hook show nope", ["'nope'", "none yet"]),
        ("hook log nope", ["'nope'"]),
        ("hook test nope", ["'nope'"]),
        ("hook revoke nope", ["'nope'"]),
        ("hook replay 17", ["delivery 17", "hook log"]),
        ("hook replay seventeen", ["'seventeen'", "number"]),
        ("hook replay", ["--failed --since"]),
        ("hook replay --failed", ["--failed --since"]),
        ("hook replay 17 --failed --since 2026-01-01", ["--failed --since"]),
        ("hook replay --failed --since yesterday", ["'yesterday'", "YYYY-MM-DD"]),
        ("hook replay --failed --since 2026-01-01 --hook nope", ["'nope'"]),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(enrolled: Terminal, line: str, words: list[str]) -> None:
    said = enrolled(line)
    assert said.code == 2
    (error,) = said.errors
    for word in words:
        assert word in error
    assert "secret" not in error
    assert enrolled.ok("hook list --json").data == []
