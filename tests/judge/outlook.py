"""What the two Outlooks need: Word's engine on Windows, and the marks of Outlook.com; nothing about other programs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from tests.judge.raw import Said
from tests.judge.specimen import Specimen
from tests.judge.styles import classes, declared, style_sheets

_CONDITIONAL = re.compile(r"<!--\[if [^\]]*mso[^\]]*\]>(.*?)<!\[endif\]-->", re.S)
_SHEET = re.compile(r"<style[^>]*>(.*?)</style>", re.S)
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_DARK = re.compile(r"@media[^{]*prefers-color-scheme:\s*dark[^{]*\{((?:[^{}]*\{[^{}]*\})*)[^{}]*\}")
#: property of a dark rule -> the mark of Outlook.com under which it must stand once more
_MARKS = {"color": "[data-ogsc]", "border-color": "[data-ogsc]", "background-color": "[data-ogsb]"}
# Word pads cells and nothing else. A link is no harm: a button's cell pads it there, and other links stand in a line.
# A block of code keeps its ground, which is close about its words then.
_PADDED = ("td", "th", "a", "pre")
_SIDES = ("top", "right", "bottom", "left")


def dark_twins(mail: Specimen) -> Said:
    """B3: each dark rule stands a second time under the marks of Outlook.com, which knows no prefers-color-scheme."""
    sheet = style_sheets(mail)
    there = set(_told(sheet))
    for selector, name, value in _told("".join(_DARK.findall(sheet))):
        if name in _MARKS and selector != "body" and (f"{_MARKS[name]} {selector}", name, value) not in there:
            yield "B3", f"dark in Outlook.com: no {_MARKS[name]} {selector} {{ {name}: {value} }}"


def for_word(mail: Specimen) -> Said:
    """What Word would lose: gaps made by padding what is no cell, marks of lists at the edge, room in buttons."""
    told = list(_told("".join(_SHEET.findall("".join(_CONDITIONAL.findall(mail.html))))))
    padded = {selector for selector, name, _ in told if name == "padding"}
    hidden = {selector for selector, name, value in told if (name, value) == ("mso-hide", "all")}
    for first in mail.blocks[:1]:
        if not hidden & {f".{name}" for name in classes(first)} and declared(first).get("mso-hide") != "all":
            yield "Word", "the preheader has no mso-hide: all"
    for element in mail.elements:
        yield from _padding(element)
        if element.tag in ("ul", "ol") and not _outdented(element):
            yield "Word", f"<{element.tag}> has no margin where its marks stand; Word needs 24 px or so"
        if _is_button(element) and not {f".{name}" for name in classes(element.getparent())} & padded:
            yield "Word", f"the button “{''.join(element.itertext())}” has no padding for Word on its cell"


def _padding(element: HtmlElement) -> Said:
    if element.tag in _PADDED:
        return
    for side in _SIDES:
        if _pixels(element, "padding", side):
            named = " ".join(classes(element))
            yield "Word", f"<{element.tag} class={named}> has padding at its {side}; Word pads cells only: use a margin"


def _outdented(element: HtmlElement) -> bool:
    ways = [way for each in (element, *element.iterancestors()) if (way := each.get("dir"))]
    return _pixels(element, "margin", "right" if ways[:1] == ["rtl"] else "left") >= 16


def _pixels(element: HtmlElement, name: str, side: str) -> float:
    """The width of one side of a margin or padding; 0 where none is given."""
    said, at = declared(element), _SIDES.index(side)
    widths = said.get(name, "0").split()
    # One to four widths: what is left out is that of the other side, or of all (CSS 2.1, 8.3).
    whole = (widths * 4)[at] if len(widths) in (1, 2, 4) else [*widths, widths[1]][at]
    found = re.match(r"[0-9.]+", said.get(f"{name}-{side}", whole))
    return float(found[0]) if found else 0.0


def _is_button(element: HtmlElement) -> bool:
    parent = element.getparent()
    return element.tag == "a" and declared(element).get("display") == "block" and parent.tag == "td"


def _told(css: str) -> Iterator[tuple[str, str, str]]:
    """(selector, property, value) of each declaration, one selector each, single spaces, without !important."""
    for selectors, body in _RULE.findall(re.sub(r"@media[^{]*\{", "", css)):
        for name, mark, value in (one.partition(":") for one in body.split(";")):
            for selector in selectors.split(",") if mark else ():
                plain = value.replace("!important", "").strip()
                yield " ".join(selector.split()), name.strip(), plain
