"""A compiled mail and the places in it that are filled for each recipient; it does not know what they are filled with.

A slot is a sentinel such as --DC.RECIPIENT--, inside links https://slot.invalid/--DC.LEAVE_URL--, so that inlining
leaves it whole. Filling is one pass: a value that looks like a slot, or like a template, arrives as it is.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from dripcourse.errors import InputError

MARK = "--DC."
#: `me_url` is the reader's own page; what follows it in a mail, such as /pace, is the same for everybody.
URLS = ("leave_url", "me_url", "confirm_url", "decline_url", "undo_url")
#: `sentence` is the one of a mail that is about this reader, such as the days he has done.
TEXTS = ("recipient", "signed_up", "sentence")

_SLOT = re.compile(r"(?:https://slot\.invalid/)?--DC\.([A-Z_]+)--")
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
    html: str
    text: str


def sentinels() -> dict[str, str]:
    """What templates see as `slot`: each slot's name and the sentinel that stands for it."""
    urls = {name: f"https://slot.invalid/{MARK}{name.upper()}--" for name in URLS}
    return urls | {name: f"{MARK}{name.upper()}--" for name in TEXTS}


def slots(compiled: CompiledMail) -> frozenset[str]:
    """The names of the slots this mail has, such as leave_url and recipient."""
    parts = (compiled.subject, compiled.html, compiled.text)
    return frozenset(name for part in parts for name in pieces(part)[1::2])


def fill(compiled: CompiledMail, values: Mapping[str, str]) -> Filled:
    """The mail as its reader will see it, with `values` in its slots, escaped for HTML; what is sent is `Prepared`.

    Values it has no slot for are ignored. Raises InputError as `needed` and `checked_value` do.
    """
    plain = {name: checked_value(name, value) for name, value in needed(compiled.template, slots(compiled), values)}
    escaped = {name: html.escape(value) for name, value in plain.items()}
    return Filled(joined(compiled.subject, plain), joined(compiled.html, escaped), joined(compiled.text, plain))


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
