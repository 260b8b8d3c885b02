"""What MAIL.md 1.7 (B1-B7) asks of the two parts, read from the final bytes; what it looks like is `eyes`' matter."""

from __future__ import annotations

import re
from collections.abc import Callable

from dripcourse.domain.direction import LEFT, RIGHT, language_direction
from tests.judge.discreet import discreet
from tests.judge.outlook import dark_twins, for_word
from tests.judge.raw import Said
from tests.judge.specimen import Specimen
from tests.judge.styles import declared, nothing_hidden, style_sheets, without_style
from tests.judge.wording import same_words

CLIPPED = 90_000  # bytes of HTML, decoded or as sent; providers clip a little above 100 kB
_EARLY = 20_000  # and in a mail that is longer, one way out must begin before this byte
_PADDING = re.compile("[\u034f\u200c\u00a0\u00ad\u2007\u200b\ufeff\\s]+$")
_VOID_OF = ("script", "form", "iframe", "input", "button", "object", "embed", "link", "base", "svg", "video", "audio")
_SIZE = re.compile(r"font-size:\s*([0-9.]+)px")


def size(mail: Specimen) -> Said:
    """B1: under what Gmail clips, and in a long mail a way out near the top."""
    bytes_ = max(len(mail.html.encode()), len(mail.sent_part("html")))
    if bytes_ > CLIPPED:
        yield "B1", f"the HTML has {bytes_:,} bytes; mail programs clip it above {CLIPPED:,}"
    leave = mail.merged["leave_url"]
    if bytes_ > _EARLY and leave in mail.html and mail.html.encode().find(leave.encode()) > _EARLY:
        yield "B1", f"a mail of {bytes_:,} bytes has no way out in its first {_EARLY:,}"


def preheader(mail: Specimen) -> Said:
    """B2: the first text of the page, 40 to 110 characters and padding, and not in the plain text."""
    body = mail.tree.find("body")
    first = next((text for text in body.itertext() if text.strip()), "") if body is not None else ""
    words = _PADDING.sub("", first).strip()
    if words != mail.preheader.strip():
        yield "B2", f"the first text is {words[:60]!r}, not the preheader"
    elif not 40 <= len(words) <= 110:
        yield "B2", f"the preheader has {len(words)} characters, not 40 to 110: {words!r}"
    if len(first.strip("\n")) - len(words) < 20:
        yield "B2", "nothing pads the preheader: the text behind it shows in the list of mails"
    if words and f"\n{words}\n" in mail.text:
        yield "B2", "the preheader is repeated in the plain text"
    for name, value in {"display": "none", "max-height": "0", "overflow": "hidden"}.items():
        if any(declared(block).get(name) != value for block in mail.blocks[:1]):
            yield "B2", f"the preheader is to be seen: its element does not say {name}: {value}"


def schemes(mail: Specimen) -> Said:
    """B3: light and dark are both declared, and dark has rules."""
    metas = {meta.get("name"): meta.get("content") for meta in mail.tree.iter("meta")}
    for name in ("color-scheme", "supported-color-schemes"):
        if metas.get(name) != "light dark":
            yield "B3", f"no <meta name={name} content='light dark'>"
    style = style_sheets(mail)
    if not re.search(r":root\s*\{[^}]*color-scheme:\s*light dark", style):
        yield "B3", "no :root { color-scheme: light dark }"
    if "prefers-color-scheme" not in style:
        yield "B3", "no rules for dark mode"


def accessible(mail: Specimen) -> Said:
    """B4: what can be read from the bytes; contrast and touch targets are measured in a browser."""
    tree = mail.tree
    yield from _direction(mail)
    if not (tree.findtext(".//title") or "").strip():
        yield "B4", "no title"
    if len(tree.findall(".//h1")) != 1:
        yield "B4", f"{len(tree.findall('.//h1'))} h1; one is wanted"
    for table in tree.iter("table"):
        if table.get("role") != "presentation" and table.find(".//th") is None:
            yield "B4", "a layout table without role=presentation"
    for image in tree.iter("img"):
        if image.get("alt") is None:
            yield "B4", f"an image without alt: {image.get('src')}"


