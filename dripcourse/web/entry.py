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
from dripcourse.web.page import sentence
from dripcourse.web.posted import one_line

#: A field no person sees; what fills it is no person.
TRAP = "homepage"

_UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
_LONGEST = 200


@dataclass(frozen=True)
class Entry:
    """The fields as typed. `mistakes` has one sentence for each field that cannot be taken."""

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
        mistakes = {name: wrong for name, check in _CHECKS.items() if (wrong := _wrong(check, typed[name]))}
        if not agreed:
            mistakes["agree"] = "Please tick this box: without your consent nothing may be sent."
        return Entry(**typed, agreed=agreed, referrer=origin(posted.get("referrer", "")), mistakes=mistakes)

    def request(self, came_from: Mapping[str, str]) -> Request:
        """The request of an entry without mistakes."""
        plan = Plan(parse_zone(self.zone), parse_hour(self.hour))
        return Request(self.address, self.name, plan, came_from)


def _zone(text: str) -> str:
    if not text:
        raise InputError("please choose your time zone, so that lessons come at your hour")
    return parse_zone(text)


def _address(text: str) -> object:
    if not text:
        raise InputError("please type the address the lessons should go to")
    return parse_address(text)


_CHECKS: dict[str, Callable[[str], object]] = {
    "address": _address,
    "name": clean_name,
    "hour": parse_hour,
    "zone": _zone,
}


def _wrong(check: Callable[[str], object], text: str) -> str:
    try:
        check(text)
    except InputError as error:
        return sentence(str(error))
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
