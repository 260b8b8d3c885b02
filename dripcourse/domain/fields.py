"""Fields an author adds to a form: what each may hold, and how one is written in a single line. Not their HTML."""

from __future__ import annotations

import re
import shlex
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from dripcourse.errors import InputError

KINDS = ("text", "number", "choice", "checkbox")
LONGEST = 200  # characters of one value; also the most a field may allow itself
MOST_CHOICES = 50
YES = "yes"  # what a ticked box holds; an empty one holds ""

#: Names that every form has already, or that a browser or another site may put into a post.
TAKEN = frozenset({
    "address", "name", "hour", "zone", "agree", "homepage", "ticket", "proof", "referrer", "frame", "plan", "fields",
    "language", "network", "signature", "do", "form", "source",
    "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content",
    "action", "append", "dataset", "elements", "prepend", "submit",  # would hide what a script needs of its form
})  # fmt: skip

_NAME = re.compile(r"[a-z][a-z0-9_]{0,29}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(?:[.,][0-9]{1,6})?")
#: As mail programs find them: any dotted word whose last part has a letter and two characters, whichever its script.
_WEB_ADDRESS = re.compile(
    r"https?:|www\.|://|[<>@]|\w\.(?=\w*[^\W\d_])\w{2}|(?:\d{1,3}\.){3}\d|\w\.(?=\w*[^\W\d_])\w+/", re.IGNORECASE
)
#: Degrees that people write without a space; a path behind one makes it an address all the same.
_DEGREES = re.compile(r"\b(?:[BM]\.(?:A|Sc|Ed|Eng|Mus)|Ph\.D|Dr\.(?:med|phil|rer|jur|theol|Ing))\b(?!\.?[\w/])")
_IDEOGRAPHIC = re.compile(r"(?<=[a-z0-9])\u3002(?=[a-z0-9])", re.ASCII | re.IGNORECASE)
_UNSEEN = frozenset({"Cf", "Mn", "Mc", "Me"})
_KEYS = ("most", "label", "fallback", "choices")


@dataclass(frozen=True)
class Field:
    """One field, its label in the form's language. `choices` are for kind "choice", `most` (characters) for "text".

    `fallback` stands in mails to people who left it empty, and to those who came before the field did.
    """

    name: str
    label: str
    kind: str = "text"
    required: bool = False
    choices: tuple[str, ...] = ()
    most: int = 100
    fallback: str = ""

    def as_data(self) -> dict[str, Any]:
        """As JSON keeps it; `Field.of` reads it again."""
        return {**self.__dict__, "choices": list(self.choices)}

    @staticmethod
    def of(data: Mapping[str, Any]) -> Field:
        """The field that was kept so."""
        return Field(**{**data, "choices": tuple(data.get("choices", ()))})


def check(field: Field, typed: str) -> str:
    """What is kept of that text: one line, "" for nothing. Raises InputError, one sentence that names the label."""
    text = " ".join(typed.split())
    match wrong(field, text):
        case "":
            return text
        case "missing":
            raise InputError(f"{field.label!r} is missing")
        case "number":
            raise InputError(f"{field.label!r}: {text[:40]!r} is not a number")
        case "choice":
            raise InputError(f"{field.label!r}: {text[:40]!r} is none of: {', '.join(field.choices)}")
        case "box":
            raise InputError(f"{field.label!r} is a box: {YES!r} where it is ticked, nothing where it is not")
        case "long":
            raise InputError(f"{field.label!r} has {len(text)} characters; at most {field.most} are kept")
        case _:
            raise InputError(
                f"{field.label!r} must not contain a web address, @, angle brackets or control characters; "
                "after a full stop, put a space"
            )


def wrong(field: Field, typed: str) -> str:
    """Which rule that text breaks: "missing", "number", "choice", "box", "long" or "link"; "" for none."""
    text = " ".join(typed.split())
    if not text:
        return "missing" if field.required else ""
    if field.kind == "number":
        return "" if _NUMBER.fullmatch(text) else "number"
    if field.kind == "choice":
        return "" if text in field.choices else "choice"
    if field.kind == "checkbox":
        return "" if text == YES else "box"
    if len(text) > field.most:
        return "long"
    return "link" if odd(text) else ""


