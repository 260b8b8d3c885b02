"""What follows an attempt to hand a mail over: what the reply means, and when to try again. Policy, not SMTP.

Classes follow the enhanced status codes of RFC 3463 and RFC 5248. "5xx means a dead address" is wrong more often than
right, so only replies that speak of the address itself count against the subscriber; a refusal of *us* never does.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class ReplyClass(StrEnum):
    """Whose problem a refusal is."""

    HARD = "hard"  # the address does not exist
    MAILBOX = "mailbox"  # full, suspended, inactive
    TRANSPORT = "transport"  # network, timeout, garbage, "try later"
    GREYLIST = "greylist"  # wait and come again from the same sender
    POLICY = "policy"  # they refuse us: authentication, reputation, rate
    CONTENT = "content"  # they refuse this mail: size, attachment
    UNKNOWN = "unknown"  # a refusal nobody can place; never held against the subscriber


#: Waits between attempts on one day; the last one repeats (MAIL S6).
BACKOFF = tuple(timedelta(minutes=m) for m in (5, 15, 30, 60, 120))
#: In doubt: how long to wait for news before the policy decides.
DOUBT_WAIT = timedelta(minutes=30)
#: One lesson refused "for now" this long pauses the enrollment instead of knocking for ever.
GIVE_UP_AFTER = timedelta(days=7)

#: A status code, but not the head of an IP address such as 5.1.10.7.
_STATUS = re.compile(r"(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?!\.?\d)")
#: A mailbox called spam@ or ptr@ says nothing about the refusal.
_ADDRESS = re.compile(r"[^\s<>]+@[^\s<>]+")

_FINAL_CODES = {"5.1.1", "5.1.10"}
_HARD_CODES = {"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"}
_CONTENT_CODES = {"5.2.3", "5.3.4"}
_SENDER_CODES = {"4.1.7", "4.1.8", "5.1.7", "5.1.8"}
_MAILBOX_CODES = {"4.2.1", "4.2.2", "5.2.1", "5.2.2"}
_HARD_TEXT = re.compile(
    r"user unknown|unknown user|no such (user|mailbox|recipient|address)|does not exist|unknown recipient",
    re.I,
)
_MAILBOX_TEXT = re.compile(r"over ?quota|quota exceeded|mailbox (is )?full|suspended|disabled|inactive", re.I)
_NOT_FOUND_TEXT = re.compile(r"(host|domain)( name)? not found", re.I)
_SIZE_TEXT = re.compile(r"(message|size|mail) (size )?(exceeds|too (large|big))|too large|virus", re.I)
_POLICY_TEXT = re.compile(
    r"blocked|bl(o|a)ck ?list|spam|reputation|\b(ptr|reverse dns|spf|dkim|dmarc)\b|rate limit"
    r"|too many (?!recipients|hops)|sender (address|domain|verif)|of (the )?sender",
    re.I,
)
_GREY_TEXT = re.compile(r"grey ?list|gray ?list|try (again )?later|temporarily deferred", re.I)


def classify(code: int, text: str) -> ReplyClass:
    """The class of a refusal. `code` is the basic code (-1: none or garbage), `text` the reply's text.

    The text overrules the code where providers misuse it: a full mailbox that says 5.1.1 is a full mailbox.
    """
    status = _status(text)
    said = _ADDRESS.sub("", text)
    if not 400 <= code < 600:
        return ReplyClass.TRANSPORT
    if _refuses_us(code, status, said):
        greylisted = code < 500 and code != 421 and _GREY_TEXT.search(said)
        return ReplyClass.GREYLIST if greylisted else ReplyClass.POLICY
    if code == 421 or status == "5.4.7":
        return ReplyClass.TRANSPORT
    return _about_mail(code, status, said) or _about_address(code, status, said)


def _status(text: str) -> str:
    """The enhanced status code of RFC 3463 in a reply, or ""."""
    found = _STATUS.search(text)
    return found[0] if found else ""


def _refuses_us(code: int, status: str, said: str) -> bool:
    """Whether the refusal speaks of who sends: policy status, our sender address, or a login (RFC 4954)."""
    by_code = status[2:4] == "7." or status in _SENDER_CODES or (code in (530, 534, 535, 538) and not status)
    return by_code or bool(_POLICY_TEXT.search(said))


def _about_mail(code: int, status: str, said: str) -> ReplyClass | None:
    """MAILBOX or CONTENT where the place or the mail is the trouble, else None. A bare 552 may mean either."""
    if _MAILBOX_TEXT.search(said) or status in _MAILBOX_CODES:
        return ReplyClass.MAILBOX
    too_big = code >= 500 and status not in _HARD_CODES and _SIZE_TEXT.search(said)
    if status in _CONTENT_CODES or status.startswith("5.6.") or too_big:
        return ReplyClass.CONTENT
    return ReplyClass.MAILBOX if code in (452, 552) and not status else None


def _about_address(code: int, status: str, said: str) -> ReplyClass:
    if code < 500:
        return ReplyClass.GREYLIST if _GREY_TEXT.search(said) or status == "4.2.0" else ReplyClass.TRANSPORT
    no_route = status == "5.4.4" and _NOT_FOUND_TEXT.search(said)
    hard = status in _HARD_CODES or no_route or _HARD_TEXT.search(said)
    return ReplyClass.HARD if hard else ReplyClass.UNKNOWN


class Follow(StrEnum):
    """What the engine does after an attempt."""

    SENT = "sent"
    LATER = "later"
    DOUBT = "doubt"
    FAIL = "fail"  # this lesson never goes; the course goes on
    SUPPRESS = "suppress"  # the address is dead; nothing goes there any more
    GIVE_UP = "give-up"  # pause the enrollment and tell the admin


@dataclass(frozen=True)
class Verdict:
    """What follows, when (aware UTC; None where it is at once or never) and why, in words for a person."""

    follow: Follow
    at: datetime | None
    why: str


#: The verdict on a mail that the server took.
ACCEPTED = Verdict(Follow.SENT, None, "")


def after_attempt(
    *,
    accepted: bool,
    in_doubt: bool,
    code: int,
    text: str,
    attempts: int,
    first_at: datetime,
    now: datetime,
    seed: str,
    hard_before: bool | None = None,
) -> Verdict:
    """What follows the attempt number `attempts` (from 1) that ended `now`; `seed` spreads equal retries apart.

    5.1.1 and 5.1.10 said in the dialogue are final; any other hard refusal must be said twice. `hard_before` is
    whether an earlier attempt was refused as HARD; None where nobody kept it, and then any earlier attempt counts.
    """
    if accepted:
        return ACCEPTED
    if in_doubt:
        return Verdict(Follow.DOUBT, now + DOUBT_WAIT, "no reply after the mail was handed over")
    kind = classify(code, text)
    why = f"the server said {code} {text}".strip() if code > 0 else f"no usable answer: {text}".strip()
    said_twice = attempts >= 2 if hard_before is None else hard_before
    if kind is ReplyClass.HARD and (_status(text) in _FINAL_CODES or said_twice):
        return Verdict(Follow.SUPPRESS, None, why)
    if kind is ReplyClass.CONTENT:
        return Verdict(Follow.FAIL, None, why)
    if now - first_at >= GIVE_UP_AFTER:
        return Verdict(Follow.GIVE_UP, None, f"refused for {(now - first_at).days} days; {why}")
    return Verdict(Follow.LATER, now + backoff(attempts, seed), why)


def backoff(attempts: int, seed: str) -> timedelta:
    """The wait after attempt number `attempts`, never shorter than the table and up to a fifth longer.

    The extra comes from a hash of the seed, not from chance, so that a simulation and the real run agree.
    """
    wait = BACKOFF[min(attempts, len(BACKOFF)) - 1]
    share = hashlib.blake2s(f"{seed}/{attempts}".encode(), digest_size=2).digest()
    return wait + wait * (int.from_bytes(share) / 65535 / 5)
