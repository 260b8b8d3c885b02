"""Posts a message to a web server that somebody named, through the same guard as every fetch. Follows no redirect."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from dataclasses import dataclass, replace

from dripcourse.errors import InputError
from dripcourse.fetching.fetch import STRICT, Guard, Limits, Trip, asked
from dripcourse.fetching.line import Deadline
from dripcourse.fetching.place import Place, place_of
from dripcourse.fetching.public import why_not_here, why_not_near

#: What one message may take: seconds for each wait and in all.
TEN_SECONDS = Limits(step=10.0, seconds=10.0, redirects=0)
#: Any port of a public address.
PUBLIC = replace(STRICT, ports=None)
_NEAR = replace(PUBLIC, refusal=why_not_near)
_HERE = replace(PUBLIC, refusal=why_not_here)
_READ = 2000  # bytes of an answer that are looked at: what it says of an error


@dataclass(frozen=True)
class Posted:
    """What the server answered: its status, its Retry-After ("" if none), and the beginning of what it said."""

    status: int
    retry_after: str
    said: str


def way_to(url: str, *, near: bool) -> tuple[Place, Guard]:
    """Where `url` leads, and the guard for it. Raises InputError, a reason without remedy, where it may not be asked.

    `near`: private networks and this machine may be asked, and this machine without TLS, too.
    """
    place = place_of(url, http=near, ports=None)
    if place.scheme == "http":
        return place, _HERE
    return place, _NEAR if near else PUBLIC


def post(
    url: str, headers: Mapping[str, str], body: bytes, *, near: bool = False, limits: Limits = TEN_SECONDS,
    guard: Guard | None = None,
) -> Posted:  # fmt: skip
    """The answer to this message, whatever its status. Raises InputError, a reason in one line, where there is none.

    `headers` are ours, free of line breaks. `guard` in place of the one that `near` means.
    """
    place, meant = way_to(url, near=near) if guard is None else (place_of(url, http=near, ports=guard.ports), guard)
    sent = {**headers, "Content-Length": str(len(body))}
    trip = Trip("POST", near, meant, limits, Deadline.after(limits.seconds, limits.step), sent, body)
    with asked(trip, place) as answer:
        said = "" if 200 <= answer.status < 300 else _beginning(answer)
        return Posted(answer.status, answer.getheader("Retry-After") or "", said)


def _beginning(answer: http.client.HTTPResponse) -> str:
    """What it says, as far as it comes in time: the status is known already, and counts in any case."""
    try:
        return answer.read(_READ).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException, InputError, ValueError):
        return ""
