"""A compiled mail and the places in it that are filled for each recipient; it does not know what they are filled with.

A slot is a sentinel such as --DC.RECIPIENT--, inside links https://slot.invalid/--DC.LEAVE_URL--, so that inlining
leaves it whole. Filling is one pass: a value that looks like a slot, or like a template, arrives as it is.

A mention such as {name|friend} is a slot, too: --DC.OF.NZQW2ZL4MZZGSZLOMQ--, its name and its other words in base32.
"""

from __future__ import annotations

import html
import re
from base64 import b32decode, b32encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from dripcourse.domain.mentions import Mention
from dripcourse.errors import InputError

MARK = "--DC."
#: `me_url` is the reader's own page; what follows it in a mail, such as /pace, is the same for everybody.
URLS = ("leave_url", "me_url", "confirm_url", "decline_url", "undo_url", "data_url", "erase_url")
#: `sentence` is the one of a mail that is about this reader, such as the days he has done; `opt_in` is the paragraph
#: that a form's author has for its confirm mail.
TEXTS = ("recipient", "signed_up", "sentence", "opt_in")

_SLOT = re.compile(r"(?:https://slot\.invalid/)?--DC\.([A-Z_]+|OF\.[A-Z2-7]+)--")
_MENTION = re.compile(r"--DC\.(OF\.[A-Z2-7]+)--")
_OF = "of."
_URL = re.compile(r"https?://[\x21\x23-\x3b\x3d\x3f-\x7e]+\Z")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True)
class CompiledMail:
    """One mail, ready but for its slots. `html` and `text` say the same."""

    template: str
    language: str
    subject: str
    preheader: str
    html: str
    text: str


@dataclass(frozen=True)
class Filled:
    """One mail for one recipient."""

    subject: str
    preheader: str
    html: str
    text: str


def sentinels() -> dict[str, str]:
    """What templates see as `slot`: each slot's name and the sentinel that stands for it."""
    urls = {name: f"https://slot.invalid/{MARK}{name.upper()}--" for name in URLS}
    return urls | {name: f"{MARK}{name.upper()}--" for name in TEXTS}


def sentinel_of(mention: Mention) -> str:
    """What stands for the mention until a reader's own words do."""
    spelled = b32encode(f"{mention.name}|{mention.otherwise}".encode()).decode("ascii").rstrip("=")
    return f"{MARK}OF.{spelled}--"


def without_mentions(text: str, words: Callable[[Mention], str] = lambda _: "") -> str:
    """The text with `words` in place of its mentions; what only looks like one stays."""

    def said(found: re.Match[str]) -> str:
        mention = _read(found[1].lower())
        return found[0] if mention is None else words(mention)

    return _MENTION.sub(said, text)


def slots(compiled: CompiledMail) -> frozenset[str]:
    """The names of the slots this mail has, such as leave_url and recipient."""
    return frozenset(name for name in _names(compiled) if not name.startswith(_OF))


def mentions(compiled: CompiledMail) -> dict[str, Mention]:
    """The names of the slots of its mentions, and what these are."""
    found = {name: _read(name) for name in sorted(_names(compiled)) if name.startswith(_OF)}
    return {name: mention for name, mention in found.items() if mention is not None}


def _names(compiled: CompiledMail) -> set[str]:
    parts = (compiled.subject, compiled.preheader, compiled.html, compiled.text)
    return {name for part in parts for name in pieces(part)[1::2]}


def fill(
    compiled: CompiledMail, values: Mapping[str, str], fields: Mapping[str, object] = MappingProxyType({})
) -> Filled:
    """The mail as its reader will see it, with `values` in its slots, escaped for HTML; what is sent is `Prepared`.

    `fields` are what he can be told of himself (`domain.mentions.of_reader`). Values it has no slot for are ignored.
    Raises InputError as `needed` and `checked_value` do.
    """
    plain = {name: checked_value(name, value) for name, value in needed(compiled.template, slots(compiled), values)}
    plain |= {name: mention.told(fields) for name, mention in mentions(compiled).items()}
    escaped = {name: html.escape(value) for name, value in plain.items()}
    return Filled(
        subject=joined(compiled.subject, plain),
        preheader=joined(compiled.preheader, plain),
        html=joined(compiled.html, escaped),
        text=joined(compiled.text, plain),
    )


def needed(template: str, names: Iterable[str], values: Mapping[str, str]) -> list[tuple[str, str]]:
    """Each of `names` with its value. Raises InputError that names the missing ones."""
    try:
        return [(name, values[name]) for name in names]
    except KeyError:
        missing = sorted(set(names) - values.keys())
        raise InputError(f"the mail {template} needs a value for: {', '.join(missing)}") from None


def checked_value(name: str, value: str) -> str:
    """`value` itself. Raises InputError where it has a control character, or is for a link and not http or https."""
    if _CONTROL.search(value):
        raise InputError(f"the value for {name} holds a line break or control character: {value[:80]!r}")
    if name in URLS and _URL.match(value) is None:
        raise InputError(f"the value for {name} is not an http or https link: {value[:80]!r}")
    return value


@lru_cache(maxsize=512)
def pieces(part: str) -> tuple[str, ...]:
    """Text and slot names in turns, beginning and ending with text. Worked out once for each mail, not recipient."""
    cut = _SLOT.split(part)
    return tuple(piece.lower() if i % 2 else piece for i, piece in enumerate(cut))


def joined(part: str, values: Mapping[str, str]) -> str:
    """The part with `values` in its slots, as they are."""
    return "".join(values[piece] if i % 2 else piece for i, piece in enumerate(pieces(part)))


@lru_cache(maxsize=4096)
def _read(name: str) -> Mention | None:
    """That of a slot's name; None where it is not one that `sentinel_of` has written."""
    spelled = name.removeprefix(_OF).upper()
    try:
        said, bar, otherwise = b32decode(spelled + "=" * (-len(spelled) % 8)).decode("utf-8").partition("|")
    except ValueError:
        bar = ""
    return Mention(said, otherwise) if bar else None