def odd(text: str) -> bool:
    """Whether it holds what a short text never needs and spam does: a web address, angle brackets, controls."""
    return holds_web_address(text) or any(unicodedata.category(char) in ("Cc", "Cs", "Co", "Cn") for char in text)


def holds_web_address(text: str) -> bool:
    """Whether a mail program could make a link of it, or it holds an angle bracket or an @: bots send spam in fields.

    Wide, full and half dots are dots (IDNA does so, UTS 46), and what is not seen or stands on a letter hides nothing.
    Initials and degrees are none ("J.R.", "Ph.D."); "Dr.Anna" needs a space, for nobody can tell it from "x.shop".
    """
    plain = "".join(char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char) not in _UNSEEN)
    return _WEB_ADDRESS.search(_DEGREES.sub(" ", _IDEOGRAPHIC.sub(".", plain))) is not None


def checked_field(field: Field) -> Field:
    """The field itself. Raises InputError for what an author may not declare."""
    place = f"field {field.name!r}"
    if not _NAME.fullmatch(field.name):
        raise InputError(
            f"{place}: a field's name is a-z, 0-9 and _, begins with a letter and has at most 30 characters"
        )
    if field.name in TAKEN:
        raise InputError(f"{place}: every form has that name already; choose another, such as {'my_' + field.name!r}")
    if field.kind not in KINDS:
        near = get_close_matches(field.kind, KINDS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"the kinds are: {', '.join(KINDS)}"
        raise InputError(f"{place}: there is no kind {field.kind!r}; {hint}")
    if not 1 <= field.most <= LONGEST:
        raise InputError(f"{place}: most={field.most}; a text may have 1 to {LONGEST} characters")
    for what, text in (
        ("label", field.label),
        ("fallback", field.fallback),
        *(("choice", each) for each in field.choices),
    ):
        if len(text) > LONGEST or odd(text):
            raise InputError(
                f"{place}: {what} {text[:40]!r} is not short plain text (no links, at most {LONGEST} characters)"
            )
    if not field.label:
        raise InputError(f"{place}: it needs a label; people would not know what to write")
    return _checked_choices(field, place)


def _checked_choices(field: Field, place: str) -> Field:
    if field.kind != "choice":
        if field.choices:
            raise InputError(f"{place}: choices are for the kind choice, and this is a {field.kind}")
        return field
    if (
        not 2 <= len(field.choices) <= MOST_CHOICES
        or len(set(field.choices)) < len(field.choices)
        or "" in field.choices
    ):
        raise InputError(f"{place}: a choice needs 2 to {MOST_CHOICES} different choices, such as choices=red|green")
    return field


def parse_field(text: str) -> Field:
    """A field as an author writes it: "NAME: KIND, required, most=40, label=Your city, fallback=your town".

    A comma within a value stands in double quotes: label="City, or village". Raises InputError.
    """
    name, colon, rest = text.partition(":")
    name = name.strip()
    parts = _parts(name, rest) if colon else []
    kind = parts.pop(0) if parts and "=" not in parts[0] and parts[0] != "required" else "text"
    found: dict[str, Any] = {"label": name.replace("_", " ").capitalize(), "kind": kind}
    for part in parts:
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if part == "required":
            found["required"] = True
        elif equals and key in _KEYS:
            found[key] = _value(name, key, value)
        else:
            raise InputError(
                f"field {name!r}: {part!r} is not understood; write it as "
                "'city: text, required, most=40, label=Your city, fallback=your town'"
            )
    return checked_field(Field(name, **found))


def _parts(name: str, text: str) -> list[str]:
    words = shlex.shlex(text, posix=True)
    words.whitespace, words.quotes, words.escape, words.commenters = ",", '"', "", ""
    words.whitespace_split = True
    try:
        return [part for each in words if (part := " ".join(each.split()))]
    except ValueError:
        raise InputError(f"field {name!r}: a double quote is opened and not closed") from None


def _value(name: str, key: str, value: str) -> Any:
    if key == "choices":
        return tuple(each.strip() for each in value.split("|"))
    if key != "most":
        return value
    if not (value.isascii() and value.isdigit() and len(value) < 6):
        raise InputError(f"field {name!r}: most={value} is not a number of characters")
    return int(value)
