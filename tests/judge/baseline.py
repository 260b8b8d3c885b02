"""Written lists of what a judge says and we accept, each line with its reason; a line too many is a finding, too."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.judge.verdict import Finding

FOLDER = Path(__file__).parent / "baselines"
_MARK = " :: "
_STALE = "no mail has it any more: if that was meant, take the line out; if not, something is gone that should be there"


def read_baseline(path: Path) -> dict[str, str]:
    """What is accepted and why: `what :: reason` a line, # for remarks. Raises ValueError for a line without reason."""
    accepted = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        what, mark, reason = (part.strip() for part in line.partition(_MARK))
        if not (mark and reason):
            raise ValueError(f"{path.name}:{number}: a line is `what{_MARK}reason`, and this one has no reason: {line}")
        if what in accepted:
            raise ValueError(f"{path.name}:{number}: {what} stands there twice")
        accepted[what] = reason
    return accepted


def compare(found: Mapping[str, str], path: Path, *, whole: bool = True) -> list[Finding]:
    """What was found (what -> the mail it was first seen in) and is not accepted, and what is accepted for nothing.

    `whole` is False where only some of the mails were looked at: then nobody can say that a line is stale.
    """
    accepted = read_baseline(path)
    news = [Finding(mail, what, f"not in {path.name}") for what, mail in found.items() if what not in accepted]
    stale = [what for what in accepted if what not in found] if whole else []
    return news + [Finding(path.name, what, _STALE) for what in stale]
