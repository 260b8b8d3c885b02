"""What webhooks tell of, when a message is tried again, and what an endpoint's answer means. Policy, not HTTP.

Names, headers and the schedule follow the Standard Webhooks specification (1.0).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from email.utils import parsedate_to_datetime
from typing import Any

from dripcourse.errors import InputError

#: Every kind of message that a webhook may ask for, with what it says.
KINDS: Mapping[str, str] = {
    "signup.requested": "somebody filled in a form; he has not confirmed yet",
    "signup.confirmed": "he pressed the button in the confirm mail, and the course begins",
    "lesson.sent": "the mail server took a lesson",
    "lesson.done": "a reader tapped Done",
    "enrollment.paused": "no lesson comes for a while, or until somebody resumes it",
    "enrollment.resumed": "lessons go on: after a pause, or after leaving was undone",
    "enrollment.completed": "a reader has had the whole course",
    "enrollment.left": "a reader wants no more lessons of this course",
    "mail.bounced": "the address does not exist; nothing is sent there any more",
    "mail.complained": "a reader called a mail spam; nothing is sent to him any more",
}
#: What `dripcourse hook test` sends; nobody asks for it.
TEST = "hook.test"
_OF_LEDGER = {
    "signup-requested": "signup.requested",
    "recovered": "lesson.sent",  # a worker died behind the server's yes
    "done": "lesson.done",
    "paused": "enrollment.paused",
    "gave-up": "enrollment.paused",
    "resumed": "enrollment.resumed",
    "returned": "enrollment.resumed",
    "finished": "enrollment.completed",
    "left": "enrollment.left",
    "hard-bounce": "mail.bounced",
    "complaint": "mail.complained",
}
_BY_ENDING = {"complaint": "mail.complained", "hard-bounce": "mail.bounced"}
_WHO = {"web": "reader", "form": "reader", "mail": "reader", "cli": "admin"}
_TOLD = ("course", "lesson", "until", "form", "path", "tags")

#: Waits after the first, second, … failed attempt; after the last one a message has failed.
WAITS = tuple(
    timedelta(seconds=s) for s in (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
)  # 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h: 75.6 hours in all
#: No endpoint puts a message off for longer than this.
LONGEST_WAIT = timedelta(hours=24)
#: A webhook that has taken nothing for this long is disabled, where so many different messages failed in it.
DISABLED_AFTER = timedelta(days=5)
LEAST_FAILED = 3
#: What of 400 to 499 an endpoint answers whichever message it gets: its address or the access to it is wrong, or it is
#: overrun. All others refuse that one message.
OF_ENDPOINT = (401, 403, 404, 405, 407, 408, 410, 421, 423, 429)
#: How long the log of a webhook keeps a message that is settled.
KEPT = timedelta(days=30)
_LEAST_REST, _MOST_REST = timedelta(seconds=5), timedelta(hours=1)
_WORDS = 200
_NUMBER = re.compile(r"(?:msg_)?([0-9]{1,18})(?:_[0-9a-f]{16})?")
_SECONDS = re.compile(r"[0-9]{1,9}\Z")


def kinds_of(kind: str, source: str, data: Mapping[str, Any]) -> tuple[str, ...]:
    """The kinds of message that an entry of the ledger is; () for most. `source` and `data` are the entry's."""
    if kind == "enrolled":  # by an admin, an import or a restart is no confirmation
        return ("signup.confirmed",) if source == "form" else ()
    if kind == "course-changed":  # an edit may leave a run no further lesson
        return ("enrollment.completed",) if "to" in data and data["to"] is None else ()
    if kind == "returned" and source == "form":  # he confirmed, and goes on where he had stopped
        return ("signup.confirmed", "enrollment.resumed")
    found = (_OF_LEDGER[kind],) if kind in _OF_LEDGER else ()
    also = _BY_ENDING.get(str(data.get("why", ""))) if kind in ("left", "stopped") else None
    return (*found, also) if also else found


