"""One line of a check, with its stable code. It does not know the rules; all codes are explained in docs/check.md."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

ERROR, WARNING = "error", "warning"
_LEVELS = {"E": ERROR, "W": WARNING}


@dataclass(frozen=True)
class Finding:
    """What was found, where, and what to do. `level` follows from the code; `line` 0 means the file as a whole.

    `dataclasses.asdict` gives the object that `course check --json` prints.
    """

    code: str  # E_... or W_..., for life
    level: str = field(init=False)  # "error" or "warning"
    file: str
    line: int
    message: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "level", _LEVELS[self.code[0]])  # the one way to set a field that is derived

    @property
    def place(self) -> str:
        """file:line, or the file alone."""
        return f"{self.file}:{self.line}" if self.line else self.file

    @property
    def bare(self) -> str:
        """The same line without its level, for where it stops something and so is more than a warning."""
        return f"{self.place}: {self.code}: {self.message}"

    def __str__(self) -> str:
        return f"{self.place}: {self.level}: {self.code}: {self.message}"


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """File by file, line by line; equal findings once."""
    return sorted(set(findings), key=lambda f: (f.file, f.line, f.level, f.code, f.message))


def fails(findings: Iterable[Finding], strict: bool) -> bool:
    """Whether a check with these findings ends with exit code 1; `strict` makes warnings count as well."""
    return any(strict or finding.level == ERROR for finding in findings)
