"""`dripcourse enrollment list`: who is where in which course, and what comes next. Changes nothing."""

from __future__ import annotations

from typing import Annotated

import typer

from dripcourse.cli import house
from dripcourse.cli.output import Json, put_json, put_table
from dripcourse.domain.enrollment import Enrollment
from dripcourse.domain.states import EnrollmentState
from dripcourse.flows.choices import plan_and_choice
from dripcourse.flows.explain import wall
from dripcourse.storage import courses, enrollments, subscribers
from dripcourse.storage.database import Transaction

Course = Annotated[str, typer.Option("--course", help="The course's slug; needed where the person is in several.")]


def list_(
    course: Course = "",
    state: Annotated[EnrollmentState | None, typer.Option(help="Only these.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    json: Json = False,
) -> None:
    """List enrollments: state, plan, what comes next and when.

    Example: dripcourse enrollment list --course my-course --state active
    """
    db = house.database(house.settings())
    with db.reading() as tx:
        course_id = courses.find(tx, course).id if course else None
        found = _walk(tx, course_id, limit, state)
        people = subscribers.many(tx, [one.subscriber_id for one in found])
        slugs = {c.id: c.slug for c in courses.every(tx)}
    rows = [
        {
            "address": people[one.subscriber_id].address,
            "course": slugs[one.course_id],
            "run": one.run,
            "state": one.state.value,
            "reason": one.reason,
            "plan": str(one.plan),
            "language": one.language,
            "without": one.without,
            "next": one.next_key,
            "due": wall(one.due_at, one.plan.zone) if one.due_at else None,
            "due_at": one.due_at,
        }
        for one in found
    ]
    if json:
        put_json(rows)
    else:
        put_table(("address", "course", "run", "state", "plan", "next", "due"), [
            (r["address"], r["course"], r["run"], r["state"], plan_and_choice(one), r["next"] or "", r["due"] or "")
            for r, one in zip(rows, found, strict=True)
        ])  # fmt: skip


def _walk(tx: Transaction, course_id: int | None, limit: int, state: EnrollmentState | None) -> list[Enrollment]:
    found: list[Enrollment] = []
    last_id = 0
    while len(found) < limit and (batch := enrollments.after(tx, last_id, 500, course_id=course_id)):
        last_id = batch[-1].id
        found += [one for one in batch if state is None or one.state is state]
    return found[:limit]
