"""Connections that are being opened, each on a thread of its own, so that the loop waits for none; no mail yet."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable

from dripcourse.mail.transports import Reply
from dripcourse.mail.transports.connection import Opened, Stopped, opened, tls_context
from dripcourse.mail.transports.settings import SmtpSettings

_SHORTEST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0


class Dials:
    """Who is dialled, who has answered, and when to try again. `landed` is called, on any thread, when one is done."""

    def __init__(self, settings: SmtpSettings, landed: Callable[[], None]) -> None:
        self.settings = settings
        self.failure: Reply | None = None  # what the last one came to, if to nothing
        self.failed = 0  # how many came to nothing since one succeeded
        self.not_before = 0.0  # monotonic
        self.under_way = 0  # how many have not been collected yet
        self._landed = landed
        self._pause = _SHORTEST_PAUSE
        self._tls: ssl.SSLContext | None = None
        self._threads: set[threading.Thread] = set()
        self._done: list[Opened | BaseException] = []
        self._lock = threading.Lock()
        self._closed = False

    def start(self, until: float) -> None:
        """Dial once more, until `until` on the monotonic clock. Raises ConfigError where the CA file is not there."""
        if self._tls is None and self.settings.security != "plain":
            self._tls = tls_context(self.settings)
        thread = threading.Thread(target=self._open, args=(until,), name="smtp dial", daemon=True)
        with self._lock:
            self._threads.add(thread)
        self.under_way += 1
        thread.start()

    def collect(self, now: float, alone: bool) -> list[Opened]:
        """The connections that were opened since. A failure makes the next dial wait, longer each time unless `alone`.

        Raises what nobody foresaw, and what is wrong with the settings.
        """
        with self._lock:
            done, self._done = self._done, []
        self.under_way -= len(done)
        lines = [each for each in done if isinstance(each, Opened)]
        for each in done:
            if isinstance(each, Opened):
                self.forget()
            elif isinstance(each, Stopped):
                self._note(each.reply, now, alone)
            else:
                for line in lines:
                    line.sock.close()
                raise each
        return lines

    def _note(self, failure: Reply, now: float, alone: bool) -> None:
        self.failure = failure
        self.failed += 1
        self.not_before = now + self._pause
        self._pause = _SHORTEST_PAUSE if alone else min(2 * self._pause, _LONGEST_PAUSE)

    def forget(self) -> None:
        """Nothing speaks against dialling now."""
        self.failure, self.failed, self.not_before, self._pause = None, 0, 0.0, _SHORTEST_PAUSE

    def close(self, until: float) -> None:
        """Wait for those under way until `until` (monotonic); later ones hang up by themselves."""
        with self._lock:
            self._closed = True
            done, self._done, threads = self._done, [], list(self._threads)
        for each in done:
            if isinstance(each, Opened):
                each.sock.close()
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _open(self, until: float) -> None:
        result: Opened | BaseException
        try:
            result = opened(self.settings, self._tls, until)
        except BaseException as problem:
            result = problem
        with self._lock:
            self._threads.discard(threading.current_thread())
            if not self._closed:
                self._done.append(result)
            elif isinstance(result, Opened):
                result.sock.close()
        self._landed()
