"""`dripcourse course import`: from an article to a new course folder, or into one that was imported before."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from dripcourse.cli.outline import (
    ActionsUnder,
    Days,
    File,
    Format,
    KeepCaptions,
    Perspective,
    RecapEvery,
    Rotate,
    ShortAnswer,
    Title,
    within_limits,
)
from dripcourse.cli.output import Json, put, put_json, say
from dripcourse.cli.sources import Source, read_source
from dripcourse.courses.article import Options
from dripcourse.courses.drafting.as_course import as_course
from dripcourse.courses.drafting.compile import compile_article, slug
from dripcourse.courses.drafting.draft import Draft
from dripcourse.courses.drafting.markdown import article_markdown
from dripcourse.courses.drafting.show import draft_json
from dripcourse.courses.folders.folder import survey
from dripcourse.courses.folders.plan import Plan, plan_json, plan_lines
from dripcourse.courses.folders.provenance import ARTICLE, Made, make
from dripcourse.courses.folders.record import RECORD, Record, read_record, record_of, record_text
from dripcourse.courses.folders.swap import recover, swap
from dripcourse.courses.folders.update import plan_update, updated
from dripcourse.courses.folders.write import check_free, course_files, write_folder
from dripcourse.courses.reading.decode import decode
from dripcourse.domain.course import Course
from dripcourse.errors import InputError, Refused

#: The parameters below and what they are called in Options.
_WISHES = {
    "days": "days",
    "recap_every": "recap_every",
    "rotate": "rotate",
    "short_answer": "short_answer",
    "keep_captions": "keep_captions",
    "perspective": "perspectives",
    "actions_under": "actions_under",
    "title": "title",
    "language": "language",
    "include_cta": "include_cta",
    "form": "format",
}
_LANGUAGE = "The language of the course, such as de; the article's own, or en, where it is not given."


@dataclass(frozen=True)
class _Import:
    """An article that was compiled, on its way into a folder."""

    draft: Draft
    course: Course
    article: bytes  # of article.md
    made: Made
    record: Record


def import_(
    ctx: typer.Context,
    file: File,
    out: Annotated[Path, typer.Option(metavar="DIR", help="The course folder to make, or to update.")],
    days: Days = 30,
    title: Title = "",
    perspective: Perspective = None,
    actions_under: ActionsUnder = "",
    rotate: Rotate = "auto",
    recap_every: RecapEvery = 7,
    short_answer: ShortAnswer = "welcome",
    keep_captions: KeepCaptions = False,
    language: Annotated[str, typer.Option(help=_LANGUAGE)] = "",
    include_cta: Annotated[
        bool, typer.Option("--include-cta", help="Print the article's call to action in the completion mail.")
    ] = False,
    form: Format = "auto",
    update: Annotated[
        bool, typer.Option("--update", help="Show what this import would change in DIR; your words stay.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --update: write the changes.")] = False,
    json: Json = False,
) -> None:
    """Break an article into a course folder: one passage and one action a day.

    Look at the outline first. Edit the folder, then run `course check`.

    When the article has changed, --update shows what that means for the folder, with the options of the last import;
    what you wrote yourself stays. Nothing is written without --yes. Lessons you moved stay where they are, but where
    the article gives other lessons than before, the update is refused and says which files to put back first.

    Example: dripcourse course import article.txt --days 30 --out lessons/my-course
    """
    options = Options(
        days=days,
        recap_every=recap_every,
        rotate=rotate,
        short_answer=short_answer,
        keep_captions=keep_captions,
        perspectives=tuple(perspective or ()),
        actions_under=actions_under,
        title=title,
        language=language,
        include_cta=include_cta,
        format=form,
    )
    if update:
        _update(read_source(file), options, _given(ctx), out, yes, json)
    elif yes:
        raise InputError("--yes goes with --update; a new folder is written without it.")
    else:
        _new(file, options, out, json)


def _given(ctx: typer.Context) -> set[str]:
    """The options that were typed, by their names in Options."""
    sources = {option: ctx.get_parameter_source(name) for name, option in _WISHES.items()}
    return {option for option, source in sources.items() if source is not None and source.name == "COMMANDLINE"}


def _whole(out: Path) -> Path:
    """The folder that `out` leads to. Raises InputError where it leads in a circle."""
    try:
        return out.resolve()
    except (OSError, RuntimeError) as error:  # a RuntimeError up to Python 3.12
        raise InputError(f"{out}: leads nowhere, it is a link to itself. Choose another --out.") from error


def _new(file: str, options: Options, out: Path, json: bool) -> None:
    _recovered(_whole(out))
    if (out / RECORD).exists():
        raise InputError(
            f"{out} is a course that was imported before. Say --update to see what this import would change in it, "
            "or choose another --out."
        )
    check_free(out)
    new = _compiled(read_source(file), options, _whole(out), own=False)
    named = replace(new.course, slug=slug(_whole(out).name, 60) or new.course.slug)  # the name its author types
    files = course_files(named, new.article.decode(), new.made)
    write_folder({**files, RECORD: record_text(new.record)}, out)
    _warn(new.draft)
    if json:
        put_json(draft_json(new.draft))
    else:
        put(f"{out}: {len(files)} files, {options.days} days. Next: edit them, then dripcourse course check {out}")


def _update(source: Source, options: Options, given: set[str], out: Path, yes: bool, json: bool) -> None:
    folder = _whole(out)  # a link to a folder stays one
    _recovered(folder)
    found = survey(folder)
    old = read_record(folder)
    if old is None:
        raise InputError(
            f"{out} has no {RECORD}, so nobody knows which words in it are yours. Import into a new folder with --out."
        )
    own = _is_own(source, folder)
    same = _recorded_name(source, folder) == old.source
    wishes = _wishes(options, given, old.options, "auto" if not own else "markdown", same)
    new = _compiled(source, wishes, folder, own)
    plan = plan_update(found, old, updated(new.made, new.draft, new.article, old, new.record, found))
    writing = yes and not plan.conflicts and not plan.idle
    if writing:
        swap(folder, plan.writes, plan.removes)
    _warn(new.draft)
    _show(plan, out, writing, json)


def _wishes(options: Options, given: set[str], before: Options, form: str, same: bool) -> Options:
    """What was typed, and for the rest what was wished the last time; the format only of the same source."""
    typed = {name: getattr(options, name) for name in given}
    return replace(before, **{**({} if same else {"format": form}), **typed})


def _compiled(source: Source, options: Options, folder: Path, own: bool) -> _Import:
    """The import of `source` into `folder`. `own`: it is the folder's article.md, which stays as it is."""
    draft = within_limits(compile_article, source, options)
    course = as_course(draft)
    article = source.data if own else article_markdown(draft.article, draft.title).encode()
    made = make(course, decode(article)[0])
    record = record_of(made, article, _recorded_name(source, folder), source.data, options)
    return _Import(draft, course, article, made, record)


