"""Draws a Markdown token stream as an HTML fragment; what may stand in a mail is not decided here."""

from __future__ import annotations

from collections.abc import Sequence

from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from dripcourse.domain.direction import LEFT, RIGHT
from dripcourse.mail.block_attributes import lifted


def fragment(tokens: Sequence[Token], options: OptionsDict, direction: str) -> str:
    """The tokens as HTML for a mail of that direction ("ltr" or "rtl"). Code runs from the left in any language."""
    found = lifted(tokens)
    if direction == RIGHT or any(token.attrs.get("dir") == RIGHT for token in found):
        _code_from_the_left(found)
    return _RENDERER.render(found, options, {})


def _code_from_the_left(tokens: Sequence[Token]) -> None:
    for token in tokens:
        if token.type in ("fence", "code_block", "code_inline"):
            token.attrs.setdefault("dir", LEFT)
        _code_from_the_left(token.children or ())


class _Drawing(RendererHTML):
    """A quotation has a box for its margin to the bar beside it: Word would not pad the quotation itself."""

    # Language and direction stand on the <pre> and not on the <code> in it: they are the block's.
    fence = RendererHTML.code_block

    def blockquote_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        attributes, way = self.renderAttrs(tokens[idx]), tokens[idx].attrs.get("dir")
        inner = f' dir="{way}"' if way else ""
        return f"<blockquote{attributes}><div{inner}>\n"

    def blockquote_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return "</div></blockquote>\n"


_RENDERER = _Drawing()
