"""What somebody typed into a sign-up form: read, checked field by field, kept for showing it again. Stores nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from dripcourse.addresses import parse_address
from dripcourse.domain import fields
from dripcourse.domain.fields import Field
from dripcourse.domain.forms import FormSettings, check_all
from dripcourse.domain.plan import Plan, parse_hour, parse_zone
from dripcourse.errors import InputError
from dripcourse.flows.enroll import clean_name
from dripcourse.flows.signup import Request
from dripcourse.web.posted import one_line, short

#: A field no person sees; what fills it is no person.
TRAP = "homepage"

_UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
_LONGEST = 200
_ADDRESS = 254  # RFC 5321 section 4.5.3.1.3, less its angle brackets


@dataclass(frozen=True)
class Entry:
    """The fields as typed; `own` are the form's, `source` where he came from.

    `mistakes` has, for each field that cannot be taken, the name of the words that say why.
    """

    address: str = ""
    name: str = ""
    hour: str = "08:00"
    zone: str = ""
    agreed: bool = False
    own: Mapping[str, str] = field(default_factory=dict)
    source: Mapping[str, str] = field(default_factory=dict)
    mistakes: Mapping[str, str] = field(default_factory=dict)

    @staticmethod
    def of(posted: Mapping[str, str], settings: FormSettings, source: Mapping[str, str]) -> Entry:
        """Read and check a posted form."""
        typed = {name: posted.get(name, "") for name in _CHECKS}
        own = {each.name: posted.get(each.name, "") for each in settings.fields}
        mistakes = {name: words for name, text in typed.items() if (words := _wrong(name, text))}
        mistakes |= {each.name: words for each in settings.fields if (words := _wrong_own(each, own[each.name]))}
        agreed = posted.get("agree") == "yes"
        if not agreed:
            mistakes["agree"] = "missing_agree"
        return Entry(**typed, agreed=agreed, own=own, source=source, mistakes=mistakes)

    @staticmethod
    def filled(query: Mapping[str, str], settings: FormSettings, source: Mapping[str, str]) -> Entry:
        """An empty form, with what its address fills in where the author allows that: text only, never a box."""
        if not settings.prefill:
            return Entry(source=source)
        own = {each.name: _prefilled(each, query.get(each.name, "")) for each in settings.fields}
        address, name = one_line(query.get("address", ""), _ADDRESS), one_line(query.get("name", ""), 64)
        return Entry(address=address, name=name, own=own, source=source)

    @property
    def misread(self) -> dict[str, str]:
        """The mistakes in what was typed, without what is only missing."""
        return {name: words for name, words in self.mistakes.items() if self._typed(name)}

    def untold(self) -> Entry:
        """The same without a word about what is missing: that page's first line says it."""
        return replace(self, mistakes={}, hour=self.hour or Entry.hour)

    def typed(self, name: str) -> str:
        """What was typed into that field, as a sentence quotes it; "" for the box."""
        return short(self._typed(name))

    def _typed(self, name: str) -> str:
        return str(self.own.get(name, "") or getattr(self, name, ""))

    def request(self, settings: FormSettings, network: str, path: str) -> Request:
        """The request of an entry without mistakes."""
        plan, own = Plan(parse_zone(self.zone), parse_hour(self.hour)), check_all(settings, self.own)
        return Request(self.address, self.name, plan, self.source, own, network=network, path=path)


#: Field -> (its check, the words where it is empty, the words where it is wrong).
_CHECKS: dict[str, tuple[Callable[[str], object], str, str]] = {
    "address": (parse_address, "missing_address", "wrong_address"),
    "name": (clean_name, "", "wrong_name"),
    "hour": (parse_hour, "missing_hour", "wrong_hour"),
    "zone": (parse_zone, "missing_zone", "wrong_zone"),
}

#: What may be wrong with a field of the form's own -> the words that say so.
_OWN = {
    "missing": "field_missing", "number": "field_number", "choice": "field_choice", "box": "field_box",
    "long": "field_long", "link": "field_link",
}  # fmt: skip


def _wrong(name: str, text: str) -> str:
    """The name of the words for what is wrong with that field, "" for nothing."""
    check, missing, wrong = _CHECKS[name]
    if not text:
        return missing
    try:
        check(text)
    except InputError:
        return "odd_address" if name == "address" and not text.rpartition("@")[0].isascii() else wrong
    return ""


def _wrong_own(own: Field, text: str) -> str:
    """The same for a field of the form's own."""
    rule = fields.wrong(own, text)
    if rule == "missing" and own.kind == "checkbox":
        return "field_tick"
    return _OWN[rule] if rule else ""


def _prefilled(own: Field, text: str) -> str:
    match own.kind:
        case "checkbox":
            return ""
        case "choice":
            return text if text in own.choices else ""
        case _:
            return one_line(text, own.most)


def source(posted: Mapping[str, str], query: Mapping[str, str], referrer: str = "") -> dict[str, str]:
    """UTM parameters, from the form or its address, and the referrer; each bounded, none of them trusted.

    A form on another site has no field for the referrer: then it is the header's.
    """
    found = {name: one_line(posted.get(name) or query.get(name, ""), _LONGEST) for name in _UTM}
    found["referrer"] = origin(posted.get("referrer") or referrer)
    return {name: value for name, value in found.items() if value}


def origin(referrer: str) -> str:
    """The page somebody came from without its query, which may tell more of him than we need; "" if it is none."""
    try:
        parts = urlsplit(one_line(referrer))
        host = parts.hostname or ""
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host:
        return ""
    return f"{parts.scheme}://{host}{parts.path}"[:_LONGEST]
