"""A process that dies at a named point of a delivery: what had gone out by then."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dripcourse.errors import ConfigError
from dripcourse.faults import POINTS, arm, reached
from dripcourse.mail.journal import State, recall
from dripcourse.mail.transports.outbox import Outbox
from dripcourse.mail.transports.sink import Sink

SEND = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from dripcourse.mail.journal import Journal, State
from dripcourse.mail.transports.smtp import SmtpSettings, SmtpTransport
now = datetime(2026, 5, 3, tzinfo=UTC)
journal = Journal.create(Path(sys.argv[2]), "claim", 1)
with SmtpTransport(SmtpSettings("127.0.0.1", int(sys.argv[1]), "plain")).session() as session:
    reply = session.deliver("a@x.example", "b@x.example", lambda: b"x" + bytes([13, 10]),
                            lambda: journal.mark(0, State.IN_DOUBT, now))
    journal.mark(0, State.ACCEPTED, now)
print(reply.code)
"""


@pytest.mark.parametrize(
    ("point", "arrived", "journal"),
    [
        ("before_mail", 0, State.UNTOUCHED),
        ("before_data", 0, State.UNTOUCHED),
        ("before_dot", 0, State.UNTOUCHED),
        ("after_dot", 1, State.IN_DOUBT),
        ("after_reply", 1, State.IN_DOUBT),
        ("", 1, State.ACCEPTED),
    ],
)
def test_a_kill_leaves_doubt_only_where_the_dot_went_out(
    tmp_path: Path, point: str, arrived: int, journal: State
) -> None:
    outbox = Outbox()
    with Sink(outbox, clock=lambda: datetime.now(UTC)) as sink:
        done = subprocess.run(
            [sys.executable, "-c", SEND, str(sink.port), str(tmp_path)],
            env={**os.environ, "CRASH_AT": point},
            check=False,
            timeout=20,
        )
    assert done.returncode == (-signal.SIGKILL if point else 0)
    assert len(outbox.mails) == arrived
    assert recall(tmp_path, "claim", 0).state is journal


@pytest.fixture
def crash_at(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Sets CRASH_AT for this process, and takes it back."""

    def choose(point: str) -> None:
        monkeypatch.setenv("CRASH_AT", point)
        arm()

    yield choose
    monkeypatch.undo()
    arm()


def test_an_unknown_point_is_a_config_error_that_lists_them(crash_at: Callable[[str], None]) -> None:
    crash_at("somewhere")
    with pytest.raises(ConfigError, match=r"'somewhere'.*before_claim.*after_settle"):
        reached("before_mail")


def test_without_crash_at_nothing_happens(crash_at: Callable[[str], None]) -> None:
    crash_at("")
    for point in POINTS:
        reached(point)
    assert len(set(POINTS)) == len(POINTS) == 12
