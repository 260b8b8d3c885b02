"""Ways out: what every transport offers and answers. Each lives in its own file; which one is used is decided above.

A refusal, a hang-up or a silent server is an answer, not an exception: one bad recipient never stops a batch.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

NO_ANSWER = -1
_LONGEST_TEXT = 500

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
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:_LONGEST_TEXT].rstrip()


class Session(Protocol):
    """One conversation in which many mails may be handed over, one after the other."""

    def deliver(self, sender: str, recipient: str, build: Callable[[], bytes], before_dot: Callable[[], None]) -> Reply:
        """Hand over one mail. `build` is called when the server is there, `before_dot` right before the final dot.

        What they raise comes through, and no mail is sent then; everything expected is a Reply.
        """


class Transport(Protocol):
    """A way out. Sessions are not shared between threads; transports may be."""

    def session(self) -> AbstractContextManager[Session]:
        """A conversation, opened with the first mail and closed at the end of the block."""
