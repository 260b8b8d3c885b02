"""One received mail taken apart for showing it: headers, both bodies, and the preheader an inbox would show."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from functools import lru_cache
from html.parser import HTMLParser

_PREVIEW = 110
_FILLER = "\u034f"  # what the templates put behind the preheader, so that no body text follows it
_DARK = re.compile(r"\(\s*prefers-color-scheme\s*:\s*dark\s*\)")


@dataclass(frozen=True)
class Letter:
    """A mail as a reader meets it. `headers` are unfolded and decoded, in their order."""

    subject: str
    preheader: str
    headers: tuple[tuple[str, str], ...]
    text: str
    html: str


@lru_cache(maxsize=512)
def read_letter(raw: bytes) -> Letter:
    """Take the bytes apart. What is missing is ""."""
    message = BytesParser(policy=policy.default).parsebytes(raw)
    html, text = _body(message, "html"), _body(message, "plain")
    preheader = _begin(_visible(html) if html else text)
    headers = tuple((name, str(value)) for name, value in message.items())
    return Letter(str(message["Subject"] or ""), preheader, headers, text, html)


def in_frame(html: str, dark: bool) -> str:
    """The page as a light or a dark mail program shows it, whatever the browser prefers; links open a new tab."""
    return _DARK.sub("all" if dark else "not all", html).replace("<head>", '<head><base target="_blank">', 1)


def _body(message: EmailMessage, subtype: str) -> str:
    part = message.get_body((subtype,))
    return str(part.get_content()) if isinstance(part, EmailMessage) else ""


def _begin(text: str) -> str:
    words = " ".join(text.partition(_FILLER)[0].split())
    return words if len(words) <= _PREVIEW else words[:_PREVIEW].rsplit(" ", 1)[0] + " …"


class _Visible(HTMLParser):
    """Collects the text of the body."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.skipping = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.skipping += tag in ("style", "title")

    def handle_endtag(self, tag: str) -> None:
        self.skipping -= tag in ("style", "title")

    def handle_data(self, data: str) -> None:
        if not self.skipping:
            self.texts.append(data)


def _visible(html: str) -> str:
    reader = _Visible()
    reader.feed(html)
    return " ".join(reader.texts)
