"""A server's bytes in, its replies out, however the bytes were cut (RFC 5321 section 4.2); what they mean is not known.

A reply that is none gives NO_ANSWER; whoever hears that hangs up, for nothing after it can be trusted to be in step.
"""

from __future__ import annotations

import re

from dripcourse.mail.transports import NO_ANSWER

MAX_REPLY = 64 * 1024
MAX_LINE = 8192

_ONE_LINE = re.compile(rb"([2-5][0-5][0-9])(?:[ \t]([^\r\n]*))?\r?\n")
_CODE = re.compile(rb"[2-5][0-5][0-9](?=[- \t\r\n])")


class Replies:
    """What was heard and not yet asked for."""

    def __init__(self) -> None:
        self._data = b""
        self._at = 0
        self._lines: list[bytes] = []  # the earlier lines of a reply of several
        self._code = b""
        self._size = 0

    @property
    def rest(self) -> bool:
        """Whether something is left that nobody has asked for."""
        return self._at < len(self._data) or bool(self._lines)

    def feed(self, data: bytes) -> None:
        """Add what came."""
        self._data = self._data[self._at :] + data if self._at < len(self._data) else data
        self._at = 0

    def next(self) -> tuple[int, bytes] | None:
        """The next whole reply, its lines joined by LF; None where it is not all there yet."""
        if self._at >= len(self._data):
            return None
        if not self._lines:
            whole = _ONE_LINE.match(self._data, self._at)
            if whole is not None and whole.end() - self._at <= MAX_LINE:
                self._at = whole.end()
                return int(whole[1]), whole[2] or b""
        return self._line_by_line()

    def _line_by_line(self) -> tuple[int, bytes] | None:
        while (end := self._data.find(b"\n", self._at) + 1) > 0:
            line = self._data[self._at : end]
            self._at = end
            self._size += len(line)
            code = _CODE.match(line)
            if code is None or (self._lines and code[0] != self._code) or self._too_long(len(line)):
                return self._done(NO_ANSWER, line)
            self._code = code[0]
            self._lines.append(line[4:].strip(b" \t\r\n"))
            if line[3:4] != b"-":
                return self._done(int(self._code), b"\n".join(self._lines))
        if self._too_long(len(self._data) - self._at):
            self._at = len(self._data)
            return self._done(NO_ANSWER, b"the server's reply does not end")
        return None

    def _too_long(self, line: int) -> bool:
        return line > MAX_LINE or self._size + line > MAX_REPLY

    def _done(self, code: int, text: bytes) -> tuple[int, bytes]:
        self._lines, self._code, self._size = [], b"", 0
        return code, text
