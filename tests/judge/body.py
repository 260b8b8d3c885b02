"""What MAIL.md 1.7 (B1-B7) asks of the two parts, read from the final bytes; what it looks like is `eyes`' matter."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.judge.raw import Said
from tests.judge.specimen import Specimen

CLIPPED = 90_000  # bytes of HTML, decoded or as sent; providers clip a little above 100 kB
_EARLY = 20_000  # and in a mail of over twice that, one way out must begin before this byte
_GMAIL_STYLE = 16_384  # Gmail drops a style sheet that is longer
_PADDING = re.compile("[\u034f\u200c\u00a0\u00ad\u2007\u200b\ufeff\\s]+$")
_VOID_OF = ("script", "form", "iframe", "input", "button", "object", "embed", "link", "base", "svg", "video", "audio")
_SIZE = re.compile(r"font-size:\s*([0-9.]+)px")


def size(mail: Specimen) -> Said:
    """B1: under what Gmail clips, and in a long mail a way out near the top."""
    bytes_ = max(len(mail.html.encode()), len(mail.sent_part("html")))
    if bytes_ > CLIPPED:
        yield "B1", f"the HTML has {bytes_:,} bytes; mail programs clip it above {CLIPPED:,}"
    leave = mail.merged["leave_url"]
    if bytes_ > 2 * _EARLY and leave in mail.html and mail.html.encode().find(leave.encode()) > _EARLY:
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


def schemes(mail: Specimen) -> Said:
    """B3: light and dark are both declared, and dark has rules."""
    metas = {meta.get("name"): meta.get("content") for meta in mail.tree.iter("meta")}
    for name in ("color-scheme", "supported-color-schemes"):
        if metas.get(name) != "light dark":
            yield "B3", f"no <meta name={name} content='light dark'>"
    style = _styles(mail)
    if not re.search(r":root\s*\{[^}]*color-scheme:\s*light dark", style):
        yield "B3", "no :root { color-scheme: light dark }"
    if "prefers-color-scheme" not in style:
        yield "B3", "no rules for dark mode"


def accessible(mail: Specimen) -> Said:
    """B4: what can be read from the bytes; contrast and touch targets are measured in a browser."""
    tree = mail.tree
    if tree.get("lang") != mail.language or tree.get("dir") not in ("ltr", "rtl"):
        yield "B4", f"<html lang={tree.get('lang')} dir={tree.get('dir')}> in a mail in {mail.language}"
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


def legible(mail: Specimen) -> Said:
    """B4 again: no text under 14 px; what has no height at all is no text."""
    for element in mail.tree.find("body").iter():
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


def without_style(mail: Specimen) -> Said:
    """B6: what Gmail's app leaves of it: the styles in the elements."""
    bytes_ = len(_styles(mail).encode())
    if bytes_ > _GMAIL_STYLE:
        yield "B6", f"style sheets of {bytes_:,} bytes; Gmail drops them above {_GMAIL_STYLE:,}"
    bare = [e.tag for e in mail.tree.find("body").iter("p", "h1", "h2", "a", "td", "li") if not e.get("style")]
    if bare:
        yield "B6", f"elements without a style of their own: {sorted(set(bare))}"


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


def _styles(mail: Specimen) -> str:
    return "\n".join(style.text or "" for style in mail.tree.iter("style"))


BODY_RULES: tuple[Callable[[Specimen], Said], ...] = (
    size, preheader, schemes, accessible, legible, harmless, without_style, lawful,
)  # fmt: skip
