"""The judges, and how each is asked about all mails; the registry is JUDGES. It prints nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import monotonic

from tests.judge import everything, hebrew, pages
from tests.judge.body import BODY_RULES
from tests.judge.hostile import attempts, smuggled
from tests.judge.house import LEAVE_ADDRESS
from tests.judge.links import links
from tests.judge.mails import Letter, all_letters, clock, for_everybody, shipped, specimens
from tests.judge.people import PEOPLE, REFUSED_ADDRESSES
from tests.judge.raw import HEAD_RULES, Said, signature
from tests.judge.spam import spam
from tests.judge.specimen import Specimen
from tests.judge.verdict import Finding, Missing, Verdict
from tests.judge.weight import heaviest, weight

#: Courses that nobody sends: all of Markdown, without and with a logo, and a language from right to left.
WRITTEN = (everything.COURSE, everything.WITH_LOGO, hebrew.COURSE)


@dataclass(frozen=True)
class Case:
    """All mails there are, one for somebody each, and a folder that is gone afterwards."""

    letters: tuple[Letter, ...]
    mails: tuple[Specimen, ...]
    room: Path
    now: datetime

    @classmethod
    def of(cls, room: Path, *, now: datetime | None = None) -> Case:
        """The shipped courses in all their languages, and those that hold what authors elsewhere may write."""
        when = now or clock()
        first, *others = WRITTEN  # the first is from a house that takes mails that unsubscribe
        found = all_letters((*shipped(), *others)) + all_letters([first], LEAVE_ADDRESS)
        return cls(tuple(found), tuple(specimens(found, when)), room, when)


def by_rules(rules: Iterable[Callable[[Specimen], Said]], mails: Iterable[Specimen]) -> list[Finding]:
    """What the rules say of the mails."""
    asked = tuple(rules)
    return [Finding(mail.name, place, what) for mail in mails for rule in asked for place, what in rule(mail)]


def raw(case: Case) -> tuple[str, list[Finding]]:
    """Every mail signed, and every mail for every one of the people; what must be refused; headers that agree."""
    found = by_rules((*HEAD_RULES, signature, *BODY_RULES), case.mails)
    wires = 0
    for letter in case.letters:
        everybody = list(for_everybody(letter, case.now))
        wires += len(everybody)
        found += by_rules((*HEAD_RULES, smuggled), everybody)
        found += agreement(everybody)
        found += attempts(letter, case.now)
    found += steady(case.mails)
    names = f"{len(case.mails)} mails, {wires:,} wires for {len(PEOPLE)} names, {len(REFUSED_ADDRESSES)} refused"
    return names, found


def agreement(mails: Sequence[Specimen]) -> list[Finding]:
    """H7: whoever gets a lesson, its Feedback-ID is the same."""
    ids = {"".join(mail.headers("Feedback-ID")) for mail in mails}
    return [Finding(mails[0].name, "H7", f"one lesson, several Feedback-IDs: {sorted(ids)}")] if len(ids) > 1 else []


def steady(mails: Sequence[Specimen]) -> list[Finding]:
    """H6: all lessons of one course bear the same List-Id, and no two mails one Message-ID."""
    found = []
    hosts: dict[str, set[str]] = {}
    seen: dict[str, str] = {}
    for mail in mails:
        if not mail.system:
            hosts.setdefault(mail.course, set()).update(value.rpartition("<")[2] for value in mail.headers("List-Id"))
        identity = "".join(mail.headers("Message-ID"))
        if identity in seen:
            found.append(Finding(mail.name, "H5", f"has the Message-ID of {seen[identity]}"))
        seen[identity] = mail.name
    return found + [Finding(c, "H6", f"several List-Ids: {sorted(ids)}") for c, ids in hosts.items() if len(ids) > 1]


def _size(case: Case) -> tuple[str, list[Finding]]:
    return f"{len(case.mails)} mails; {heaviest(case.mails)}", by_rules([weight], case.mails)


def _links(case: Case) -> tuple[str, list[Finding]]:
    count = sum(1 for mail in case.mails for _ in mail.tree.iter("a"))
    return f"{len(case.mails)} mails, {count:,} links", by_rules([links], case.mails)


def _spam(case: Case) -> tuple[str, list[Finding]]:
    worst, found = spam(case.mails, case.room)
    return f"{len(case.mails)} mails, signed, with DNS on loopback; {worst}", found


def _page(judge: Callable[[Sequence[Specimen], Path], list[Finding]], what: str) -> Callable[[Case], tuple[str, list]]:
    return lambda case: (f"{len(case.mails)} {what}", judge(case.mails, case.room))


#: name -> what is asked of all mails; it answers with what was looked at and what was found.
JUDGES: dict[str, Callable[[Case], tuple[str, list[Finding]]]] = {
    "raw": raw,
    "links": _links,
    "size": _size,
    "vnu": _page(pages.vnu, "pages"),
    "caniemail": _page(pages.caniemail, f"pages, {len(pages.CLIENTS)} families of mail programs"),
    "axe": _page(pages.axe, "pages, light and dark, 320 and 1280 px"),
    "spamassassin": _spam,
}


def ask(name: str, case: Case) -> Verdict:
    """What that judge says; where it cannot be asked, why."""
    begun = monotonic()
    try:
        looked_at, found = JUDGES[name](case)
    except Missing as why:
        return Verdict(name, "", missing=str(why), seconds=monotonic() - begun)
    return Verdict(name, looked_at, tuple(found), seconds=monotonic() - begun)
