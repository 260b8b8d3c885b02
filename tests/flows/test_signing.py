"""What the engine sends is signed where a DKIM key is set, and the same as ever where none is."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from dripcourse.errors import ConfigError
from dripcourse.flows.engine import signer
from dripcourse.flows.letters import test_letter as letter_to_the_author
from dripcourse.flows.notify import send_notices
from dripcourse.mail.compile import compile_lesson
from dripcourse.mail.transports.outbox import Outbox
from dripcourse.mail.transports.sink import Sink
from tests.flows.stage import MONDAY_NOON, Stage, make_settings, raised, small_course, to_sink
from tests.flows.test_notices import sign_up
from tests.mail.keys import holds, pem, signing

SIGNED = {"dkim_domain": "example.com", "dkim_selector": "s1"}


def mails_of_a_day(url: str, folder: Path, **values: object) -> list[bytes]:
    """The welcome mail, a lesson and a confirm mail as they came out at the other end of a real SMTP conversation."""
    outbox = Outbox()
    with ExitStack() as open_now:
        sink = open_now.enter_context(Sink(outbox, clock=lambda: MONDAY_NOON))
        stage: Stage = open_now.enter_context(raised(url, folder, transport=lambda _: to_sink(sink), **values))
        stage.enroll("anna")
        stage.at("2026-03-03 08:00")
        sign_up(stage, "ben")
        assert send_notices(stage.engine) == 1
    assert sorted(mail.recipient for mail in outbox.mails) == ["anna@example.com"] * 2 + ["ben@example.com"]
    return [mail.raw for mail in outbox.mails]


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
def test_lessons_and_notices_go_out_signed(sqlite_url: str, tmp_path: Path, kind: str) -> None:
    found = mails_of_a_day(sqlite_url, tmp_path, dkim_key=pem(kind), **SIGNED)
    for raw in found:
        assert holds(raw, signing(kind))
        assert not holds(raw.replace(b"Subject: ", b"Subject: x", 1), signing(kind))


def test_without_a_domain_nothing_is_signed_whatever_else_is_set(sqlite_url: str, tmp_path: Path) -> None:
    found = mails_of_a_day(sqlite_url, tmp_path, dkim_key="no key at all", dkim_selector="s1")
    assert not any(b"dkim-signature" in raw.lower() for raw in found)
    assert all(b"\r\nPrecedence: " in raw or b"\r\nAuto-Submitted: " in raw for raw in found)


def test_a_test_letter_is_signed_in_the_same_way(stage: Stage) -> None:
    course, brand = small_course(), stage.engine.brand
    mail = compile_lesson(course, course.lessons[1], brand)
    plain, signed = (
        letter_to_the_author(mail, brand, course, "me@example.org", MONDAY_NOON, by, brand.domain)
        for by in (None, signing())
    )
    assert signed.endswith(plain)
    assert holds(signed, signing())


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"dkim_domain": "example.com"}, "dkim_selector is not set"),
        ({"dkim_domain": "example.com", "dkim_selector": "s1"}, "dkim_key is not set"),
        ({**SIGNED, "dkim_key": "hunter2"}, "dkim_key is no private key"),
        ({**SIGNED, "dkim_key": pem("rsa"), "from_address": "a@example.org"}, "from_address is a@example.org"),
        ({**SIGNED, "dkim_key": pem("rsa"), "from_address": ""}, "from_address is "),
    ],
)
def test_a_key_that_cannot_sign_is_one_line(tmp_path: Path, values: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        signer(make_settings(tmp_path, **values))
    assert said in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert "hunter2" not in str(caught.value)
