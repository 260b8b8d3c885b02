"""The style sheet keeps its text readable in both schemes (WCAG 2.2, 1.4.3 and 1.4.11)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import dripcourse.web

CSS = (Path(dripcourse.web.__file__).parent / "static" / "site.css").read_text(encoding="utf-8")
TEXT_ON = [(text, ground) for text in ("ink", "soft", "accent", "wrong") for ground in ("page", "sheet", "box")]


def tokens(dark: bool) -> dict[str, str]:
    """The colours of a scheme; the first :root is the light one."""
    roots = re.findall(r":root \{([^}]*)\}", CSS)
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", roots[dark]))


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_black_on_white_is_21() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("dark", [False, True])
def test_text_has_four_and_a_half_to_its_ground_and_edges_three(dark: bool) -> None:
    colours = tokens(dark)
    for text, ground in [*TEXT_ON, ("on-accent", "accent")]:
        assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    assert contrast(colours["edge"], colours["sheet"]) >= 3


def test_both_schemes_name_the_same_colours() -> None:
    assert tokens(dark=False).keys() == tokens(dark=True).keys()
