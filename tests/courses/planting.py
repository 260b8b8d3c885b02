"""A course folder about which `check` has nothing to say, and how to spoil one line of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from dripcourse.courses.linting.finding import Finding
from tests.courses.test_folder import FILES

TODAY = date(2026, 11, 28)
TEN = "One two three four five six seven eight nine ten. "

#: What is weak in the folder of the folder tests, and what is better.
_BETTER = {
    "00-welcome.md": [
        ('"A mail"', '"Welcome: three days"'),
        ('"A line."', '"How it runs, and what you need. Two minutes."'),
        ("Some text.", "The way to the garden is long and *green* in spring."),
    ],
    "01-first-step.md": [("This is the second.\n", f"This is the second.\n\n{TEN * 15}\n")],
    "02-again.md": [
        ("Nothing new. Five minutes.", "Nothing new today, but do it. Five minutes."),
        ("reflection:", "minutes: 5\nreflection:"),
    ],
    "03-look-back.md": [
        ('"A mail"', '"A look back"'),
        ('"A line."', '"What stayed with you? No new lesson today."'),
        ('"Which?"', '"Which of them?"'),
    ],
    "04-completion.md": [
        ('"A mail"', '"Done: what comes next"'),
        ('"A line."', '"What you have done, and where to go on from here."'),
        ("Some text.", "Some text for the end."),
    ],
}


def clean_folder(path: Path) -> Path:
    """Writes the folder into `path`."""
    for name, text in FILES.items():
        (path / name).write_text(text, encoding="utf-8")
        for old, new in _BETTER.get(name, []):
            plant(path, name, old, new)
    return path


def plant(folder: Path, file: str, old: str, new: str) -> None:
    """Replaces the first `old` of a file, which must have one."""
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")


def places(findings: Iterable[Finding]) -> list[tuple[str, str, int]]:
    """(code, name of the file, line) of each."""
    return [(finding.code, Path(finding.file).name, finding.line) for finding in findings]
