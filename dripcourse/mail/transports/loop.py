"""Drives all connections of a session from one selector: who may read, write, begin or must end; it knows no SMTP."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector

from dripcourse.mail.transports.dials import Dials
from dripcourse.mail.transports.errand import Errand, Held
from dripcourse.mail.transports.lane import Broken, Lane
from dripcourse.mail.transports.line import Line
from dripcourse.mail.transports.settings import SmtpSettings

_GOODBYE_SECONDS = 2.0
_DIALS = 3  # failures in a row after which nobody is taken to be there
_NEVER = float("inf")


class Loop:
    """The connections of one session. Everything but `wake` belongs to one thread at a time."""

    def __init__(self, settings: SmtpSettings) -> None:
        self.settings = settings
        self.lines: set[Line] = set()
        self.idle: set[Line] = set()
        self.dials = Dials(settings, self.wake)
        self._check_at = _NEVER  # no line is due before
        self._ear, self._bell = socket.socketpair()
        self._ear.setblocking(False)
        self._bell.setblocking(False)
        self._selector = DefaultSelector()
        self._selector.register(self._ear, EVENT_READ)

    def wake(self) -> None:
        """From any thread: look again. A bell that is full rings already; one that is gone wakes nobody."""
        with suppress(OSError):
            self._bell.send(b"!")

    def run(self, errand: Errand) -> None:
        """Carry everything. Raises what the queue raises; then all that was taken has come to an end, too."""
        self.dials.forget()
        try:
            self._hear(errand, 0.0)  # who has hung up since the last run is not asked to carry anything
            while True:
                now = time.monotonic()
                self._adopt(now)
                self._spread(errand, now)
                if len(self.lines) == len(self.idle) and not errand.waiting and errand.queue.finished:
                    return
                self._hear(errand, self._patience(errand, now))
                self._expire(errand)
        except BaseException:
            self._break_off(errand)
            raise

    def close(self) -> None:
        """Say goodbye on each line and hang up; nothing depends on whether the server hears it."""
        until = time.monotonic() + _GOODBYE_SECONDS
        for line in self.idle:
            line.say_goodbye()
        for line in self.lines:
            line.close(until if line in self.idle else 0.0)
        self.dials.close(until)
        for each in (self._selector, self._ear, self._bell):
            each.close()

    def _adopt(self, now: float) -> None:
        if not self.dials.under_way:
            return
        for each in self.dials.collect(now, alone=not self.lines):
            line = Line(each.sock, Lane(each.offers, self.settings.chunking))
            self.lines.add(line)
            self.idle.add(line)
            self._selector.register(line.sock, EVENT_READ, line)

    def _spread(self, errand: Errand, now: float) -> None:
        """Mails to idle lines; new lines where mails wait; where nobody can be reached, an end to all of them."""
        while self.idle and (held := errand.next(now)) is not None:
            self._begin(self.idle.pop(), held, errand, now)
        while self._may_dial(errand, now):
            self.dials.start(errand.waiting[0][1])
        self._give_up(errand, now)

    def _give_up(self, errand: Errand, now: float) -> None:
        """Where nobody is reached: each of the first dials costs one mail, for a relay may be busy for a moment; then
        all that wait get the last answer, for they cannot all wait for a relay that is down.
        """
        failure = self.dials.failure
        if failure is None or self.lines or self.dials.under_way:
            return
        most = 1 if self.dials.failed < _DIALS else None
        if most is not None:
            self.dials.failure = None  # it is told once
        while most != 0 and (held := errand.next(now)) is not None:
            held[0].answered(failure)
            most = None if most is None else most - 1
        if not errand.waiting:
            errand.hold(now)  # for the next dial

    def _may_dial(self, errand: Errand, now: float) -> bool:
        """Never more at once than are open: a server that is down, or full, is not stormed."""
        dialled, lines = self.dials.under_way, len(self.lines)
        if self.idle or now < self.dials.not_before or lines + dialled >= self.settings.connections:
            return False
        return dialled < max(1, lines) and (len(errand.waiting) > dialled or errand.hold(now))

    def _begin(self, line: Line, held: Held, errand: Errand, now: float) -> None:
        try:
            if line.read():
                raise Broken("the server speaks unasked")
        except Broken:
            errand.waiting.appendleft(held)
            self._drop(line)
            return
        line.lane.begin(held, errand)
        self._flush(line, errand, now)

    def _hear(self, errand: Errand, patience: float | None) -> None:
        """One wait for all of them, and what follows from what they say."""
        heard = self._selector.select(patience)
        now = time.monotonic()
        for key, _ in heard:
            line: Line | None = key.data
            if line is None:
                with suppress(OSError):
                    self._ear.recv(4096)
                continue
            try:
                data = line.read()
                if data:
                    line.lane.heard(data, errand, now)
            except Broken as problem:
                self._lose(line, str(problem), errand)
            else:
                self._flush(line, errand, now)

    def _flush(self, line: Line, errand: Errand, now: float) -> None:
        """Write what there is to say, and note how long to wait for this line, and for what."""
        lane = line.lane
        if lane.idle and (held := errand.next(now)) is not None:
            lane.begin(held, errand)
        try:
            line.flush()
        except Broken as problem:
            self._lose(line, str(problem), errand)
            return
        if line.stuck != line.watched:
            line.watched = line.stuck
            self._selector.modify(line.sock, EVENT_READ | EVENT_WRITE if line.stuck else EVENT_READ, line)
        if lane.idle:
            line.due = _NEVER
            self.idle.add(line)
            return
        self.idle.discard(line)
        line.due = min(now + self.settings.timeout, lane.until)
        if line.due < self._check_at:
            self._check_at = line.due

    def _patience(self, errand: Errand, now: float) -> float | None:
        at = self._check_at
        if errand.waiting and self.dials.not_before > now:
            at = min(at, self.dials.not_before)
        return None if at == _NEVER else max(0.0, at - now)

    def _expire(self, errand: Errand) -> None:
        now = time.monotonic()
        if now < self._check_at:
            return
        for line in self.lines - self.idle:
            if line.due <= now:
                late = line.lane.until <= now
                self._lose(line, "the deadline for this mail has passed" if late else "timed out", errand, late)
        self._check_at = min((line.due for line in self.lines), default=_NEVER)

    def _lose(self, line: Line, why: str, errand: Errand, late: bool = False) -> None:
        self._drop(line)
        line.lane.lost(why, errand, late)

    def _drop(self, line: Line) -> None:
        self._selector.unregister(line.sock)
        self.lines.discard(line)
        self.idle.discard(line)
        line.close()

    def _break_off(self, errand: Errand) -> None:
        """An end to everything taken, whatever those who are told of it say."""
        for line in self.lines - self.idle:
            self._drop(line)
            with suppress(Exception):
                line.lane.break_off(errand)
        while errand.waiting:
            with suppress(Exception):
                errand.queue.put_back(errand.waiting.popleft()[0])
