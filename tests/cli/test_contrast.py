"""`course check` names a course's own colours that cannot be read, in light and in dark, with the token to change."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dripcourse.cli.contrast import SHAPES, theme_findings
from dripcourse.courses.folders.course_file import CourseFile
from dripcourse.errors import InputError
from dripcourse.mail.templates import shared
from dripcourse.mail.theme import PAIRS, themed, tokens

SOURCE = shared("theme.css")


def head(**theme: str) -> CourseFile:
    """A course.toml with this theme, `_` for `-`, its first token on line 5."""
    named = {name.replace("_", "-"): value for name, value in theme.items()}
    lines = {f"theme.{name}": number for number, name in enumerate(named, 5)}
    return CourseFile(Path("c/course.toml"), theme=named, lines=lines)


def test_the_shipped_theme_has_no_finding() -> None:
    assert theme_findings(head()) == []


FAINT = [
    (
        {"soft": "#767676"},
        [
            ("E_CONTRAST", 5, "soft (#767676) on page (#f4f1ec) has a contrast of 4.0 in light mode, "),
            ("E_CONTRAST", 5, "soft (#767676) on box (#eef4f2) has a contrast of 4.1 in light mode, readable text "),
        ],
    ),
    ({"page_dark": "#777"}, [("E_CONTRAST", 5, "page-dark (#777)")] * 3),
    ({"font_text": "Georgia", "on_accent": "#1d6660"}, [("E_CONTRAST", 6, "contrast of 1.0 in light mode")]),
    ({"line": "#86cbc2"}, []),
    (
        {"line": "#1d6660"},
        [("W_CONTRAST", 5, "accent (#1d6660) on line (#1d6660) has a contrast of 1.0 in light mode")],
    ),
    ({"line_dark": "#86cbc2"}, [("W_CONTRAST", 5, "in dark mode, the bar of progress needs 3.0; change line-dark")]),
    ({"ink": "#23282e", "tint": "#fff"}, [("E_THEME", 6, "there is no token 'tint'")]),
    ({"ink": "red"}, [("E_THEME", 5, "ink = 'red' is not a colour")]),
    ({"font_head": "#fff"}, [("E_THEME", 5, "font-head = '#fff' is not")]),
]


@pytest.mark.parametrize(("theme", "expected"), FAINT, ids=[str(theme) for theme, _ in FAINT])
def test_a_faint_colour_is_found_at_its_token(theme: dict[str, str], expected: list[tuple[str, int, str]]) -> None:
    found = theme_findings(head(**theme))
    assert [(f.code, f.line) for f in found] == [(code, line) for code, line, _ in expected], found
    assert all(text in finding.message for finding, (_, _, text) in zip(found, expected, strict=True)), found


@pytest.mark.parametrize("theme", [theme for theme, _ in FAINT], ids=[str(theme) for theme, _ in FAINT])
def test_errors_are_exactly_what_publish_refuses(theme: dict[str, str]) -> None:
    refused = False
    try:
        themed(tokens(SOURCE), head(**theme).theme)
    except InputError:
        refused = True
    assert any(finding.level == "error" for finding in theme_findings(head(**theme))) == refused


@pytest.mark.parametrize(("property_", "side"), [("color", 0), ("background-color", 1)])
def test_the_tables_have_every_colour_that_the_theme_writes_with_and_on(property_: str, side: int) -> None:
    used = set(re.findall(rf"(?<![\w-]){property_}: var\(--([a-z-]+)\)", SOURCE))
    assert used == {pair[side] + ending for pair in (*PAIRS, *SHAPES) for ending in ("", "-dark")}
