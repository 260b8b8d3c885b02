"""`dripcourse form …`: sign-up forms."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from dripcourse.cli import form_wishes, house
from dripcourse.cli.form_list import list_
from dripcourse.cli.form_wishes import Wishes, told
from dripcourse.cli.output import put, say
from dripcourse.domain.direction import primary_language
from dripcourse.domain.forms import FormSettings, is_open
from dripcourse.errors import InputError, NotFound
from dripcourse.flows.books import Edition, Shelf
from dripcourse.storage import courses, forms
from dripcourse.storage.database import Transaction
from dripcourse.storage.forms import Form
from dripcourse.web.snippet import frame, snippet

form = typer.Typer(no_args_is_help=True, help="Sign-up forms that lead to a course.")
form.command("list")(list_)

#: What people agree to, by primary language; English for others.
WORDINGS = {
    "en": "Send me one lesson a day by email. I can stop at any time with one click.",
    "de": "Schicken Sie mir täglich eine Lektion per E-Mail. Ich kann mich jederzeit mit einem Klick abmelden.",
}
LONGEST = 500
Slug = Annotated[str, typer.Argument(metavar="FORM", help="Its name in the address: /f/FORM.")]


@form.command()
def create(
    slug: Slug,
    course: Annotated[str, typer.Option("--course", help="The course it leads to.")],
    title: form_wishes.Title = None,
    wording: form_wishes.Wording = None,
    language: form_wishes.Language = None,
    field: form_wishes.Fields = None,
    origin: form_wishes.Origins = None,
    thank_you: form_wishes.ThankYou = None,
    opt_in: form_wishes.OptIn = None,
    tag: form_wishes.Tags = None,
    start: form_wishes.Start = None,
    prefill: form_wishes.Prefill = None,
    capacity: form_wishes.Capacity = None,
    closes: form_wishes.Closes = None,
    frames: form_wishes.Frames = None,
    listed: form_wishes.Listed = None,
    intake: form_wishes.Intake = None,
) -> None:
    """Make a hosted form at /f/FORM.

    Example: dripcourse form create start --course my-course --field "city: text, most=40, fallback=your town"
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,59}", slug):
        raise InputError(f"{slug!r} cannot be a form's name; use a-z, 0-9 and -, at most 60 characters")
    found, now = house.settings(), house.now()
    wishes = Wishes(
        fields=field, origins=origin, thank_you=thank_you, opt_in=opt_in, tags=tag, start=start, prefill=prefill,
        capacity=capacity, closes=closes, frames=frames, listed=listed, intake=intake,
    )  # fmt: skip
    settings = wishes.changed(FormSettings(), now)
    with house.database(found).writing() as tx:
        row = courses.find(tx, course)
        book = Shelf().book(tx, row.version_id)
        chosen, _ = book.choice(language or "", "")
        forms.add(
            tx, slug=slug, **_said(book.edition(chosen), title or "", wording or ""), course_id=row.id, at=now,
            language=chosen, settings=settings,
        )  # fmt: skip
    put(f"{found.base_url}/f/{slug}")


@form.command()
def edit(
    slug: Slug,
    course: Annotated[str | None, typer.Option("--course", help="The course it leads to from now on.")] = None,
    title: form_wishes.Title = None,
    wording: form_wishes.Wording = None,
    language: form_wishes.Language = None,
    field: form_wishes.Fields = None,
    origin: form_wishes.Origins = None,
    thank_you: form_wishes.ThankYou = None,
    opt_in: form_wishes.OptIn = None,
    tag: form_wishes.Tags = None,
    start: form_wishes.Start = None,
    prefill: form_wishes.Prefill = None,
    capacity: form_wishes.Capacity = None,
    closes: form_wishes.Closes = None,
    frames: form_wishes.Frames = None,
    listed: form_wishes.Listed = None,
    intake: form_wishes.Intake = None,
    drop: form_wishes.Drop = None,
) -> None:
    """Change what is named of a form, and nothing else; says what changed. An empty text takes a value away;
    an empty title or wording is the one by default again.

    Example: dripcourse form edit start --capacity 40 --closes 2030-09-20 --drop field=city
    """
    wishes = Wishes(
        fields=field, origins=origin, thank_you=thank_you, opt_in=opt_in, tags=tag, start=start, prefill=prefill,
        capacity=capacity, closes=closes, frames=frames, listed=listed, intake=intake, drop=drop,
    )  # fmt: skip
    now = house.now()
    with house.database(house.settings()).writing() as tx:
        before = _found(tx, slug)
        leads_to, edition = _course_of(tx, before, course, language)
        said = _said(
            edition, before.title if title is None else title, before.wording if wording is None else wording
        )  # fmt: skip
        after = forms.edit(tx, slug, **said, **leads_to, settings=wishes.changed(before.settings, now))
    _tell(before, after)


