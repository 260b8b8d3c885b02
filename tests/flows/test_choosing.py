"""What readers choose, and where they say so: other passages, another language; by page, form, import or restart."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from dripcourse.domain.progress import Rule
from dripcourse.errors import InputError
from dripcourse.flows import confirming, pace, reader, signup
from dripcourse.flows.imports import import_people, read_rows
from dripcourse.flows.notify import send_notices
from dripcourse.flows.publish import publish
from dripcourse.storage import courses, forms
from dripcourse.storage.tables import notice
from tests.flows.sky import got, small, texts
from tests.flows.stage import DAY, Stage, utc


def test_who_opts_out_gets_the_other_passage_and_the_same_action_on_that_day_only(sky: Stage) -> None:
    anna = sky.enroll("anna")
    sky.enroll("ben")
    desk = reader.choose(sky.engine, anna.public_id, "", "stars", sky.clock())
    assert desk.run.without == "stars"
    sky.at("2026-03-06 08:00")
    assert "This is plain." in got("anna")["Day 2: two"]
    assert "ON THE GROUND" in got("anna")["Day 2: two"].upper()
    assert "Stars" not in got("anna")["Day 2: two"]
    assert "Do one thing." in got("anna")["Day 2: two"]
    assert "This is two." in got("ben")["Day 2: two"]
    assert got("anna")["Day 1: one"].count("This is one.") == 1


def test_who_chooses_german_gets_mails_and_notices_in_german_from_then_on(sky: Stage) -> None:
    anna = sky.enroll("anna")
    sky.at("2026-03-03 08:00")
    reader.choose(sky.engine, anna.public_id, "de", "", sky.clock())
    sky.at("2026-03-04 08:00")
    reader.pause(sky.engine, anna.public_id, utc("2026-03-10 00:00").date(), sky.clock())
    send_notices(sky.engine)
    reader.resume(sky.engine, anna.public_id, sky.clock())
    send_notices(sky.engine)
    said = got("anna")
    assert "Day 1: one" in said
    assert "Tag 2 von 4" in said["Tag 2: two"]
    assert "angemeldet" in said["Tag 2: two"]
    paused, resumed = [text for to, subject, text in texts if "Himmel" in subject]
    assert "frühestens am Dienstag, 10. März 2026" in paused
    assert "Donnerstag, 5. März 2026, um 08:00 Uhr" in resumed


@pytest.mark.parametrize(("language", "without", "found"), [("fr", "", "'fr'"), ("", "moon", "'moon'")])
def test_a_choice_the_course_does_not_offer_is_refused(
    small_sky: Stage, language: str, without: str, found: str
) -> None:
    anna = small_sky.enroll("anna")
    with pytest.raises(InputError, match=found):
        reader.choose(small_sky.engine, anna.public_id, language, without, small_sky.clock())
    assert small_sky.again(anna) == anna


def test_a_choice_outlives_a_restart_and_a_version_without_it(small_sky: Stage) -> None:
    stage = small_sky
    anna = stage.enroll("anna")
    reader.choose(stage.engine, anna.public_id, "de", "stars", stage.clock())
    again = stage.do(pace.restart, stage.again(anna))
    assert (again.language, again.without) == ("de", "stars")
    plain = replace(small(), optional={}, lessons=tuple(replace(x, instead="") for x in small().lessons))
    publish(stage.db, plain, stage.engine.brand, Rule.FOLLOW, stage.clock())  # neither German nor other passages
    stage.at("2026-03-04 08:00")
    assert "This is two." in got("anna")["Day 2: two"]


def test_what_is_no_longer_offered_keeps_nobody_from_choosing_something_else(small_sky: Stage) -> None:
    stage = small_sky
    anna = stage.enroll("anna")
    reader.choose(stage.engine, anna.public_id, "de", "stars", stage.clock())
    other = {"optional": {"moon": "Stars"}}
    publish(stage.db, replace(small(), **other), stage.engine.brand, Rule.FOLLOW, stage.clock())  # type: ignore[arg-type]
    desk = reader.choose(stage.engine, anna.public_id, "de", "stars,moon", stage.clock())
    assert (desk.run.language, desk.run.without) == ("", "moon")
    again = stage.do(pace.restart, desk.run)
    assert (again.language, again.without) == ("", "moon")


def test_who_signs_up_once_more_need_not_opt_out_again(small_sky: Stage) -> None:
    stage = small_sky
    anna = stage.enroll("anna")
    reader.choose(stage.engine, anna.public_id, "", "stars", stage.clock())
    stage.do(pace.cancel, anna)
    assert stage.enroll("anna").without == "stars"


def test_a_form_in_german_asks_confirms_and_begins_in_german(small_sky: Stage) -> None:
    stage = small_sky
    with stage.db.writing() as tx:
        row = courses.find(tx, "sky")
        form = forms.add(tx, slug="f", title="Himmel", wording="Ja.", course_id=row.id, at=stage.clock(), language="de")
    signup.request(stage.engine, form, signup.Request("anna@example.com"), stage.clock())
    assert send_notices(stage.engine) == 1
    assert "Sind Sie das wirklich?".upper() in next(iter(got("anna").values())).upper()
    with stage.db.reading() as tx:
        asked = tx.execute(select(notice.c.public_id)).scalar_one()
    one = confirming.confirm(stage.engine, asked, stage.clock(), 14 * DAY).run
    assert one is not None
    assert one.language == "de"
    stage.at("2026-03-03 08:00")
    assert "Tag 1: one" in got("anna")


def test_an_import_may_name_the_language_and_the_perspectives_somebody_does_without(small_sky: Stage) -> None:
    stage = small_sky
    lines = ["address,course,language,without", "anna@example.com,sky,de,stars", "ben@example.com,sky,,",
             "carl@example.com,sky,fr,", "dora@example.com,sky,,moon"]  # fmt: skip
    done = import_people(stage.db, stage.engine.shelf, read_rows(lines), stage.clock())
    assert done.enrolled == 2
    assert [line for line, _ in done.refused] == [4, 5]
    assert "it is in: en, de" in done.refused[0][1]
    stage.at("2026-03-04 08:00")
    assert "This is plain." in got("anna")["Tag 2: two"]
    assert "This is two." in got("ben")["Day 2: two"]