def _is_own(source: Source, folder: Path) -> bool:
    return source.path is not None and source.path.resolve() == folder / ARTICLE


def _recorded_name(source: Source, folder: Path) -> str:
    """What the record calls the source: a file by its way from the folder, so that both may move together."""
    if source.path is None:
        return source.name
    try:
        return Path(os.path.relpath(source.path.resolve(), folder)).as_posix()
    except ValueError:  # on another drive
        return source.path.resolve().as_posix()


def _recovered(folder: Path) -> None:
    if said := recover(folder):
        say(said)


def _warn(draft: Draft) -> None:
    for caution in draft.cautions:
        say(f"Warning: {caution}")


def _show(plan: Plan, out: Path, written: bool, json: bool) -> None:
    if json:
        put_json(plan_json(plan, written))
    else:
        for line in plan_lines(plan):
            put(line)
    if plan.conflicts:
        raise Refused("\n".join((*plan.conflicts, "Nothing was written.")))
    if json:
        return
    changed = len(plan.writes) + len(set(plan.removes) - set(plan.writes))
    if plan.idle:
        put(f"{out}: up to date, nothing to change.")
    elif written:
        put(f"{out}: {changed} files changed. Next: dripcourse course check {out}")
    else:
        put(f"{out}: {changed} files would change; nothing was written. Say --yes to write it.")
