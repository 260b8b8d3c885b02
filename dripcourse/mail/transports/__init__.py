"""Ways out: what every transport offers and answers. Each lives in its own file; which one is used is decided above.

A refusal, a hang-up or a silent server is an answer, not an exception: one bad recipient never stops a batch.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

NO_ANSWER = -1
_LONGEST_TEXT = 500
_LOOK_AGAIN_SECONDS = 0.001

# RFC 3463 section 2: class.subject.detail, at the beginning of the text.
_ENHANCED = re.compile(r"\s*([245]\.[0-9]{1,3}\.[0-9]{1,3})(?=\s|\Z)")


@dataclass(frozen=True)
class Reply:
    """What came of one mail.

    `code` is the server's (RFC 5321), or -1 where there was none that makes sense. `stage` is how far it went:
    connect, tls, ehlo, auth, size, mail, rcpt, data, body or dot. `in_doubt` means that the final dot may have
    gone out and nobody knows whether it was accepted; only then may a second copy be the price of trying again.
    `text` is kept as one printable line, whoever said it: it goes into logs and the database.
    """

    code: int
    text: str
    stage: str
    accepted: bool
    in_doubt: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", one_line(self.text))

    @property
    def enhanced(self) -> str:
        """The enhanced status code, such as "5.1.1"; "" where there is none."""
        found = _ENHANCED.match(self.text)
        return found.group(1) if found else ""


def one_line(said: str | bytes) -> str:
    """Somebody's words as one printable line of at most 500 characters.

    PostgreSQL takes neither a NUL nor half a surrogate pair, and one text it refuses would undo a whole batch.
    """
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(text.split())[:_LONGEST_TEXT].rstrip()


class Outgoing(Protocol):
    """One message on its way. Each that was taken from a queue ends by exactly one of answered, failed or put_back."""

    @property
    def recipient(self) -> str:
        """A plain ASCII address, checked by whoever made the message."""

    def wire(self) -> bytes:
        """The bytes, asked for when the server is ready for them: CRLF only, and no line begins with a dot.

        May raise; then nothing of it is sent. Bytes are trusted here: they were checked where they were made.
        """

    def before_dot(self) -> None:
        """Called right before the first write that holds the final dot. May raise as `wire` does."""

    def answered(self, reply: Reply) -> None:
        """What came of it."""

    def failed(self, error: Exception) -> None:
        """`wire` or `before_dot` raised this; nothing was handed over."""


class Queue(Protocol):
    """Where a session takes its messages from; asked from the thread that runs `deliver_all` only."""

    def take(self) -> Outgoing | None:
        """The next message to begin; None where there is none at this moment."""

    def put_back(self, one: Outgoing) -> None:
        """Taken, but it was not begun, or its connection died for no reason of its own before its body."""

    @property
    def finished(self) -> bool:
        """No message will come any more. Whoever makes it true calls `wake`."""


class Session(Protocol):
    """One conversation in which many mails may be handed over."""

    def deliver(self, sender: str, recipient: str, build: Callable[[], bytes], before_dot: Callable[[], None]) -> Reply:
        """Hand over one mail. `build` is called when the server is there, `before_dot` right before the final dot.

        What they raise comes through, and no mail is sent then; everything expected is a Reply.
        """

    def deliver_all(self, sender: str, queue: Queue) -> None:
        """Hand over what `queue` holds, several at a time where the way out can; until it is finished.

        Raises InputError for an impossible sender, ConfigError where the settings cannot work, and what the queue
        itself raises; messages under way are then put back, or in doubt.
        """

    def wake(self) -> None:
        """From any thread: `queue.take` may have something now, or the queue is finished."""


def one_by_one(session: Session, sender: str, queue: Queue) -> None:
    """`deliver_all` in terms of `deliver`, for ways out that do one thing at a time."""
    while True:
        one = queue.take()
        if one is None:
            if queue.finished:
                return
            time.sleep(_LOOK_AGAIN_SECONDS)  # such ways out are for tests and simulations: nothing to be woken by
            continue
        try:
            reply = session.deliver(sender, one.recipient, one.wire, one.before_dot)
        except Exception as error:
            one.failed(error)
        else:
            one.answered(reply)


class Transport(Protocol):
    """A way out. Sessions are not shared between threads, but for `wake`; transports may be."""

    def session(self) -> AbstractContextManager[Session]:
        """A conversation, opened with the first mail and closed at the end of the block."""
