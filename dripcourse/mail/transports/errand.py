"""What one run of the loop is asked to carry: a queue of messages, or one letter that stands in a queue of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from dripcourse.errors import InputError
from dripcourse.mail.transports import Outgoing, Queue, Reply
from dripcourse.mail.transports.verdicts import too_large

Held = tuple[Outgoing, float]  # a message that was taken, and its deadline on the monotonic clock


class Errand:
    """The sender, the queue, and what was taken from it while no connection was free. `deadline` is in seconds."""

    def __init__(self, sender: str, queue: Queue, deadline: float) -> None:
        self.mail = f"MAIL FROM:<{sender}>".encode("ascii")
        self.queue = queue
        self.deadline = deadline
        self.waiting: deque[Held] = deque()
        self._returned: set[Outgoing] = set()

    def next(self, now: float) -> Held | None:
        """The next message to begin, if there is one at this moment."""
        if self.waiting:
            return self.waiting.popleft()
        one = self.queue.take()
        if one is None:
            return None
        return one, (one.until if isinstance(one, Letter) else now + self.deadline)

    def hold(self, now: float) -> bool:
        """Keep one more for the connection that is to be opened for it; False where there is none."""
        one = self.queue.take()
        if one is not None:
            self.waiting.append((one, one.until if isinstance(one, Letter) else now + self.deadline))
        return one is not None

    def returned(self, one: Outgoing) -> bool:
        """Put it back, unless that was done before: a message every server hangs up on must end, too."""
        if one in self._returned:
            self._returned.discard(one)
            return False
        self._returned.add(one)
        self.queue.put_back(one)
        return True


class Letter:
    """One mail, made once the server is there and before MAIL FROM, so that its size can be declared.

    `until` is its deadline on the monotonic clock. Afterwards there is a `reply`, or the `error` that its maker raised.
    """

    def __init__(
        self, recipient: str, build: Callable[[], bytes], before_dot: Callable[[], None], until: float
    ) -> None:
        self.recipient = recipient
        self.before_dot = before_dot
        self.until = until
        self.raw: bytes | None = None
        self.reply: Reply | None = None
        self.error: Exception | None = None
        self._build = build
        self._here = True

    def prepare(self) -> int:
        """Make the mail, once; its size in bytes. Raises InputError where it is none, and what `build` raises."""
        if self.raw is None:
            self.raw = _wire_bytes(self._build())
        return len(self.raw)

    def option(self, limit: int | None) -> bytes | None:
        """Its size for MAIL FROM, where the server takes that (`limit` in bytes, 0 for none; None: it does not).

        None where it has come to its end: it cannot be made, or the server says it will not take it (RFC 1870).
        """
        try:
            size = self.prepare()
        except Exception as error:
            self.failed(error)
            return None
        if limit and limit < size:
            self.answered(too_large(size, limit))
            return None
        return b"" if limit is None else b" SIZE=%d" % size

    def wire(self) -> bytes:
        """Its bytes for DATA: lines that begin with a dot get a second one (RFC 5321 section 4.5.2)."""
        raw = self.plain()
        doubled = raw.replace(b"\r\n.", b"\r\n..")
        return b"." + doubled if doubled.startswith(b".") else doubled

    def plain(self) -> bytes:
        """Its bytes for BDAT, as they were made."""
        self.prepare()
        return self.raw or b""

    def answered(self, reply: Reply) -> None:
        self.reply = reply

    def failed(self, error: Exception) -> None:
        self.error = error

    def take(self) -> Outgoing | None:
        """Itself, unless it is under way."""
        here, self._here = self._here, False
        return self if here else None

    def put_back(self, one: Outgoing) -> None:
        self._here = one is self

    @property
    def finished(self) -> bool:
        return self.reply is not None or self.error is not None


def _wire_bytes(raw: bytes) -> bytes:
    """The bytes, if every line ends in CRLF and no CR or LF stands alone: a lone one can smuggle a second mail."""
    ends = raw.count(b"\r\n")
    if not raw.endswith(b"\r\n") or raw.count(b"\n") != ends or raw.count(b"\r") != ends:
        raise InputError("a mail for SMTP needs CRLF at the end of each line, and no CR or LF anywhere else")
    return raw
