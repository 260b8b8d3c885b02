"""B6: what is left of a mail where its style sheets are dropped, and what styles must never do: hide what is said."""

from __future__ import annotations

from collections.abc import Iterator

from lxml.html import HtmlElement

from tests.judge.raw import Said
from tests.judge.specimen import Specimen

_GMAIL_STYLE = 16_384  # Gmail drops a style sheet that is longer
_TEXT = ("color", "font-family")
_HEADING = (*_TEXT, "font-size", "margin")
#: What each element must say itself. Of grounds: where the theme has one, by its class.
_OWN = {
    "p": ("margin",), "li": ("margin",), "ul": ("margin",), "ol": ("margin",), "a": ("color",),
    "h1": _HEADING, "h2": _HEADING, "h3": _HEADING, "h4": _HEADING, "h5": _HEADING, "h6": _HEADING,
    "th": (*_TEXT, "text-align"), "blockquote": ("color", "margin"), "code": ("font-family",),
    "pre": (*_TEXT, "background-color", "white-space"),
}  # fmt: skip
_GROUNDS = ("page", "sheet", "box", "press", "done", "rest")
_HIDING = {
    "display": ("none",), "visibility": ("hidden", "collapse"), "max-height": ("0", "0px"), "height": ("0", "0px"),
    "width": ("0", "0px"), "max-width": ("0", "0px"), "opacity": ("0",), "font-size": ("0", "0px"),
    "mso-hide": ("all",),
}  # fmt: skip


def without_style(mail: Specimen) -> Said:
    """B6: what Gmail's app leaves of it: the styles in the elements, and those must be enough."""
    bytes_ = len(style_sheets(mail).encode())
    if bytes_ > _GMAIL_STYLE:
        yield "B6", f"style sheets of {bytes_:,} bytes; Gmail drops them above {_GMAIL_STYLE:,}"
    for element in mail.elements:
        said = declared(element)
        grounds = [name for name in _GROUNDS if name in classes(element)]
        for name in (*_OWN.get(element.tag, ()), *(("background-color",) if grounds else ())):
            if not any(key == name or key.startswith(f"{name}-") for key in said):
                yield "B6", f"{_named(element)} has no {name} of its own"
    yield from _cells(mail)


def _cells(mail: Specimen) -> Said:
    """Nothing inherits into a table in every program: from its cell down, text is told its font and colour."""
    for element in mail.elements:
        if element.tag not in ("td", "th") or not "".join(_own_text(element)).replace("\xa0", " ").strip():
            continue
        for name in _TEXT:
            if name not in declared(element):
                yield "B6", f"{_named(element)} holds text and has no {name} of its own"


def _own_text(cell: HtmlElement) -> Iterator[str]:
    """The text of a cell but for that of cells within, and of elements that say font and colour themselves."""
    yield cell.text or ""
    for child in cell:
        if isinstance(child.tag, str) and child.tag != "table" and not set(_TEXT) <= declared(child).keys():
            yield from _own_text(child)
        yield child.tail or ""


def nothing_hidden(mail: Specimen) -> Said:
    """B7: no element but the preheader hides what it says by its own style; style sheets are looked at in a browser."""
    for element in mail.elements:
        if not "".join(element.itertext()).replace("\xa0", " ").strip():
            continue
        for name, value in declared(element).items():
            if value in _HIDING.get(name, ()):
                words = " ".join("".join(element.itertext()).split())
                yield "B7", f"{_named(element)} hides “{words[:40]}”: {name}: {value}"


def style_sheets(mail: Specimen) -> str:
    """All style sheets of the page, but for those in comments."""
    return "\n".join(style.text or "" for style in mail.tree.iter("style"))


def declared(element: HtmlElement) -> dict[str, str]:
    """The declarations of an element's own style, names and values in small letters."""
    pairs = (one.partition(":") for one in (element.get("style") or "").split(";"))
    return {name.strip().lower(): value.strip().lower() for name, mark, value in pairs if mark}


def classes(element: HtmlElement) -> list[str]:
    """The element's classes."""
    return (element.get("class") or "").split()


def _named(element: HtmlElement) -> str:
    found = " ".join(classes(element))
    return f"<{element.tag}{f' class={found}' if found else ''}>"