def _direction(mail: Specimen) -> Said:
    """Language and direction on the page, and once more within it: some programs drop what they stand on."""
    wanted = (mail.language, language_direction(mail.language))
    for element in (mail.tree, *mail.blocks[1:2]):
        if (element.get("lang"), element.get("dir")) != wanted:
            said = f"<{element.tag} lang={element.get('lang')} dir={element.get('dir')}>"
            yield "B4", f"{said}; a mail in {mail.language} is lang={wanted[0]} dir={wanted[1]}"
    if wanted[1] == RIGHT:
        yield from _islands(mail)


def _islands(mail: Specimen) -> Said:
    """What stays left to right in a mail from right to left: its reader's address, and code."""
    address = mail.merged["recipient"]
    for element in mail.elements:
        for text, within in ((element.text, element), (element.tail, element.getparent())):
            if text and (address in text or (within.tag in ("pre", "code") and text is element.text)):
                ways = (each.get("dir") for each in (within, *within.iterancestors()))
                if next((way for way in ways if way), "") != LEFT:
                    yield "B4", f"{text.strip()[:40]!r} is turned round: nothing about it says dir=ltr"
    if mail.text.count(address) != mail.text.count(f"\u200e{address}\u200e"):
        yield "B4", "the reader's address in the text has no left-to-right marks about it"


def legible(mail: Specimen) -> Said:
    """B4 again: no text under 14 px; what has no height at all is no text."""
    for element in mail.elements:
        found = _SIZE.search(element.get("style") or "")
        if found and 0 < float(found[1]) < 14:
            yield "B4", f"<{element.tag}> has text of {found[1]} px; 14 is the least"


def harmless(mail: Specimen) -> Said:
    """B5: nothing runs, nothing is fetched that is not declared, every address is https or mailto."""
    for element in mail.tree.iter():
        if element.tag in _VOID_OF:
            yield "B5", f"<{element.tag}>"
        if not isinstance(element.tag, str):
            continue
        for name, value in element.attrib.items():
            if name.startswith("on"):
                yield "B5", f"<{element.tag} {name}>"
            if name in ("href", "src", "background", "action") and not value.startswith(("https://", "mailto:")):
                yield "B5", f"<{element.tag} {name}={value[:60]!r}>: neither https nor mailto"
        if element.tag == "img" and not (element.get("width") and element.get("height")):
            yield "B5", f"an image without width and height: {element.get('src')}"
    if re.search(r"url\(|@import|expression\(", mail.html):
        yield "B5", "a style asks for something from elsewhere"


def lawful(mail: Specimen) -> Said:
    """B7: who sent it, where he lives, why you get it and how to stop, in both parts."""
    text = " ".join(mail.text.split())
    for words in mail.needed:
        for part, where in ((mail.seen, "HTML"), (text, "plain text")):
            if " ".join(words.split()) not in part:
                yield "B7", f"the {where} does not name {words!r}"
    wanted = ("recipient",) if mail.system else ("recipient", "signed_up")
    for name in wanted:
        for part, where in ((mail.seen, "HTML"), (text, "plain text")):
            if mail.merged[name] not in part:
                yield "B7", f"the {where} does not say why this reader gets it: no {name}"
    if not mail.system and not (mail.merged["leave_url"] in mail.text and _links_to(mail, mail.merged["leave_url"])):
        yield "B7", "no way to leave in both parts"


def _links_to(mail: Specimen, url: str) -> bool:
    return any(link.get("href") == url and "".join(link.itertext()).strip() for link in mail.tree.iter("a"))


BODY_RULES: tuple[Callable[[Specimen], Said], ...] = (
    size, preheader, schemes, accessible, legible, harmless, lawful, without_style, nothing_hidden, dark_twins,
    for_word, same_words, discreet,
)  # fmt: skip
