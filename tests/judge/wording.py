"""Whether the two parts of a mail say the same, word for word and in the same order; not whether it is well said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

from lxml.html import HtmlElement

from tests.judge.raw import Said
from tests.judge.specimen import Specimen

_URL = re.compile(r"(?:https?://|mailto:)\S+")
_FOOTNOTES = re.compile(r"^\[\d+\] \S+$", re.M)
_MARK = re.compile(r" \[\d+\]")
_WORD = re.compile(r"\w+")
_UNSEEN = ("style", "script", "title")


def same_words(mail: Specimen) -> Said:
    """H12: what is seen of the page, but for the preheader, is what the text says, but for its list of links."""
    page, text = _words("".join(_seen(mail))), _words(_said(mail))
    if page == text:
        return
    for change, i, j, k, m in SequenceMatcher(None, page, text, autojunk=False).get_opcodes():
        if change != "equal":
            yield "H12", f"the HTML says {_quoted(page, i, j)} where the text says {_quoted(text, k, m)}"


def _seen(mail: Specimen) -> Iterator[str]:
    """The words of the page in their order, with the numbers that a browser writes before the items of a list."""
    yield f"{mail.needed[0]} "  # the text begins with the sender, whatever stands for him on the page: a name or a logo
    for block in mail.blocks[1:]:
        yield from _within(block)


def _within(element: HtmlElement) -> Iterator[str]:
    if not isinstance(element.tag, str) or element.tag in _UNSEEN:
        yield element.tail or ""
        return
    if element.tag == "td" and "brand" in (element.get("class") or "").split():
        return
    if element.tag == "li" and element.getparent().tag == "ol":
        items = [one for one in element.getparent() if one.tag == "li"]
        yield f" {int(element.getparent().get('start') or 1) + items.index(element)} "
    # Elements within a sentence do not part words; others do.
    gap = "" if element.tag in ("a", "b", "strong", "em", "i", "code", "span", "s", "del") else " "
    yield gap + (element.text or "")
    for child in element:
        yield from _within(child)
    yield gap + (element.tail or "")


def _said(mail: Specimen) -> str:
    found = _FOOTNOTES.sub("", mail.text)
    if found != mail.text:  # the heading above them
        found = re.sub(rf"^{re.escape(mail.words['links'])}$", "", found, count=1, flags=re.M)
    return _MARK.sub("", found)


def _words(text: str) -> list[str]:
    return _WORD.findall(_URL.sub(" ", text).casefold())


def _quoted(words: list[str], start: int, end: int) -> str:
    return f"“{' '.join(words[start:end][:12])}”" if end > start else "nothing"
