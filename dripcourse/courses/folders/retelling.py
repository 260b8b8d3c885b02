"""What an import makes, told with the days that the files will have. Writes nothing; the order is decided before."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from dripcourse.courses.drafting.as_course import as_course
from dripcourse.courses.drafting.draft import Day, Draft
from dripcourse.courses.drafting.renumber import renumbered
from dripcourse.courses.folders.provenance import MadeLesson
from dripcourse.domain.course import Lesson, LessonKind

NO_DAY = (LessonKind.WELCOME, LessonKind.COMPLETION)
_DAY = re.compile(r"day \d+: ", re.IGNORECASE)


def retold(
    draft: Draft, made: Sequence[MadeLesson], final: Mapping[str, int], own: Sequence[Lesson]
) -> tuple[MadeLesson, ...]:
    """`made`, the lessons of `draft` in its order, with the texts of the days that `final` gives their keys.

    `own` are lessons of the author's, which stand in `final`, too. A lesson that is not there is told as it was, and
    each remembers the day of the draft: by that the next import finds it.
    """
    mine = [_as_day(lesson, final[lesson.key]) for lesson in own if lesson.kind not in NO_DAY]
    days = {each.lesson.day: final[each.lesson.key] for each in made[1:-1] if each.lesson.key in final}
    course = as_course(renumbered(draft, days, mine, len(days) + len(mine)))
    told = {lesson.day: lesson for lesson in course.lessons[1:-1]}
    first, last = (_retold(made[at], course.lessons[at]) for at in (0, -1))
    rest = (_retold(each, told.get(days.get(each.lesson.day, 0), each.lesson)) for each in made[1:-1])
    return (first, *rest, last)


def _retold(made: MadeLesson, told: Lesson) -> MadeLesson:
    """A list of no days must not end in white space, which no lesson file keeps."""
    return replace(made, lesson=replace(told, key=made.lesson.key, day=made.lesson.day, body=told.body.strip()))


def _as_day(lesson: Lesson, day: int) -> Day:
    """A lesson of the author's own, so that lists of days name it."""
    name = lesson.section or _DAY.sub("", lesson.subject, count=1)
    return Day(day, lesson.kind, lesson.key, lesson.subject, lesson.preheader, section=name)
