"""`make contact-sheet`: every kind of mail as people see it, on one page and in one picture. It judges nothing."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from html import escape
from itertools import groupby
from pathlib import Path

from dripcourse.domain.course import Course
from dripcourse.flows.letters import test_letter
from tests.judge.keys import signing
from tests.judge.mails import Letter, all_letters, clock, shipped, specimen
from tests.judge.pages import chromium
from tests.judge.session import WRITTEN
from tests.judge.specimen import Specimen
from tests.judge.verdict import MISSING, Missing
from tests.judge.views import VIEWS
from tests.judge.workshop import node

FOLDER = Path(__file__).resolve().parents[2] / "build" / "contact-sheet"
ANNE = ("Anne Doe", "1984.anne-2@example.net")
_SCALE = {"sheet": 0.4, "small": 0.15}


@dataclass(frozen=True)
class Row:
    """One kind of mail of one course in one language."""

    section: str  # such as "look-and-draw, de"
    kind: str
    mail: Specimen


def rows(courses: Sequence[Course], now: datetime) -> Iterator[Row]:
    """Each kind of mail once for each course and language, a test send behind them; of WRITTEN every mail."""
    for course in courses:
        by_kind = of_each_kind if course not in WRITTEN else of_each_lesson
        for language, letters in groupby(all_letters([course]), key=lambda letter: letter.course.language):
            section, group = f"{course.slug}, {language}", list(letters)
            for kind, letter in by_kind(group).items():
                yield Row(section, kind, specimen(letter, *ANNE, now))
            yield Row(section, "test send", tested(group[1], now))


def of_each_kind(letters: Sequence[Letter]) -> dict[str, Letter]:
    """The first letter of each kind; opted-out passages are a kind of their own."""
    found: dict[str, Letter] = {}
    for letter in letters:
        found.setdefault(f"{letter.mail.template}{', opted out' if letter.instead else ''}", letter)
    return found


def of_each_lesson(letters: Sequence[Letter]) -> dict[str, Letter]:
    """Each letter by its key: in a course written to be looked at, every lesson shows something else."""
    return {letter.key: letter for letter in letters}


def tested(letter: Letter, now: datetime) -> Specimen:
    """The letter as `dripcourse send-test` mails it to its author."""
    signer = signing(letter.brand.domain)
    raw = test_letter(letter.mail, letter.brand, letter.course, ANNE[1], now, signer, letter.brand.domain)
    return replace(specimen(letter, *ANNE, now), raw=raw)


def shots(found: Sequence[Row], folder: Path) -> list[dict[str, str | int]]:
    """Writes a page for each row and view; what pictures are to be taken of them."""
    wanted: list[dict[str, str | int]] = []
    for at, row in enumerate(found):
        for view in VIEWS:
            file = folder / "pages" / f"{picture(at, row, view.name)}.html"
            file.write_text(view.page(row.mail), encoding="utf-8")
            out = folder / "pictures" / f"{picture(at, row, view.name)}.png"
            wanted.append(
                {
                    "file": str(file),
                    "out": str(out),
                    "width": view.width,
                    "scheme": view.scheme,
                    "pictures": view.pictures,
                }
            )
    return wanted


def picture(at: int, row: Row, view: str) -> str:
    """The name of one picture, such as 03-look-and-draw-de-recap-dark."""
    return f"{at:02}-{row.section}-{row.kind}-{view}".replace(", ", "-").replace(" ", "-")


def sheet(found: Sequence[Row], size: str) -> str:
    """The page that shows all pictures, each beside the others of its mail; `size` is a key of _SCALE."""
    numbered = list(enumerate(found))
    sections = [
        f"<section><h2>{escape(name)}</h2>{''.join(_strip(at, row, _SCALE[size]) for at, row in group)}</section>"
        for name, group in groupby(numbered, key=lambda pair: pair[1].section)
    ]
    beside = "display:flex;gap:24px;align-items:start" if size == "small" else ""
    return (
        '<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Contact sheet</title><style>'
        "body{font:14px/1.4 sans-serif;background:#dcdcdc;margin:16px}.strip{display:flex;gap:10px;align-items:start}"
        "h3{font-size:14px;margin:18px 0 6px}figure{margin:0}figcaption{color:#444;font-size:12px}"
        f"main{{{beside}}}img{{display:block;background:#fff}}</style><main>{''.join(sections)}</main></html>"
    )


def _strip(at: int, row: Row, scale: float) -> str:
    figures = "".join(
        f'<figure><a href="pictures/{picture(at, row, view.name)}.png">'
        f'<img src="pictures/{picture(at, row, view.name)}.png" width="{view.width * scale:.0f}" alt="{view.name}"></a>'
        f"<figcaption>{view.name}</figcaption></figure>"
        for view in VIEWS
    )
    words = f"{escape(row.kind)}: <bdi>{escape(str(row.mail.message['Subject']))}</bdi>"
    preheader = f'<bdi style="font-weight:normal">{escape(row.mail.preheader)}</bdi>'
    return f'<h3>{words} {preheader}</h3><div class="strip">{figures}</div>'


def main() -> int:
    """The exit code: 0, or 3 where there is no browser to take pictures with."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    for name in ("pages", "pictures"):
        (FOLDER / name).mkdir(parents=True)
    found = list(rows((*shipped(), *WRITTEN), clock()))
    small = FOLDER / "small.html"
    (FOLDER / "index.html").write_text(sheet(found, "sheet"), encoding="utf-8")
    small.write_text(sheet(found, "small"), encoding="utf-8")
    try:
        browser = chromium()
        node("shots.mjs", json.dumps({"chromium": browser, "shots": shots(found, FOLDER)}))
        whole = {"file": str(small), "out": str(FOLDER / "contact-sheet.png"), "width": 1600, "scheme": "light"}
        node("shots.mjs", json.dumps({"chromium": browser, "shots": [whole]}))
    except Missing as why:
        print(f"no contact sheet: {why}", file=sys.stderr)
        return MISSING
    small.unlink()
    shutil.rmtree(FOLDER / "pages")
    print(f"{len(found)} mails in {len(VIEWS)} views: open build/contact-sheet/index.html")
    return 0


if __name__ == "__main__":
    sys.exit(main())
