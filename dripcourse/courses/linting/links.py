"""Rules for links and pictures: what a reader of the mail could not follow or see. Trying links is for `probing`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import SplitResult, unquote, urlsplit

from dripcourse.courses.codes import shorten
from dripcourse.courses.folders.folder import Survey
from dripcourse.courses.linting.finding import Finding
from dripcourse.courses.linting.markup import Mark, MarkKind, marks
from dripcourse.courses.linting.texts import Text, course_texts, lesson_texts

_VAGUE = frozenset(
    {
        *(
            "here",
            "click here",
            "click",
            "this",
            "this link",
            "this page",
            "link",
            "more",
            "read more",
            "learn more",
            "go",
            "page",
        ),
        *("see here", "look here", "hier", "hier klicken", "klicken sie hier", "mehr", "ici", "cliquez ici", "aquí"),
    }
)
_HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.?")
_MAILBOX = re.compile(r"[^@\s<>]+@(?P<host>[^@\s<>]+)")
_NOWHERE = re.compile(
    r"(?:.*\.)?(?:example\.(?:com|net|org|edu)|example|test|invalid|localhost|local)|127\..*|0\.0\.0\.0"
    r"|(?:www\.)?(?:your|my)-?(?:site|domain|website|company)\.\w+"
)
_UNREAD = re.compile(r"\]\(\s*[^\s)][^)]*\)?")
_BARE = re.compile(r"\bhttps?://[^\s<>\"]*[^\s<>\".,;:!?)\]]", re.IGNORECASE)


def link_findings(found: Survey) -> Iterator[Finding]:
    """Every link and picture of the lessons and of course.toml."""
    for file in found.files:
        texts = lesson_texts(file)
        for absent in ("instead", "body") if file.lesson and file.lesson.instead else ("instead",):
            yield from _mail([mark for text in texts if text.part != absent for mark in marks(text)])
    yield from _mail([mark for text in course_texts(found) for mark in marks(text)])


def _mail(pieces: list[Mark]) -> Iterator[Finding]:
    first: dict[str, int] = {}
    for mark in pieces:
        for code, message in _RULES[mark.kind](mark):
            yield Finding(code, mark.path, mark.line, message)
        if mark.kind is MarkKind.LINK:
            line = first.setdefault(mark.address, mark.line)
            if line != mark.line:
                text = f"{_named(mark)} is linked in line {line} of this mail already; once is enough"
                yield Finding("W_LINK_REPEATED", mark.path, mark.line, text)


def _link(mark: Mark) -> Iterator[tuple[str, str]]:
    problem = address_problem(mark.address)
    if problem:
        yield "E_LINK_BROKEN", f"the link to {_named(mark)} {problem}"
    elif leads_nowhere(mark.address):
        yield (
            "W_LINK_PLACEHOLDER",
            f"the link to {_named(mark)} is a placeholder, it leads nobody anywhere; put in the real one",
        )
    elif mark.address.lower().startswith("http:"):
        yield "W_LINK_HTTP", f"the link to {_named(mark)} is not encrypted; write https:// if the site has it"
    words = " ".join(mark.words.split()).strip(" .!:»›→").casefold()
    if not words:
        yield "W_LINK_TEXT", f"the link to {_named(mark)} has no text, so nobody can see it; say where it leads"
    elif words in _VAGUE:
        yield "W_LINK_TEXT", f"the link text {mark.words!r} says nothing by itself; name what is behind it"


def _picture(mark: Mark) -> Iterator[tuple[str, str]]:
    shown = shorten(mark.words, 40)
    if shown:
        yield "W_PICTURE", f"mails show no pictures, only this description: «{shown}»; check that it says enough"
    else:
        yield "W_ALT_MISSING", f"the picture {_named(mark)} has no description, so the mail shows nothing; write one"


def _words(mark: Mark) -> Iterator[tuple[str, str]]:
    if unread := _UNREAD.search(mark.words):
        advice = "the mail shows the brackets; take spaces out of the address"
        yield "E_LINK_BROKEN", f"«{shorten(unread[0], 60)}» is not read as a link: {advice}"
    elif bare := _BARE.search(mark.words):
        yield "W_LINK_BARE", f"{shorten(bare[0], 60)} is not a link in every mail program; put it in < and >"


_RULES = {MarkKind.LINK: _link, MarkKind.PICTURE: _picture, MarkKind.WORDS: _words}


def address_problem(address: str) -> str:
    """Why a reader could not follow this address, as the end of a sentence; "" where he could."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return "does not parse; check its host and port"
    scheme = parts.scheme.lower()
    if scheme == "mailto":
        box = _MAILBOX.fullmatch(unquote(parts.path))
        return "" if box and _HOST.fullmatch(box["host"].lower()) else "has no mail address; write mailto:name@host"
    if scheme not in ("http", "https"):
        return "is neither https nor mailto, so the mail shows its brackets; write the whole address with https://"
    return _host_problem(parts, port)


def _host_problem(parts: SplitResult, port: int | None) -> str:
    host = (parts.hostname or "").lower()
    if parts.username is not None:
        return "has a name before the host, which mail programs take for phishing; take it out"
    if not host:
        return "has no host; write it as https://host/page"
    if port == 0 or parts.netloc.endswith(":"):
        return "has no valid port; take it out"
    if ":" not in host and not _HOST.fullmatch(host):
        return f"has a host that cannot be ({shorten(unquote(host), 40)}); check it for spaces and signs"
    return ""


def leads_nowhere(address: str) -> bool:
    """Whether the host is one that is only written in examples, or the author's own machine."""
    parts = urlsplit(address)
    host = parts.hostname or unquote(parts.path).rpartition("@")[2]
    return _NOWHERE.fullmatch(host.lower()) is not None


def addresses(text: Text) -> Iterator[Mark]:
    """The http and https links of a text that could be tried."""
    for mark in marks(text):
        web = mark.kind is MarkKind.LINK and mark.address.lower().startswith(("http:", "https:"))
        if web and not address_problem(mark.address) and not leads_nowhere(mark.address):
            yield mark


def _named(mark: Mark) -> str:
    return shorten(mark.address, 80) or "nowhere"
