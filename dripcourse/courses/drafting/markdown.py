"""Plain verbatim text to Markdown that shows the same text. Not HTML: that is made where mails are made."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from dripcourse.courses.article import Article, Block, Step

_MARKS = re.compile(r"([\\`*_{}\[\]<>#+\-.!|&~^=%])")
_PLAIN_TOKENS = {"text", "em_open", "em_close", "strong_open", "strong_close"}
_parser = MarkdownIt("commonmark")


def as_markdown(text: str) -> str:
    """Markdown for one paragraph of plain text.

    *Emphasis* in stars stays, as people write it in plain text too; everything else that Markdown would
    change or swallow is escaped.
    """
    if _shows_itself(text):
        return text
    escaped = re.sub(r"([\\`*_\[\]<>&~|]|\{(?=[{%#])|(?<=\{)[{%#])", r"\\\1", text)
    return escaped if _shows_itself(escaped) else _MARKS.sub(r"\\\1", text)


def _shows_itself(markdown: str) -> bool:
    """Whether the Markdown is one paragraph of text and emphasis in stars, and no template placeholder."""
    if re.search(r"\{[{%#]", markdown):
        return False
    tokens = _parser.parse(markdown)
    if [token.type for token in tokens] != ["paragraph_open", "inline", "paragraph_close"]:
        return False
    children = tokens[1].children or []
    if any(token.type not in _PLAIN_TOKENS | {"text_special"} for token in children):
        return False
    shown = "".join(_star(token) for token in children)
    return shown == re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", markdown)


def _star(token: Token) -> str:
    return token.content if token.type in ("text", "text_special") else token.markup


def paragraphs(texts: Iterable[str]) -> str:
    """Markdown paragraphs of plain texts."""
    return "\n\n".join(as_markdown(text) for text in texts)


def block_markdown(block: Block, text: str | None = None) -> str:
    """Markdown of a block, or of the `text` that is left of it."""
    shown = as_markdown(block.text if text is None else text)
    if block.type != "list_item":
        return shown
    number = re.sub(r"\D", "", block.marker)
    return f"{number}. {shown}" if number else f"- {shown}"


def step_markdown(text: str, sub: Sequence[str]) -> str:
    """Markdown of an action with its sub-steps."""
    items = "\n".join(f"- {as_markdown(item)}" for item in sub)
    return f"{as_markdown(text)}\n\n{items}" if items else as_markdown(text)


def article_markdown(article: Article, title: str) -> str:
    """The whole article as Markdown. What goes into no mail stands in a comment at the end."""
    parts = [f"# {as_markdown(title)}", *map(block_markdown, article.short_answer)]
    for number, perspective in enumerate(article.perspectives):
        steps = [step for step in article.actions if step.perspective == number]
        placed = [(block.line, block_markdown(block)) for block in perspective.blocks]
        placed += [(s.line, f"### {as_markdown(s.title)}") for s in perspective.sections if s.title]
        placed += [(step.line, _numbered(step)) for step in steps]
        parts.append(f"## {as_markdown(perspective.title)}")
        parts += [text for _, text in sorted(placed, key=lambda item: item[0])]
    left = [d for d in article.dropped if d.reason != "marker"]
    if left:
        lines = [f"{d.reason} (line {d.line}): {d.text}".replace("--", "- -") for d in left]
        parts.append("\n".join(("<!-- Left out of the course:", *lines, "-->")))
    return "\n\n".join(parts) + "\n"


def _numbered(step: Step) -> str:
    indent = " " * (len(str(step.ordinal)) + 2)
    body = [f"{step.ordinal}. {as_markdown(step.text)}"]
    if step.sub:
        body.append("\n".join(f"{indent}- {as_markdown(item)}" for item in step.sub))
    body += [indent + block_markdown(block) for block in step.extra]
    return "\n\n".join(body)
