"""`dripcourse form …`: sign-up forms."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from dripcourse.cli import house
from dripcourse.cli.output import Json, put, put_json, put_table
from dripcourse.domain.direction import primary_language
from dripcourse.errors import InputError, NotFound
from dripcourse.flows.books import Shelf
from dripcourse.storage import courses, forms

form = typer.Typer(no_args_is_help=True, help="Sign-up forms that lead to a course.")

#: What people agree to, by primary language; English for others.
WORDINGS = {
    "en": "Send me one lesson a day by email. I can stop at any time with one click.",
    "de": "Schicken Sie mir täglich eine Lektion per E-Mail. Ich kann mich jederzeit mit einem Klick abmelden.",
}
Slug = Annotated[str, typer.Argument(metavar="FORM", help="Its name in the address: /f/FORM.")]


@form.command()
def create(
    slug: Slug,
    course: Annotated[str, typer.Option("--course", help="The course it leads to.")],
    title: Annotated[str, typer.Option(help="Shown above the form; the course's title by default.")] = "",
    wording: Annotated[
        str, typer.Option(help="The exact sentence people agree to; one in its language by default.")
    ] = "",
    language: Annotated[
        str, typer.Option(help="One of the course's languages: of the page, its mails, its runs.")
    ] = "",
) -> None:
    """Make a hosted form at /f/FORM.

    Example: dripcourse form create start --course my-course
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,59}", slug):
        raise InputError(f"{slug!r} cannot be a form's name; use a-z, 0-9 and -, at most 60 characters")
    found = house.settings()
    db = house.database(found)
    with db.writing() as tx:
        row = courses.find(tx, course)
        book = Shelf().book(tx, row.version_id)
        chosen, _ = book.choice(language, "")
        edition = book.edition(chosen)
        said = wording or WORDINGS.get(primary_language(edition.language), WORDINGS["en"])
        forms.add(
            tx, slug=slug, title=title or edition.title, wording=said, course_id=row.id, at=house.now(), language=chosen
        )
    put(f"{found.base_url}/f/{slug}")


@form.command("list")
def list_(json: Json = False) -> None:
    """List the forms.

    Example: dripcourse form list
    """
    found = house.settings()
    with house.database(found).reading() as tx:
        slugs = {c.id: c.slug for c in courses.every(tx)}
        rows = [
            (f.slug, slugs[f.course_id], "open" if f.open else "closed", f"{found.base_url}/f/{f.slug}")
            for f in forms.every(tx)
        ]
    if json:
        put_json([dict(zip(("form", "course", "state", "address"), row, strict=True)) for row in rows])
    else:
        put_table(("form", "course", "state", "address"), rows)


@form.command()
def close(slug: Slug) -> None:
    """Take no more sign-ups through a form; links in mails sent already go on working.

    Example: dripcourse form close start
    """
    with house.database(house.settings()).writing() as tx:
        there = [form.slug for form in forms.every(tx)]
        if slug not in there:
            raise NotFound(f"no form {slug!r}; the forms are: {', '.join(there) or 'none yet'}")
        forms.close(tx, slug)
    put(f"The form {slug} is closed.")
