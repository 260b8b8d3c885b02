"""What somebody typed into a sign-up form: read, checked field by field, kept for showing it again. Stores nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from dripcourse.addresses import parse_address
from dripcourse.domain.plan import Plan, parse_hour, parse_zone
from dripcourse.errors import InputError
from dripcourse.flows.enroll import clean_name
from dripcourse.flows.signup import Request
from dripcourse.web.posted import one_line, short

#: A field no person sees; what fills it is no person.
TRAP = "homepage"

_UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
_LONGEST = 200


@dataclass(frozen=True)
class Entry:
    """The fields as typed. `mistakes` has, for each field that cannot be taken, the name of the words that say why."""

    address: str = ""
    name: str = ""
    hour: str = "08:00"
    zone: str = ""
    agreed: bool = False
    referrer: str = ""
    mistakes: Mapping[str, str] = field(default_factory=dict)

    @staticmethod
    def of(posted: Mapping[str, str]) -> Entry:
        """Read and check a posted form."""
        typed = {name: posted.get(name, "") for name in ("address", "name", "hour", "zone")}
        agreed = posted.get("agree") == "yes"
        mistakes = {name: wrong for name, text in typed.items() if (wrong := _wrong(name, text))}
        if not agreed:
            mistakes["agree"] = "missing_agree"
        return Entry(**typed, agreed=agreed, referrer=origin(posted.get("referrer", "")), mistakes=mistakes)

    def typed(self, name: str) -> str:
        """What was typed into that field, as a sentence quotes it; "" for the box."""
        return short(str(getattr(self, name, "")))

    def request(self, came_from: Mapping[str, str]) -> Request:
        """The request of an entry without mistakes."""
        plan = Plan(parse_zone(self.zone), parse_hour(self.hour))
        return Request(self.address, self.name, plan, came_from)


#: Field -> (its check, the words where it is empty, the words where it is wrong).
_CHECKS: dict[str, tuple[Callable[[str], object], str, str]] = {
    "address": (parse_address, "missing_address", "wrong_address"),
    "name": (clean_name, "", "wrong_name"),
    "hour": (parse_hour, "missing_hour", "wrong_hour"),
    "zone": (parse_zone, "missing_zone", "wrong_zone"),
}


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


def source(posted: Mapping[str, str], query: Mapping[str, str]) -> dict[str, str]:
    """UTM parameters, from the form or its address, and the referrer; each bounded, none of them trusted."""
    found = {name: one_line(posted.get(name) or query.get(name, ""), _LONGEST) for name in _UTM}
    found["referrer"] = origin(posted.get("referrer", ""))
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
