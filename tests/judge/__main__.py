"""`make judge-mail`: asks the judges about every mail of every course and prints one table."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.judge.session import JUDGES, Case, ask
from tests.judge.verdict import Verdict, exit_code, table

_SHOWN = 12  # findings of one judge that are printed; ALL=1 prints all


def main(names: list[str]) -> int:
    """The exit code: 0 all judges ran and are clean, 1 findings, 2 no such judge, 3 a judge is missing."""
    unknown = [name for name in names if name not in JUDGES]
    if unknown:
        print(f"there is no judge {unknown[0]!r}; there are: {', '.join(JUDGES)}", file=sys.stderr)
        return 2
    verdicts = []
    with TemporaryDirectory(prefix="judges-") as room:
        case = Case.of(Path(room))
        for name in names or JUDGES:
            verdicts.append(ask(name, case))
            show(verdicts[-1])
    print(f"\n{table(verdicts)}")
    return exit_code(verdicts)


def show(verdict: Verdict) -> None:
    """The findings of one judge, a line each; the same thing in many mails once with their number."""
    grouped: dict[tuple[str, str], list[str]] = {}
    for finding in verdict.findings:
        grouped.setdefault((finding.place, finding.what), []).append(finding.mail)
    limit = len(grouped) if os.environ.get("ALL") else _SHOWN
    for (place, what), mails in list(grouped.items())[:limit]:
        others = f" (and {len(mails) - 1} more)" if len(mails) > 1 else ""
        print(f"{verdict.judge}: {mails[0]}{others}: {place}: {what}")
    if len(grouped) > limit:
        print(f"{verdict.judge}: {len(grouped) - limit} other findings; ALL=1 prints them")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
