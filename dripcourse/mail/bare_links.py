"""Makes links of the bare URLs in running text, as readers of a text part do by themselves. It parses no Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from markdown_it.token import Token

# Letters beyond ASCII end a URL: typographic quotes and dashes stand behind one more often than within.
_URL = re.compile(r"(?<![A-Za-z0-9])https?://[A-Za-z0-9][A-Za-z0-9._~:/?#@!$&'()*+,;=%-]*", re.IGNORECASE)
_LAST = re.compile(r"[.,;:!?'*]\Z")


def linked(children: Sequence[Token]) -> list[Token]:
    """The tokens of one running text with its bare http and https URLs as links; what is a link already stays so."""
    found: list[Token] = []
    depth = 0
    for child in children:
        depth += child.nesting if child.type in ("link_open", "link_close") else 0
        if child.type == "text" and not depth:
            found += _parts(child)
        else:
            found.append(child)
    return found


def _parts(token: Token) -> Iterator[Token]:
    text, at = token.content, 0
    for match in _URL.finditer(text):
        url = _without_end_of_sentence(match.group())
        if match.start() > at:
            yield _words(text[at : match.start()], token.level)
        yield Token("link_open", "a", 1, attrs={"href": url}, level=token.level)
        yield _words(url, token.level + 1)
        yield Token("link_close", "a", -1, level=token.level)
        at = match.start() + len(url)
    if at == 0:
        yield token
    elif at < len(text):
        yield _words(text[at:], token.level)


def _without_end_of_sentence(url: str) -> str:
    """The URL without the full stop or bracket behind it; a bracket that is opened within belongs to it."""
    while _LAST.search(url) or (url.endswith(")") and url.count("(") < url.count(")")):
        url = url[:-1]
    return url


def _words(content: str, level: int) -> Token:
    return Token("text", "", 0, content=content, level=level)
