"""What a judge says: how much it looked at, what it found, or why it could not be asked. It judges nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

CLEAN, FOUND, MISSING = 0, 1, 3  # exit codes


class Missing(Exception):
    """A judge that cannot be asked here; the words say why."""


class Broken(Missing):
    """A judge that is here and did not answer: what it said instead. Nobody has been judged by it."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: in which mail, at which place of it, and what."""

    mail: str
    place: str
    what: str

    def __str__(self) -> str:
        return f"{self.mail}: {self.place}: {self.what}"


@dataclass(frozen=True)
class Verdict:
    """What one judge said. `missing` is empty where it was asked."""

    judge: str
    looked_at: str
    findings: tuple[Finding, ...] = ()
    missing: str = ""
    seconds: float = 0.0

    @property
    def word(self) -> str:
        """clean, FOUND or MISSING."""
        if self.missing:
            return "MISSING"
        return "FOUND" if self.findings else "clean"


def exit_code(verdicts: Iterable[Verdict]) -> int:
    """1 where anything was found, else 3 where a judge is missing, else 0."""
    words = {verdict.word for verdict in verdicts}
    return FOUND if "FOUND" in words else MISSING if "MISSING" in words else CLEAN


def table(verdicts: Sequence[Verdict]) -> str:
    """One line a judge, its columns under each other."""
    rows = [("judge", "looked at", "findings", "verdict", "seconds")]
    for one in verdicts:
        findings = "-" if one.missing else str(len(one.findings))
        rows.append((one.judge, one.missing or one.looked_at, findings, one.word, f"{one.seconds:.0f}"))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])
