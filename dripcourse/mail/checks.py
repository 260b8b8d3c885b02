"""What must be true of a mail's final text and HTML before it may reach anybody; it never looks at templates.

Inliners have dropped whole footers without a word, so what counts is what came out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html.parser import HTMLParser

from dripcourse.domain.mentions import MOST
from dripcourse.errors import InputError
from dripcourse.mail import mime
from dripcourse.mail.brand import Brand
from dripcourse.mail.slots import TEXTS, URLS, CompiledMail, Filled, fill, mentions, sentinels

MAX_BYTES = 90_000  # mailbox providers clip somewhere above 100 kB; the footer comes last

_LESSON_NEEDS = ("leave_url", "me_url", "recipient", "signed_up")
#: The slots a mail must have in both its parts, by its template.
NEEDED = {
    "welcome": _LESSON_NEEDS,
    "lesson": _LESSON_NEEDS,
    "practice": _LESSON_NEEDS,
    "recap": (*_LESSON_NEEDS, "sentence"),
    "completion": (*_LESSON_NEEDS, "sentence"),
    "confirm": ("confirm_url", "decline_url", "recipient", "signed_up", "opt_in"),
    "already": ("me_url", "leave_url", "recipient", "sentence"),
    "data": ("data_url", "recipient"),
    "erase": ("erase_url", "recipient"),
    "left": ("undo_url", "me_url", "recipient"),
    "paused": ("me_url", "leave_url", "recipient", "sentence"),
    "pick-up": _LESSON_NEEDS,
    "resumed": ("me_url", "leave_url", "recipient", "sentence"),
}
#: A value for every slot, as long as it gets; a sentence may name every day of a course.
LONGEST = dict.fromkeys(TEXTS, "x" * 400) | dict.fromkeys(URLS, f"https://{'x' * 192}")

_WORD = re.compile(r"\w+")
_HOST = "https://slot.invalid/"
_LINK = re.compile(rf"{re.escape(_HOST)}\S+")


class Reading(HTMLParser):
    """What a reader of an HTML page gets: the words of its body and where its links go."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[str] = []
        self._body = False
        self._text: list[str] = []
        self.feed(page)
        self.close()

    @property
    def text(self) -> str:
        """All text of the body, elements parted by spaces."""
        return " ".join(self._text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._body = self._body or tag == "body"
        if tag == "a":
            self.links += [value or "" for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        if self._body:
            self._text.append(data)


def refuse_unfit(compiled: CompiledMail, brand: Brand, fields: Iterable[tuple[str, str]], place: str) -> None:
    """Raises InputError where the final HTML or text lacks what it must have, or is too big.

    `fields` are the lesson's own texts as (HTML fragment, plain text); every word of them must have arrived.
    """
    if not compiled.subject:
        raise InputError(f"{place}: the mail has no subject")
    if not brand.postal_address.strip():
        raise InputError(
            f"{place}: a postal address is required by law in every mail; set it for the course or in the settings"
        )
    _refuse_missing(compiled, brand, list(fields), place)
    _refuse_big(compiled, place)


def at_longest(compiled: CompiledMail) -> Filled:
    """The mail with the longest values there are."""
    return fill(compiled, LONGEST, {mention.name: "x" * MOST for mention in mentions(compiled).values()})


def html_bytes(page: str) -> int:
    """Bytes of a finished HTML part, as written or as encoded for transport, whichever is more."""
    return max(len(page.encode("utf-8")), len(mime.body(page)[1]))


def _refuse_missing(compiled: CompiledMail, brand: Brand, fields: list[tuple[str, str]], place: str) -> None:
    page = Reading(compiled.html)
    in_html, in_text = _words(page.text), _words(compiled.text)
    checks = [
        *_slot_checks(compiled, page),
        ("the postal address", _words(brand.postal_address) in in_html, _words(brand.postal_address) in in_text),
        ("the sender's name", _words(brand.name) in in_html, _words(brand.name) in in_text),
        *(
            (f"the end of: {text[:40]!r}", _words(Reading(f"<body>{html}").text) in in_html, _words(text) in in_text)
            for html, text in fields
        ),
    ]
    for what, html_has, text_has in checks:
        if not (html_has and text_has):
            part = "text" if html_has else "HTML"
            raise InputError(
                f"{place}: the finished {part} of the mail lacks {what}; check the template {compiled.template}, "
                "and the course's own words if it has any"
            )


def _slot_checks(compiled: CompiledMail, page: Reading) -> list[tuple[str, bool, bool]]:
    """Every slot that is needed; and every link with a slot in it stands in both parts, whatever follows the slot."""
    sentinel = sentinels()
    needed = NEEDED[compiled.template]
    links = " ".join(page.links)
    in_html, in_text = set(_LINK.findall(links)), set(_LINK.findall(compiled.text))
    return [
        *((name, sentinel[name] in (links if name in URLS else page.text), sentinel[name] in compiled.text)
          for name in needed),
        *((link.replace(_HOST, ""), link in in_html, link in in_text) for link in sorted(in_html | in_text)),
    ]  # fmt: skip


def _refuse_big(compiled: CompiledMail, place: str) -> None:
    """The size as it will be: with long values in the slots, and as encoded for transport."""
    size = html_bytes(at_longest(compiled).html)
    if size > MAX_BYTES:
        raise InputError(
            f"{place}: the finished HTML has {size:,} bytes, at most {MAX_BYTES:,} are shown whole by mail programs; "
            "shorten the lesson or split it in two"
        )


def _words(text: str) -> str:
    """The words of a text, each with a space around it, so that whole words are compared."""
    return f" {' '.join(_WORD.findall(text))} "
