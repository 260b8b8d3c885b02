"""Where the mails lead: the same in both parts, https or mailto, nowhere but where the author or the foot says."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from tests.judge.raw import Said
from tests.judge.specimen import Specimen
from tests.judge.ways import labelled

_IN_TEXT = re.compile(r"(?:https?://|mailto:|tel:|ftp://)[^\s<>]+")
_FOOTNOTE = re.compile(r"^\[(\d+)\] (\S+)$", re.M)
_QUOTED = re.compile(r"^[> ]*>", re.M)
_AFTER = ".,;:!?)]}»”’\"'"
_EMPTY_WORDS = {
    "click here", "here", "click", "this link", "link", "read more", "more", "hier", "hier klicken", "klicken sie hier",
    "mehr", "weiter", "כאן", "לחצו כאן",
}  # fmt: skip


def links(mail: Specimen) -> Said:
    """All that is wrong with the links of one mail."""
    in_html = {link.get("href", "") for link in mail.tree.iter("a")}
    in_text = {_bare(found) for found in _IN_TEXT.findall(mail.text)}
    for link in sorted(in_html - in_text):
        # A mailto needs no scheme in plain text: the address is what one reads there.
        if not (link.startswith("mailto:") and link.removeprefix("mailto:").partition("?")[0] in mail.text):
            yield "text", f"lacks {link}"
    for link in sorted(in_text - in_html):
        yield "HTML", f"lacks {link}"
    for link in sorted(in_html | in_text):
        yield from _one(link, mail)
    yield from _labels(mail)
    yield from _notes(mail)
    yield from _pictures(mail)
    yield from labelled(mail)


def _one(link: str, mail: Specimen) -> Said:
    if not link.startswith(("https://", "mailto:")):
        yield "link", f"{link} is neither https nor mailto"
    elif not _known(link, mail):
        yield "link", f"{link} is neither one of the foot's nor written by the author: a redirect?"


def _known(link: str, mail: Specimen) -> bool:
    ours = [url for name, url in mail.merged.items() if name.endswith("_url")]
    if any(link == url or link.startswith(f"{url}/") for url in ours):
        return not urlsplit(link).query
    link = link.removeprefix("mailto:")  # the author may have written the address alone
    # As the author wrote it, or as Markdown spells it: percent signs for what a URL may not hold.
    return link in mail.source or _loose(link) in _loose(mail.source)


def _loose(text: str) -> str:
    return re.sub(r"%[0-9A-Fa-f]{2}|[^\x21-\x7e]", "", text)


def _labels(mail: Specimen) -> Said:
    for link in mail.tree.iter("a"):
        words = " ".join("".join(link.itertext()).split())
        alt = "".join(image.get("alt") or "" for image in link.iter("img"))
        if not (words or alt.strip()):
            yield "link", f"{link.get('href')} has no text"
        elif words.lower().strip(" .›→") in _EMPTY_WORDS:
            yield "link", f"{words!r} does not say where it leads"


def _notes(mail: Specimen) -> Said:
    """An author's link has its own words before its number in the text, or is its own words."""
    numbers = {url: number for number, url in _FOOTNOTE.findall(mail.text)}
    text = " ".join(_QUOTED.sub("", mail.text).split())
    for link in mail.tree.iter("a"):
        url, words = link.get("href", ""), " ".join("".join(link.itertext()).split())
        if url not in numbers or words in (url, url.removeprefix("mailto:")):
            continue
        if f"{words} [{numbers[url]}]".casefold() not in text.casefold():
            yield "text", f"{words!r} does not stand before [{numbers[url]}], the number of {url}"


def _pictures(mail: Specimen) -> Said:
    for image in mail.tree.iter("img"):
        source = image.get("src", "")
        if source not in mail.images:
            yield "picture", f"{source}: not the course's logo; a tracking pixel?"
        if image.get("width") in ("0", "1") or image.get("height") in ("0", "1"):
            yield "picture", f"{source}: a pixel"


def _bare(found: str) -> str:
    """The link without the marks of the sentence around it; a bracket that was opened in it stays."""
    while found and found[-1] in _AFTER and not (found[-1] == ")" and found.count("(") >= found.count(")")):
        found = found[:-1]
    return found
