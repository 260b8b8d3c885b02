"""Reads an article from Markdown (CommonMark, GFM tables, tasks, strikethrough, footnotes, front matter) by its tokens.

The tokens become HTML that knows its lines in the source, and that is walked through as a page is: one way for both.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from html import escape

from justhtml import JustHTML, Node
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.front_matter import front_matter_plugin
from mdit_py_plugins.tasklists import tasklists_plugin

from dripcourse.courses.article import Article, Dropped, Options
from dripcourse.courses.codes import ArticleError
from dripcourse.courses.reading.elements import ELEMENTS
from dripcourse.courses.reading.front_matter import without_toml, yaml_head
from dripcourse.courses.reading.ledger import check_ledger
from dripcourse.courses.reading.nodes import check_size, visible_text
from dripcourse.courses.reading.pieces import Piece
from dripcourse.courses.reading.place import LAST, LINE, NOTE
from dripcourse.courses.reading.structured import Title, build
from dripcourse.courses.reading.walk import Walk
from dripcourse.courses.sentences import count_words
from dripcourse.dialect import parser

_TAG = re.compile(r"</?([A-Za-z][A-Za-z0-9-]*)(?=[\s/>])")
#: GFM's disallowed raw HTML, and more of the kind: left open, they would hide the rest of the article.
_ID = re.compile(r"\s*\{#[\w.:-]+[^{}]*\}\s*$")  # {#id}: an anchor, in many dialects
_TITLE_WORDS = 15
_GREEDY = frozenset(
    {
        "title",
        "textarea",
        "style",
        "xmp",
        "iframe",
        "noembed",
        "noframes",
        "script",
        "plaintext",
        "template",
        "noscript",
    }
)


def read_markdown(text: str, options: Options) -> Article:
    """The article, with nothing lost. Raises ArticleError E_NO_TITLE, E_UNKNOWN_PERSPECTIVE, E_TOO_COMPLEX."""
    try:
        return _read(text, options, raw=True)
    except ArticleError as error:
        if error.code != "E_LEDGER":
            raise
    return _read(text, options, raw=False)  # raw HTML that swallows what follows it: only its words are taken


def _read(text: str, options: Options, *, raw: bool) -> Article:
    markdown = _parser()
    source, front = without_toml(text)
    tokens = markdown.parse(source)
    front = front or yaml_head(tokens)
    tokens = _ready(_notes_in_place([token for token in tokens if token.type != "front_matter"]))
    seen = _visible(tokens)
    if not raw:
        _words_only(tokens)
    page = _tree("<body>" + str(markdown.renderer.render(tokens, markdown.options, {})))
    walk = Walk(typed=False, captions=options.keep_captions, address=options.address).through(page)
    title, pieces = _title(walk.pieces, front.title)
    article = build(pieces, title, options)
    head = [Dropped(front.raw, "front_matter", 1)] if front.raw.strip() else []
    article = replace(
        article,
        reading_minutes=article.reading_minutes or front.minutes,
        description=front.description,
        lang=front.lang,
        dropped=tuple(sorted((*head, *walk.dropped, *article.dropped), key=lambda d: d.line)),
    )
    check_ledger(f"{front.raw}\n{seen}", article)
    return article


def _words_only(tokens: Sequence[Token]) -> None:
    """Puts in place of raw HTML the words it shows."""
    for token in tokens:
        if token.type == "html_block":
            token.content = f"<p>{escape(visible_text(_tree(f'<body>{token.content}')))}</p>"
        for child in token.children or ():
            if child.type == "html_inline":
                child.content = escape(visible_text(_tree(f"<body>{child.content}")))


def _parser() -> MarkdownIt:
    return parser(html=True).use(front_matter_plugin).use(footnote_plugin, inline=False).use(tasklists_plugin)


def _tree(source: str) -> Node:
    root = JustHTML(source, sanitize=False, scripting_enabled=False).root
    check_size(root)
    return root


def _ready(tokens: Sequence[Token]) -> list[Token]:
    """The tokens with their lines, and with tags that nobody knows as the text they were meant to be."""
    for at, token in enumerate(tokens):
        if token.map and token.type != "inline":
            token.attrSet(LINE, str(token.map[0] + 1))
            token.attrSet(LAST, str(token.map[1]))
        token.hidden = False  # a paragraph of a tight list has its lines too
        if token.type == "html_block":
            mark = f'<i {LINE}="{token.map[0] + 1}" {LAST}="{token.map[1]}"></i>' if token.map else ""
            token.content = mark + _tame(token.content)
        if token.type == "inline" and token.children and tokens[at - 1].type == "heading_open":
            token.children[-1].content = _ID.sub("", token.children[-1].content)
        if token.children:  # a note stands behind its block; its number says nothing any more
            token.children = [child for child in token.children if child.type != "footnote_ref"]
        for child in token.children or ():
            if child.type == "html_inline" and _tame(child.content) != child.content:
                child.type = "text"
    return list(tokens)


def _tame(source: str) -> str:
    """Raw HTML in which only known tags are tags, and none that would swallow what follows it."""
    without = _without_scripts(source)
    return _TAG.sub(lambda tag: tag[0] if tag[1].lower() in ELEMENTS - _GREEDY else f"&lt;{tag[0][1:]}", without)


def _without_scripts(source: str) -> str:
    """`source` without closed script and style elements; a search that found no end is not begun again."""
    for name in ("script", "style"):
        kept: list[str] = []
        at = 0
        for start in re.finditer(rf"<{name}\b", source, re.IGNORECASE):
            if start.start() < at:
                continue
            end = re.compile(rf"</{name}\s*>", re.IGNORECASE).search(source, start.end())
            if end is None:
                break
            kept.append(source[at : start.start()])
            at = end.end()
        source = "".join((*kept, source[at:]))
    return source


def _notes_in_place(tokens: list[Token]) -> list[Token]:
    """Footnotes stand right behind the block that refers to them first, and are not numbered."""
    notes, rest = _notes(tokens)
    placed: list[Token] = []
    due: list[int] = []
    for token in rest:
        placed.append(token)
        due += [child.meta["id"] for child in token.children or () if child.type == "footnote_ref"]
        if token.level == 0 and token.nesting <= 0:
            placed += [part for number in due for part in notes.pop(number, [])]
            due = []
    return placed + [part for note in notes.values() for part in note]


def _notes(tokens: Sequence[Token]) -> tuple[dict[int, list[Token]], list[Token]]:
    """(the tokens of each footnote, all others)."""
    notes: dict[int, list[Token]] = {}
    rest: list[Token] = []
    number = None
    for token in tokens:
        if token.type == "footnote_open":
            number = int(token.meta["id"])
            notes[number] = [Token("html_block", "", 0, content=f'<div {NOTE}="1">')]
        elif token.type == "footnote_close" and number is not None:
            notes[number].append(Token("html_block", "", 0, content="</div>"))
            number = None
        elif token.type not in ("footnote_block_open", "footnote_block_close", "footnote_anchor"):
            (rest if number is None else notes[number]).append(token)
    return notes, rest


def _title(found: Sequence[Piece], given: str) -> tuple[Title, list[Piece]]:
    """The title, and the pieces without it: front matter, the only H1, the first H1 before all, the first heading.

    A short first line without a mark above several headings of the highest level is one, as in a plain text whose
    author has put # before its perspectives.
    """
    headings = [at for at, piece in enumerate(found) if piece.level]
    first = [at for at in headings if found[at].level == 1]
    opens = bool(first) and headings[0] == first[0]
    at = next(iter(first if len(first) == 1 or opens else headings), None)
    if given and not (len(first) == 1 and opens):
        return Title(given), list(found)
    top = min((found[x].level for x in headings), default=0)
    several = sum(found[x].level == top for x in headings) > 1
    if (opens or not first) and several and _is_line(found[0]):
        return Title(given or found[0].text, found[0].text), list(found[1:])
    if at is None:
        return Title(given), list(found)
    rest = [piece for number, piece in enumerate(found) if number != at]
    return Title(given or found[at].text, found[at].text, found[at].level), rest


def _is_line(piece: Piece) -> bool:
    """Whether it could be a title by its form: one short line, and no sentence."""
    short = piece.kind == "text" and not piece.level and count_words(piece.text) <= _TITLE_WORDS
    return short and piece.text[-1] not in ".:;,…"


def _visible(tokens: Sequence[Token]) -> str:
    """The characters a reader of the Markdown would see, by its tokens alone: the ledger's other side."""
    seen: list[str] = []
    for token in tokens:
        if token.type in ("text", "text_special", "code_inline", "fence", "code_block", "image"):
            seen.append(token.content)
        elif token.type in ("html_block", "html_inline"):
            seen.append(visible_text(_tree(f"<body>{token.content}")))
        if token.type != "image" and token.children:
            seen.append(_visible(token.children))
    return " ".join(seen)
