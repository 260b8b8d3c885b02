"""One connection's conversation: what was said, which replies are due, whose mail each is about; no socket, no clock.

    MAIL RCPT DATA | body . MAIL RCPT DATA | body . MAIL RCPT DATA | ...

Each bar is one wait: the next mail's envelope travels with this one's body, and its body only when this one's dot is
answered. So at most one mail of a connection is in doubt, whatever happens to it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from dripcourse.faults import reached
from dripcourse.mail.transports import Outgoing, Reply
from dripcourse.mail.transports.connection import in_words
from dripcourse.mail.transports.errand import Errand, Held, Letter
from dripcourse.mail.transports.replies import Replies
from dripcourse.mail.transports.verdicts import GOOD, after_dot, refused, too_large, unheard

_OUT_OF_STEP = "the server says more than it was asked"


class Broken(Exception):
    """The connection is of no more use; the words say why."""


class Lane:
    """A conversation with a server that offers `offers` (EHLO keywords in lower case); `out` is what to write next."""

    def __init__(self, offers: Mapping[str, str], chunking: bool) -> None:
        self.pipelining = "pipelining" in offers
        self.chunking = chunking and "chunking" in offers
        limit = offers.get("size", "").strip()
        self.declares_size = "size" in offers
        self.limit = int(limit) if limit.isdecimal() else 0  # bytes; 0: none
        self.steps = ("mail", "rcpt") if self.chunking else ("mail", "rcpt", "data")
        self.out: bytes = b""
        self.dot_left = 0  # how much of `out` is up to the end of the final dot; 0 when that is out, or none is due
        self.uncertain = False  # a write holds the dot, and nobody can say how far it came
        self.sent: Outgoing | None = None  # its body is written, its dot unanswered
        self.opening: Outgoing | None = None  # its envelope is written
        self.until = 0.0  # the deadline of the older one of these, on the monotonic clock
        self._opening_until = 0.0
        self._refusal: Reply | None = None  # what the server has against `opening`
        self._due: deque[str] = deque()  # the replies that were asked for
        self._later: list[tuple[str, bytes]] = []  # commands that wait for a reply, where there is no pipelining
        self._at = "mail"
        self._replies = Replies()
        self._dirty = False  # a mail that came to nothing may still be open there
        self._used = False  # it has carried a mail
        self._blameless = False  # if it ends now, that is not because of `opening`

    @property
    def idle(self) -> bool:
        """No mail is on it."""
        return self.sent is None and self.opening is None

    def begin(self, held: Held, errand: Errand) -> None:
        """Write the envelope of a mail. One that cannot be made ends here, and leaves it idle."""
        self.out = self._open(held, errand)
        self.until = self._opening_until

    def wrote(self, size: int) -> None:
        """So many bytes of `out` were handed to the kernel."""
        self.out = self.out[size:]
        if self.dot_left:
            self.dot_left = max(self.dot_left - size, 0)
            if not self.dot_left:
                reached("after_dot")

    def heard(self, data: bytes, errand: Errand, now: float) -> None:
        """Match what the server says to what was asked, one to one. Raises Broken where it must be left."""
        self._replies.feed(data)
        while (reply := self._reply()) is not None:
            code, text = reply
            if not self._due:
                raise Broken(_OUT_OF_STEP)
            step = self._at = self._due.popleft()
            if step == "dot":
                self._verdict(code, text)
            elif code in GOOD[step]:
                self._good(step, errand, now)
            else:
                self._bad(step, code, text)
        if self._replies.rest and not self._due:
            raise Broken(_OUT_OF_STEP)

    def lost(self, why: str, errand: Errand, late: bool = False) -> None:
        """The connection is gone: each mail on it gets its end. `late` is where a deadline has passed."""
        sent, self.sent, opening, self.opening = self.sent, None, self.opening, None
        if opening is not None:
            if sent is not None or self._blameless:
                errand.queue.put_back(opening)
            # A kept connection the server has hung up on says nothing about this mail; a new one would.
            elif late or not self._used or self._refusal or not errand.returned(opening):
                stage = self._due[0] if self._due else self._at
                stage = "mail" if stage == "rset" else stage
                opening.answered(self._refusal or unheard(why, stage))
        if sent is not None:
            doubt = not self.dot_left or self.uncertain
            sent.answered(unheard(why, "dot" if doubt else "body", in_doubt=doubt))

    def break_off(self, errand: Errand) -> None:
        """End it for a reason of ours: what was not handed over is put back."""
        self._blameless = True
        self.lost("the conversation was broken off", errand)

    def _reply(self) -> tuple[int, bytes] | None:
        try:
            return self._replies.next()
        except Exception as problem:  # whatever a server says, it must not choose our errors
            raise Broken(in_words(problem)) from problem

    def _open(self, held: Held, errand: Errand) -> bytes:
        """The envelope's bytes; b"" where the mail has come to its end already."""
        one, until = held
        option = one.option(self.limit if self.declares_size else None) if isinstance(one, Letter) else b""
        if option is None:
            return b""
        try:
            rcpt = b"RCPT TO:<%s>\r\n" % one.recipient.encode("ascii")
        except UnicodeEncodeError as error:
            one.failed(error)
            return b""
        self.opening, self._opening_until, self._refusal = one, until, None
        mail = b"%s%s\r\n" % (errand.mail, option)
        return self._group(mail, rcpt) if self.pipelining else self._first(mail, rcpt)

    def _first(self, mail: bytes, rcpt: bytes) -> bytes:
        """The first command; the others wait for its reply."""
        self._later = [("rset", b"RSET\r\n")] if self._dirty else []
        self._later += zip(self.steps, (mail, rcpt, b"DATA\r\n"), strict=False)
        self._dirty = False
        return self._command()

    def _group(self, mail: bytes, rcpt: bytes) -> bytes:
        """All commands in one write (RFC 2920)."""
        reached("before_mail")
        if not self.chunking:
            reached("before_data")
        reset = b""
        if self._dirty:
            self._dirty, reset = False, b"RSET\r\n"
            self._due.append("rset")
        self._due.extend(self.steps)
        return b"%s%s%s%s" % (reset, mail, rcpt, b"" if self.chunking else b"DATA\r\n")

    def _command(self) -> bytes:
        """The next command of an envelope, where each waits for the reply to the one before."""
        if self._replies.rest or self.out:
            raise Broken(_OUT_OF_STEP)
        step, line = self._later.pop(0)
        if step in ("mail", "data"):
            reached(f"before_{step}")
        self._due.append(step)
        return line

    def _good(self, step: str, errand: Errand, now: float) -> None:
        if step != self.steps[-1]:
            if not self.pipelining:
                self.out = self._command()
        elif self._refusal is None:
            self._hand_over(errand, now)
        else:
            self._refused()
            if step == "data":
                raise Broken("the server waits for a mail to nobody")

    def _bad(self, step: str, code: int, text: bytes) -> None:
        if step == "rset":
            raise Broken("the server refuses RSET")
        self._refusal = self._refusal or refused(code, text, step)
        closing = code // 100 not in (4, 5) or code == 421
        if closing or step == self.steps[-1] or not self.pipelining:
            self._refused()
        if closing:
            raise Broken("the server is closing, or out of step")

    def _refused(self) -> None:
        """The mail at hand ends with what the server said against its envelope."""
        one = self.opening
        self._withdraw()
        if one is not None and self._refusal is not None:
            one.answered(self._refusal)

    def _hand_over(self, errand: Errand, now: float) -> None:
        """Write the body and, with it, the next mail's envelope."""
        one = self.opening
        if one is None or self._replies.rest or self.out:
            raise Broken(_OUT_OF_STEP)
        raw = self._bytes(one)
        if raw is None:
            return
        head, tail = (b"BDAT %d LAST\r\n" % len(raw), b"") if self.chunking else (b"", b".\r\n")
        self.sent, self.opening, self.until = one, None, self._opening_until
        self.dot_left, self.uncertain, self._dirty = len(head) + len(raw) + len(tail), False, self.chunking
        self._due.append("dot")
        follower = errand.next(now) if self.pipelining else None
        envelope = self._open(follower, errand) if follower is not None else b""
        try:
            reached("before_dot")
            one.before_dot()
        except Exception as error:
            self.sent, self._blameless = None, True
            one.failed(error)
            raise Broken("the mail was withdrawn before its dot") from error
        self.out = b"".join((head, raw, tail, envelope))

    def _bytes(self, one: Outgoing) -> bytes | None:
        """The mail; None where there is none to be sent and the lane goes on."""
        if self.chunking:
            reached("before_data")
        try:
            raw = one.plain() if self.chunking and isinstance(one, Letter) else one.wire()
        except Exception as error:
            self._withdraw()
            one.failed(error)
        else:
            if not 0 < self.limit < len(raw):
                return raw
            self._withdraw()
            one.answered(too_large(len(raw), self.limit))
        if self.chunking:
            return None
        raise Broken("there is no way out of DATA but to hang up")

    def _withdraw(self) -> None:
        self.opening, self._dirty, self._used = None, True, True

    def _verdict(self, code: int, text: bytes) -> None:
        """The reply after the dot; where it came before the dot was out, the server cannot have the mail."""
        one, self.sent, self._used, self.until = self.sent, None, True, self._opening_until
        if self.dot_left:
            reply = refused(code, text, "body")
        else:
            reached("after_reply")
            reply = after_dot(code, text)
        self._blameless = self.dot_left > 0 or reply.in_doubt or reply.code == 421
        if one is not None:
            one.answered(reply)
        if self._blameless:
            raise Broken("the server is closing, or out of step")
