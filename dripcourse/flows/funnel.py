"""How many came through each form, how far they got, and where those come from who finish. It changes nothing.

attempts (thirty days of hashes) give what came and what was refused; runs give who began and who finished.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from dripcourse.domain.budgets import LET_IN, TURNED_AWAY, Outcome
from dripcourse.domain.forms import is_open
from dripcourse.flows.confirming import NO_SEAT
from dripcourse.storage import events, forms, funnel
from dripcourse.storage.database import Transaction
from dripcourse.storage.forms import Form

#: Where somebody came from who did not say.
UNKNOWN = "(not known)"


@dataclass(frozen=True)
class Through:
    """One form. `came` were let in; of them `mailed`, of those `confirmed` or `declined`. `began`, `finished`: runs.

    `again`: how often it was shown once more, as it is to all who come from a plain form elsewhere; `no_seat`: people
    who confirmed when the places were taken.
    """

    form: str
    state: str
    came: int
    mailed: int
    confirmed: int
    declined: int
    no_seat: int
    again: int
    refused: Mapping[str, int]
    began: int
    finished: int


@dataclass(frozen=True)
class From:
    """One source: the utm_source of a link, else the host of the page before."""

    source: str
    began: int
    finished: int


@dataclass(frozen=True)
class Funnel:
    """All forms by slug, and all sources, the one with the most finishers first."""

    forms: tuple[Through, ...]
    sources: tuple[From, ...]


def look(tx: Transaction, now: datetime, span: timedelta) -> Funnel:
    """What became of the sign-ups of that time. Attempts reach back thirty days, however long it is."""
    counted = funnel.attempts_by_form(tx, now - span)
    began: dict[str, Counter[str]] = {"form": Counter(), "from": Counter()}
    finished: dict[str, Counter[str]] = {"form": Counter(), "from": Counter()}
    for source, done in funnel.runs(tx, now - span):
        if "form" not in source:
            continue  # imported, or added by hand
        for kind, value in (("form", str(source["form"])), ("from", origin(source))):
            began[kind][value] += 1
            finished[kind][value] += done
    late = Counter(str((e.data or {}).get("form", "")) for e in events.of_kind(tx, NO_SEAT, since=now - span))
    through = [
        _through(one, counted.get(one.id, {}), began["form"], finished["form"], late, now) for one in forms.every(tx)
    ]
    sources = [From(name, number, finished["from"][name]) for name, number in began["from"].items()]
    return Funnel(tuple(through), tuple(sorted(sources, key=lambda one: (-one.finished, -one.began, one.source))))


def _through(
    one: Form, counted: Mapping[str, int], began: Mapping[str, int], finished: Mapping[str, int],
    no_seat: Mapping[str, int], now: datetime,
) -> Through:  # fmt: skip
    def of(*outcomes: Outcome) -> int:
        return sum(counted.get(outcome.value, 0) for outcome in outcomes)

    return Through(
        form=one.slug,
        state=state(one, now),
        came=of(*LET_IN),
        mailed=of(Outcome.MAILED, Outcome.CONFIRMED, Outcome.DECLINED),
        confirmed=of(Outcome.CONFIRMED),
        declined=of(Outcome.DECLINED),
        no_seat=no_seat.get(one.slug, 0),
        again=of(Outcome.AGAIN),
        refused={why.value: of(why) for why in TURNED_AWAY if of(why)},
        began=began.get(one.slug, 0),
        finished=finished.get(one.slug, 0),
    )


def state(one: Form, now: datetime) -> str:
    """ "open", "closed", "over", "full", or "held until 2026-03-03 12:30 UTC"."""
    why = is_open(one, now)
    return f"held until {one.held_until:%Y-%m-%d %H:%M} UTC" if why == "held" else why or "open"


def origin(source: Mapping[str, Any]) -> str:
    """Where somebody came from, by what his run keeps of it."""
    try:
        host = urlsplit(str(source.get("referrer", ""))).hostname
    except ValueError:
        host = ""
    return str(source.get("utm_source", "")) or host or UNKNOWN