def details(source: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """What of a ledger entry a message tells, beside who and which course: `by` reader, admin or engine, and why."""
    told = {name: data[name] for name in _TOLD if data.get(name)}
    why = {"reason": printable(str(data["why"]))} if data.get("why") else {}
    return {"by": _WHO.get(source, source), **told, **why}


def message_id(hook_id: str, number: int, at: datetime) -> str:
    """The id of a message, the same at every attempt: "msg_", its number in the log, and what no other has."""
    tag = hashlib.blake2b(f"{hook_id}/{number}/{at.isoformat()}".encode(), digest_size=8).hexdigest()
    return f"msg_{number}_{tag}"


def number_of(typed: str) -> int:
    """The number of a message, typed as such or as its id. Raises InputError."""
    found = _NUMBER.fullmatch(typed.strip())
    if found is None:
        raise InputError(f"{typed!r} is no delivery; write its number, or its webhook-id (msg_…)")
    return int(found[1])


def check_kinds(typed: list[str]) -> tuple[str, ...]:
    """These kinds in the order of `KINDS`, each once. Raises InputError for one that there is not, or for none."""
    every = ", ".join(KINDS)
    for name in typed:
        if name not in KINDS:
            near = get_close_matches(name, KINDS, n=1)
            raise InputError(f"there is no event {name!r}; " + (f"did you mean {near[0]}?" if near else f"use {every}"))
    if not typed:
        raise InputError(f"say which events with --event: {every}")
    return tuple(kind for kind in KINDS if kind in typed)


@dataclass(frozen=True)
class Verdict:
    """What follows an attempt: `state` queued, sent or failed; `due_at` only where it is tried again.

    `disable`: the endpoint wants nothing any more, or has failed for too long. `failing`: this says something of the
    endpoint, and not of the message alone. `rest`: the endpoint is left alone for so long.
    """

    state: str
    due_at: datetime | None = None
    disable: bool = False
    failing: bool = False
    rest: timedelta | None = None


def after_answer(
    *, code: int, retry_after: str, attempts: int, failing_since: datetime | None, failed: int, now: datetime, seed: str
) -> Verdict:  # fmt: skip
    """What follows attempt number `attempts` (from 1). `code` is the HTTP status, 0 where there was no answer.

    2xx is taken; 410 means never again; everything else, redirects too, is tried again. An endpoint that answered
    nothing, 429 or 5xx rests as a whole: whatever else waits for it would fare alike. `failed`: how many different
    messages the endpoint has failed since `failing_since`, this one too.
    """
    if 200 <= code < 300:
        return Verdict("sent")
    if code == 410:
        return Verdict("failed", disable=True, failing=True)
    since, failing = failing_since or now, is_of_endpoint(code)
    disable = failing and now - since >= DISABLED_AFTER and failed >= LEAST_FAILED
    asked = wait_asked(retry_after, now) if code in (429, 503) else timedelta(0)
    rest = max(_rest(since, now), asked) if code == 0 or code == 429 or code >= 500 else None
    if attempts > len(WAITS):
        return Verdict("failed", disable=disable, failing=failing, rest=rest)
    at = now + max(wait_after(attempts, seed), asked)
    return Verdict("queued", at, disable=disable, failing=failing, rest=rest)


def is_of_endpoint(code: int) -> bool:
    """Whether the endpoint failed, and did not just refuse that message. `code` is none that takes one."""
    return not 400 <= code < 500 or code in OF_ENDPOINT


def wait_after(attempts: int, seed: str) -> timedelta:
    """The wait after failed attempt number `attempts`, up to a fifth longer than the table, by a hash of the seed."""
    wait = WAITS[attempts - 1]
    share = hashlib.blake2s(f"{seed}/{attempts}".encode(), digest_size=2).digest()
    return wait + wait * (int.from_bytes(share) / 65535 / 5)


def wait_asked(retry_after: str, now: datetime) -> timedelta:
    """What a Retry-After header asks for (RFC 9110 section 10.2.3: seconds, or a date); none where it cannot be read.

    Never more than a day.
    """
    text = retry_after.strip()
    if _SECONDS.match(text):
        return min(timedelta(seconds=int(text)), LONGEST_WAIT)
    try:
        at = parsedate_to_datetime(text)
        left = (at if at.tzinfo else at.replace(tzinfo=UTC)) - now
    except (ValueError, TypeError, IndexError, OverflowError):
        return timedelta(0)
    return max(timedelta(0), min(left, LONGEST_WAIT))


def _rest(since: datetime, now: datetime) -> timedelta:
    """A tenth of the time for which it has failed: an endpoint down for ten minutes is asked once a minute."""
    return min(max((now - since) / 10, _LEAST_REST), _MOST_REST)


def printable(text: str) -> str:
    """The first 200 characters of anybody's words, on one line, with nothing that a terminal would obey."""
    line = " ".join(text[: 4 * _WORDS].split())
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)[:_WORDS]
