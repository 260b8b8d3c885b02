"""A lesson that a new version dropped stays with whoever had it."""

from __future__ import annotations

from dataclasses import replace

from dripcourse.domain.progress import Rule
from dripcourse.flows import publish
from tests.web.reader.conftest import COURSE, DAYS, Reading


def test_a_lesson_dropped_since_is_still_among_those_he_had(anne: Reading) -> None:
    world = anne.world
    shorter = replace(COURSE, optional={}, lessons=(DAYS[0], *DAYS[2:]))
    publish.publish(world.db, shorter, world.engine.brand, Rule.FOLLOW, world.clock())
    for rest in ("", "/lessons", "/lesson/one", "/done/one", "/pace"):
        assert anne.get(rest).status_code == 200, rest
    assert "A question" in anne.get("/lessons").text
    assert anne.post("/done/one", "done").status_code == 200