@form.command()
def close(slug: Slug) -> None:
    """Take no more sign-ups through a form; links in mails sent already go on working.

    Example: dripcourse form close start
    """
    with house.database(house.settings()).writing() as tx:
        _found(tx, slug)
        forms.close(tx, slug)
    put(f"The form {slug} is closed.")


@form.command("open")
def open_(slug: Slug) -> None:
    """Take sign-ups through a closed form again, within its capacity and its last day.

    Example: dripcourse form open start
    """
    with house.database(house.settings()).writing() as tx:
        _found(tx, slug)
        forms.edit(tx, slug, open=True)
    put(f"The form {slug} is open.")


@form.command("snippet")
def snippet_(
    slug: Slug,
    script: Annotated[
        bool, typer.Option("--script", help="With the script that answers in place; needs --origin.")
    ] = False,
    framed: Annotated[bool, typer.Option("--frame", help="The hosted page in a frame; needs --frames.")] = False,
) -> None:
    """Print a form's HTML, ready to paste into a page of yours.

    Example: dripcourse form snippet start --script
    """
    found = house.settings()
    if script and framed:
        raise InputError("--script and --frame are two ways to show the form; choose one")
    with house.database(found).reading() as tx:
        one = _found(tx, slug)
        shut = is_open(one, house.now())
        language = Shelf().book(tx, courses.by_id(tx, one.course_id).version_id).edition(one.language).language
    if script and not one.settings.origins:
        raise InputError(
            f"no site may read the script's answers yet: dripcourse form edit {slug} --origin https://HOST"
        )
    if framed and not one.settings.frames:
        hint = f"dripcourse form edit {slug} --frames --origin https://HOST"
        raise InputError(f"no site may show {slug} in a frame yet: {hint}")
    if shut:
        say(f"The form {slug} takes nobody now: it is {shut}. Whoever uses this HTML is told so.")
    put(frame(one, language, found.base_url) if framed else snippet(one, language, found.base_url, script=script))


def _found(tx: Transaction, slug: str) -> Form:
    there = {each.slug: each for each in forms.every(tx)}
    if slug not in there:
        raise NotFound(f"no form {slug!r}; the forms are: {', '.join(there) or 'none yet'}")
    return there[slug]


def _course_of(
    tx: Transaction, before: Form, course: str | None, language: str | None
) -> tuple[dict[str, object], Edition]:
    """The course and language a form has after an edit. Raises InputError where the one is not in the other."""
    row = courses.find(tx, course) if course is not None else courses.by_id(tx, before.course_id)
    wanted = before.language if language is None else language
    book = Shelf().book(tx, row.version_id)
    chosen, _ = book.choice(wanted, "")
    return {"course_id": row.id, "language": chosen}, book.edition(chosen)


def _said(edition: Edition, title: str, wording: str) -> dict[str, str]:
    """Title and wording as typed, by default (where "") the course's and ours. Raises InputError."""
    usual = WORDINGS.get(primary_language(edition.language), WORDINGS["en"])
    return {"title": _line("title", title or edition.title), "wording": _line("wording", wording or usual)}


def _line(name: str, text: str) -> str:
    """One line of what people read. Raises InputError where there is none, or too much for a form."""
    line = " ".join(text.split())
    if not line or len(line) > LONGEST:
        raise InputError(f"the {name} has {len(line)} characters; a form shows 1 to {LONGEST}")
    return line


def _tell(before: Form, after: Form) -> None:
    old, new = ({"title": f.title, "wording": f.wording, "language": f.language, "course": str(f.course_id)}
                | told(f.settings) for f in (before, after))  # fmt: skip
    names = [name for name in {**old, **new} if old.get(name, "") != new.get(name, "")]
    for name in names:
        put(f"{name}: {old.get(name) or '(none)'} -> {new.get(name) or '(none)'}")
    if not names:
        put("Nothing changed.")
    if after.version != before.version:
        put(f"version {after.version}: people read something new; each consent keeps the version that was agreed to")
