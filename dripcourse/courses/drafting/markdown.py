"""The author's blocks as Markdown that shows the same text. Not HTML: that is made where mails are made."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from dripcourse.courses.article import Article, Block, Dropped, Perspective, Step
from dripcourse.courses.drafting.blocks import Style, line, part, whole
from dripcourse.courses.drafting.draft import Excerpt
from dripcourse.courses.drafting.inline import inline_markdown
from dripcourse.courses.drafting.layout import Part, laid_out
from dripcourse.courses.drafting.runs import Run
from dripcourse.domain.direction import LEFT, text_direction


def as_markdown(text: str, stars: bool = True) -> str:
    """Markdown for one paragraph of text without formatting.

    With `stars`, *emphasis* in stars stays, as people write it in plain text; everything else that Markdown would
    change or swallow is escaped.
    """
    return inline_markdown([Run(piece) for piece in re.findall(r"[^\n]+|\n", text.strip())], stars=stars)


def paragraphs(texts: Iterable[str], stars: bool = True) -> str:
    """Markdown paragraphs of plain texts."""
    return "\n\n".join(as_markdown(text, stars) for text in texts)


def heading_markdown(text: str, level: int, stars: bool = True, base: str = LEFT) -> str:
    """A heading of level 1 to 6; where it begins the other way than `base`, it says so."""
    way = text_direction(text)
    said = f"{{dir={way}}}\n" if base and way and way != base else ""
    return f"{said}{'#' * level} {line(text, 'heading', Style(stars))}"


def excerpts_markdown(excerpts: Sequence[Excerpt], stars: bool, base: str = LEFT) -> str:
    """Markdown of a passage, or of anything else that stands in a row.

    `base` is the direction of the course (ltr, rtl): what begins the other way says so.
    """
    return _markdown([part(excerpt, Style(stars, base)) for excerpt in excerpts])


def block_markdown(block: Block, stars: bool = True, base: str = LEFT) -> str:
    """Markdown of a whole block."""
    return excerpts_markdown([whole(block)], stars, base)


def step_markdown(step: Step, stars: bool = True, base: str = LEFT) -> str:
    """Markdown of an action with all that belongs to it, in the order of the article."""
    style = Style(stars, base)
    own = replace(part(whole(step.block), style), kind="block", depth=0)
    below = [part(whole(block), style) for block in step.details]
    return "\n\n".join(text for text in (own.markdown, _markdown(below)) if text)


def article_markdown(article: Article, title: str) -> str:
    """The whole article as Markdown. What goes into no mail stands in a comment at the end.

    Its text is verbatim, placeholders in code as well; so it is no lesson file.
    """
    style = Style(article.format == "text", verbatim=True)
    texts = [heading_markdown(title, 1, style.stars, "")]
    texts.append(_markdown([part(whole(block), style) for block in article.short_answer]))
    for number, perspective in enumerate(article.perspectives):
        if perspective.line:  # else its title is ours, and no heading of the article
            texts.append(heading_markdown(perspective.title, 2, style.stars, ""))
        texts.append(_markdown(_parts(perspective, [s for s in article.actions if s.perspective == number], style)))
    texts.append(_left_out(article.dropped))
    return "\n\n".join(text for text in texts if text) + "\n"


def _markdown(parts: Sequence[Part]) -> str:
    return laid_out([one for one in parts if one.markdown or one.kind == "item"])


def _parts(perspective: Perspective, steps: Sequence[Step], style: Style) -> list[Part]:
    """Sections, blocks and actions in the order of the article."""
    placed: list[tuple[int, list[Part]]] = []
    for section in perspective.sections:
        if section.title:
            placed.append((section.at, [Part(heading_markdown(section.title, 3, style.stars, ""))]))
        placed += [(block.at, [part(whole(block), style)]) for block in section.blocks]
    for step in steps:
        above = max((at + 1 for at, (place, _) in enumerate(placed) if place <= step.block.at), default=0)
        placed.insert(above, (step.block.at, _action(step, style)))
    return [one for _, parts in placed for one in parts]


def _action(step: Step, style: Style) -> list[Part]:
    """An action with its details nested in it; one that was a heading stays one, with what stands below it."""
    own = part(whole(step.block), style)
    below = [part(whole(block), style) for block in step.details]
    if step.block.type != "list_item":
        return [Part(heading_markdown(step.text, 3, style.stars, "")), *below]
    inside = [replace(one, depth=max(one.depth, own.depth + 1)) for one in below]
    return [replace(own, number=step.ordinal), *inside]


def _left_out(dropped: Sequence[Dropped]) -> str:
    left = [f"{d.reason} (line {d.line}): {d.text}" for d in dropped if d.reason != "marker"]
    lines = [re.sub(r"-(?=[->])", "- ", text) for text in left]  # nothing in it may end the comment
    return "\n".join(("<!-- Left out of the course:", *lines, "-->")) if lines else ""
