"""`dripcourse course outline`, and the options by which an author corrects the reading of his article."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Annotated, Literal, TypeVar

import typer

from dripcourse.cli.output import Json, put, put_json
from dripcourse.cli.sources import Source, read_source
from dripcourse.confined import confined
from dripcourse.courses.article import Options
from dripcourse.courses.drafting.outline import outline_json, outline_tree
from dripcourse.courses.reading.limits import MEGABYTES, SECONDS
from dripcourse.courses.reading.readers import read_article

T = TypeVar("T")

File = Annotated[
    str, typer.Argument(metavar="FILE", help="The article: a file, an https address, or - for standard input.")
]
Days = Annotated[int, typer.Option(help="Lessons, one a day: 7 to 60.")]
RecapEvery = Annotated[int, typer.Option(help="A look back every so many days; 0 for none.")]
Rotate = Annotated[Literal["auto", "always", "never"], typer.Option(help="Take perspectives in turn, day by day.")]
Format = Annotated[Literal["auto", "text", "markdown", "html"], typer.Option("--format", help="What the file is.")]
Title = Annotated[str, typer.Option(help="The title, in place of the one that was found.")]
Perspective = Annotated[
    list[str] | None, typer.Option(metavar="HEADING", help="A heading that is a perspective. Repeatable.")
]
ActionsUnder = Annotated[str, typer.Option(metavar="HEADING", help="The heading over the list of actions.")]
ShortAnswer = Annotated[
    Literal["welcome", "lesson1"], typer.Option(help="Where the text before the first heading goes.")
]
KeepCaptions = Annotated[bool, typer.Option("--keep-captions", help="Captions of pictures are part of the text.")]


def outline(
    file: File,
    days: Days = 30,
    title: Title = "",
    perspective: Perspective = None,
    actions_under: ActionsUnder = "",
    rotate: Rotate = "auto",
    recap_every: RecapEvery = 7,
    short_answer: ShortAnswer = "welcome",
    keep_captions: KeepCaptions = False,
    form: Format = "auto",
    json: Json = False,
) -> None:
    """Show what was understood of an article, what it would make, and which option changes each guess.

    Perspectives, sections, actions, what was left out and why. The JSON is described in docs/json.md.

    Example: dripcourse course outline article.html --perspective "What is known" --perspective "What helps"
    """
    options = Options(
        days=days,
        title=title,
        perspectives=tuple(perspective or ()),
        actions_under=actions_under,
        rotate=rotate,
        recap_every=recap_every,
        short_answer=short_answer,
        keep_captions=keep_captions,
        format=form,
    )
    source = read_source(file)
    article = within_limits(read_article, source, options)
    if json:
        put_json(outline_json(article))
    else:
        put(outline_tree(article, options))


def within_limits(work: Callable[[bytes, Options], T], source: Source, options: Options) -> T:
    """`work` on the article, in a child process: a hostile file costs bounded time and memory, and never this process.

    Raises InputError, also where the limits are reached.
    """
    wishes = replace(options, encoding=source.encoding, address=source.address)
    return confined(partial(work, source.data, wishes), seconds=SECONDS, megabytes=MEGABYTES)
