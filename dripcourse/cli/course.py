"""`dripcourse course …`: from an article to a checked course folder."""

from __future__ import annotations

from dataclasses import asdict
from itertools import count
from pathlib import Path
from typing import Annotated, Any

import typer

from dripcourse.cli import house
from dripcourse.cli.course_import import import_
from dripcourse.cli.outline import outline
from dripcourse.cli.output import Json, put, put_json, put_table, say
from dripcourse.cli.preview import preview
from dripcourse.cli.unsendable import unsendable
from dripcourse.courses.folders.folder import read_course, survey
from dripcourse.courses.linting.check import check_course
from dripcourse.courses.linting.coverage import coverage
from dripcourse.courses.linting.finding import ERROR, Finding, fails, in_order
from dripcourse.courses.linting.probing import dead_links
from dripcourse.courses.linting.settling import unsettled
from dripcourse.domain.course import Course
from dripcourse.domain.progress import Rule
from dripcourse.errors import InputError, Refused
from dripcourse.fetching.fetch import probe
from dripcourse.flows.engine import installation_brand
from dripcourse.flows.publish import Publication, compile_course, number_of_mails, plan_publication
from dripcourse.flows.publish import publish as publish_course
from dripcourse.mail.brand import Brand
from dripcourse.storage import courses
from dripcourse.storage.courses import CourseRow, Version
from dripcourse.storage.database import Database, Transaction

_SETTLE = "settle it there, or say --accept-warnings if a person has looked at it"

course = typer.Typer(no_args_is_help=True, help="Make, check and publish courses.")

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The course folder.")]
course.command()(outline)
course.command()(preview)
course.command("import")(import_)


@course.command()
def check(
    folder: Folder,
    strict: Annotated[bool, typer.Option("--strict", help="Exit code 1 for warnings, too.")] = False,
    links: Annotated[bool, typer.Option("--links", help="Also try each link, once.")] = False,
    json: Json = False,
) -> None:
    """Check a course folder: every mistake and weakness with its file, line and code. Exit code 1 if there are errors.

    All codes, and what to do: docs/check.md.

    Example: dripcourse course check lessons/my-course --strict
    """
    found = [*check_course(folder, house.now().date()), *unsendable(folder)]
    findings = in_order([*found, *dead_links(survey(folder), probe)] if links else found)
    errors = sum(finding.level == ERROR for finding in findings)
    if json:
        put_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            put(str(finding))
        if (seen := coverage(survey(folder))) is not None:
            put(str(seen))
        put(f"{folder}: {errors} errors, {len(findings) - errors} warnings.")
    raise typer.Exit(1 if fails(findings, strict) else 0)


@course.command()
def publish(
    folder: Folder,
    rule: Annotated[Rule, typer.Option(help="What it means for those on their way.")] = Rule.FOLLOW,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only print what would happen, and what would stop it.")
    ] = False,
    accept: Annotated[
        bool, typer.Option("--accept-warnings", help="You have settled what the check says of safety and of scripture.")
    ] = False,
    json: Json = False,
) -> None:
    """Compile every mail once and publish the course; prints first who would get what next.

    follow: the first lesson after the last one sent, in the new order, not had yet. pin: finish on the old version.
    backfill: the first lesson of the new order not had yet, wherever it stands.

    Example: dripcourse course publish lessons/my-course
    """
    settings = house.settings()
    source, brand = read_course(folder), installation_brand(settings)
    db = house.database(settings)
    plan = plan_publication(db, source, brand, rule)
    if plan.unchanged:
        raise Refused(f"{plan.slug} is published exactly like this already (version {plan.number - 1})")
    left_open = [] if accept else unsettled(survey(folder), house.now().date())
    if dry_run:
        _show(plan, json)
        _would_stop(left_open, source, brand)
        return
    if left_open:
        raise Refused("\n".join([*(finding.bare for finding in left_open), _SETTLE.capitalize()]))
    version = _published(db, source, brand, plan, rule, json)
    languages = ", ".join(each.language for each in source.editions)
    made = f"{len(version.steps)} lessons, {number_of_mails(source)} mails in {languages}"
    say(f"Published: {plan.slug}, version {version.number}: {made}.")
    say(f"Next: dripcourse form create FORM --course {plan.slug}")


def _published(db: Database, source: Course, brand: Brand, plan: Publication, rule: Rule, json: bool) -> Version:
    """Publishes, and shows the plan as soon as every mail is made: until then any may be refused, and nothing is shown.

    As JSON it is shown when all is done, for a program takes it for that.
    """
    left = count(number_of_mails(source) - 1, -1)

    def made() -> None:
        if next(left) == 0 and not json:
            _show(plan, json)

    version = publish_course(db, source, brand, rule, house.now(), progress=made)
    if json:
        _show(plan, json)
    return version


def _would_stop(left_open: list[Finding], source: Course, brand: Brand) -> None:
    """Says what `publish` would refuse: what only a person can settle (COURSE A3.11), and the first unfit mail."""
    for finding in left_open:
        say(str(finding))
    if left_open:
        say(f"publish would stop here: {_SETTLE}.")
    try:
        for _ in compile_course(source, brand):
            pass
    except InputError as error:
        say(f"publish would stop here: {error}.")


def _show(plan: Publication, json: bool) -> None:
    """Who would get what next, and what differs from the version before."""
    moves = sorted(plan.moves.items(), key=str)
    if json:
        rows = [{"from": before, "to": after, "runs": runs} for (before, after), runs in moves]
        put_json({"course": plan.slug, "version": plan.number, "edits": plan.edits, "moves": rows})
        return
    changed = [(before, after, runs) for (before, after), runs in moves if before != after]
    other = sum(runs for _, _, runs in changed)
    put(f"{plan.slug}, version {plan.number}: {plan.people} runs under way, {other} get another next lesson.")
    for before, after, runs in changed:
        put(f"  {runs} runs: next is {after or 'nothing (finished)'} instead of {before}")
    for edit in plan.edits:
        put(f"  {edit}")


@course.command("list")
def list_(json: Json = False) -> None:
    """List the published courses and how their enrollments stand.

    Example: dripcourse course list
    """
    with house.database(house.settings()).reading() as tx:
        rows = [_row(tx, row) for row in courses.every(tx)]
    if json:
        put_json(rows)
    else:
        columns = ("course", "title", "version", "lessons", "enrollments")
        put_table(columns, [[*list(r.values())[:4], _spell(r["enrollments"])] for r in rows])


def _spell(counts: dict[str, int]) -> str:
    return ", ".join(f"{number} {state}" for state, number in sorted(counts.items())) or "none"


def _row(tx: Transaction, row: CourseRow) -> dict[str, Any]:
    version = courses.get_version(tx, row.version_id)
    return {
        "course": row.slug,
        "title": row.title,
        "version": version.number,
        "lessons": len(version.steps),
        "enrollments": dict(courses.counts(tx, row.id)),
    }
