"""Every page a mail leads to speaks its reader's language, all of it, and no other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from httpx2 import Response

import dripcourse.web
from dripcourse.addresses import parse_address
from dripcourse.domain.consent import Inbound
from dripcourse.domain.fields import Field
from dripcourse.domain.forms import FormSettings
from dripcourse.domain.progress import Rule
from dripcourse.domain.states import EnrollmentState
from dripcourse.flows import gate, inbound, pace, publish
from dripcourse.storage import courses, forms, notices, subscribers, suppressions
from dripcourse.web import page as pages
from dripcourse.web.words import tables
from tests.mail.material import Page
from tests.web.conftest import World
from tests.web.reader.conftest import COURSE, GERMAN, Reading

WEB = Path(dripcourse.web.__file__).parent
TABLES = tables()
SOURCES = {file.stem: file.read_text(encoding="utf-8") for file in (WEB / "pages").glob("*.html")}
#: The pages that are made of words alone, and what they are made of.
SPOKEN = {name for name, source in SOURCES.items() if re.search(r'extends "(door|reader|form)_frame', source)}
PIECES = {"door_frame", "reader_frame", "form_frame", "_field", "_reader", "lesson_bar"}
OTHER = {"en": "de", "de": "en"}
OWN = {each.language: replace(each, slug="own", optional={}, lessons=each.lessons[2:3]) for each in (COURSE, GERMAN)}


def foreign(language: str) -> set[str]:
    """What only the other language says: its words between the braces, where they are long enough to be told apart."""
    said = " ".join(TABLES[language].values())
    parts = (re.split(r"\{\w+\}", text) for name, text in TABLES[OTHER[language]].items() if "region_" not in name)
    found = {part.strip(" .,:;?“”„()·") for each in parts for part in each}
    return {part for part in found if len(part) >= 5 and not re.search(rf"\b{re.escape(part)}\b", said)}


def visible(text: str) -> str:
    """What a reader sees or hears of the page: its text, and the attributes that are read out."""
    heard = re.findall(r'\s(?:label|title|aria-label)="([^"]*)"', text)
    bare = re.sub(r"<(style|script)\b.*?</\1>|<[^>]+>", " ", text, flags=re.DOTALL)
    return " ".join([*heard, *bare.split()]).replace("&#39;", "'").replace("&amp;", "&")


def confirm_notice(
    anne: Reading, language: str, form: str = "f", at: datetime | None = None, who: int | None = None
) -> str:
    """The public id of a confirm mail in that language; it is hers, asked for at the moment her run began."""
    world, run = anne.world, anne.world.run()
    plan = {"zone": "Europe/Berlin", "hour": "08:00", "weekdays": 127, "every": 1}
    context = {"course_id": run.course_id, "form": form, "form_version": 1, "wording": "§", "plan": plan, "source": {}}
    context["language"] = language
    with world.db.writing() as tx:
        made = notices.add(
            tx, who or run.subscriber_id, "confirm", context, host="example.org", at=at or run.created_at
        )
    return made.public_id


def at_the_link(anne: Reading, language: str) -> Iterator[Response]:
    """A confirm link is good for going on, for beginning, and, each for another reason, for nothing."""
    world, now = anne.world, anne.world.clock()
    inbound.leave(world.engine, world.run().public_id, Inbound.LEFT, now)
    yield world.client.get(world.path("confirm", confirm_notice(anne, language, at=now)))
    inbound.come_back(world.engine, world.engine.shelf, world.run().public_id, now)
    with world.db.writing() as tx:
        cora = subscribers.held(tx, parse_address("cora@example.net"), name="", at=now).id
        one = FormSettings(capacity=1)
        course_id = world.run().course_id
        form = forms.add(tx, slug="one", title="§", wording="§", course_id=course_id, at=now, settings=one)
    early, late = (confirm_notice(anne, language, "one", at, cora) for at in (now, now - timedelta(days=15)))
    for change in (lambda _: None, lambda tx: forms.seat(tx, form.id, 1), lambda tx: forms.close(tx, "one"),
                   lambda tx: suppressions.add(tx, "cora@example.net", "complaint", now)):  # fmt: skip
        yield world.client.get(world.path("confirm", late))
        with world.db.writing() as tx:
            change(tx)
        yield world.client.get(world.path("confirm", early))


def at_the_form(world: World, language: str) -> Iterator[Response]:
    """The form of a course in that language: empty, with nothing filled in, with all of it wrong, and taken."""
    publish.publish(world.db, OWN[language], world.engine.brand, Rule.FOLLOW, world.clock())
    with world.db.writing() as tx:
        course = courses.find(tx, "own")
        forms.add(tx, slug="own", title="§", wording="§ 1", course_id=course.id, at=world.clock())
    yield world.client.get("/f/own")
    yield world.client.post("/f/own", data={})
    for address in ("anne@", "änne@example.net"):
        wrong = {"address": address, "name": "<", "hour": "25:00", "zone": "Mars/Base"}
        yield world.client.post("/f/own", data=wrong)
    with world.db.reading() as tx:
        ticket = gate.ticket(world.engine, forms.find(tx, "own"), world.clock() - timedelta(minutes=1))
    yield world.client.post("/f/own", data=world.entry | {"address": "bea@example.net", "ticket": ticket})
    yield from at_the_form_of_an_author(world)


def at_the_form_of_an_author(world: World) -> Iterator[Response]:
    """With fields of his own, all wrong; from another site; over, full and closed."""

    def become(settings: FormSettings, **more: bool) -> None:
        with world.db.writing() as tx:
            forms.edit(tx, "own", settings=settings, **more)

    wrong = {"a": "", "b": "x", "c": "x", "d": "x", "e": "xx", "f": "<"}
    kinds = ("text", "number", "choice", "checkbox", "text", "text")
    fields = tuple(
        Field(name, "§", kind, required=not text, choices=("1", "2") if kind == "choice" else (), most=1)
        for (name, text), kind in zip(wrong.items(), kinds, strict=True)
    )
    become(FormSettings(fields=fields))
    yield world.client.post("/f/own", data=wrong)
    become(FormSettings(thank_you="https://school.example/", frames=True, origins=("https://school.example",)))
    yield world.client.post("/f/own", data={"address": "bea@example.net"})
    yield world.client.post("/f/own?frame=1", data={"homepage": "x"})
    for shut in (FormSettings(closes_on=date(2020, 1, 1)), FormSettings(capacity=0)):
        become(shut)
        yield world.client.get("/f/own")
    become(FormSettings(), open=False)
    yield world.client.get("/f/own")


def at_the_desk(anne: Reading) -> Iterator[Response]:
    """Her own pages, with each thing done once and each thing done wrong."""
    for rest in ("", "/lessons", "/lesson/one", "/done/one", "/not-today/one", "/pace", "/lesson/nope", "/restart",
                 "/again/one", "/data"):  # fmt: skip
        yield anne.get(rest)
    for tap in ("done", "not-today", ""):
        yield anne.post(f"/{tap or 'done'}/one", tap)
    for button, fields in (
        ("hour", {"hour": "7:00", "zone": "UTC"}), ("hour", {}), ("hour", {"hour": "25:00"}),
        ("hour", {"hour": "7:00", "zone": "Mars/Base"}), ("pace", {"pace": "weekdays"}), ("pace", {}),
        ("pause-until", {}), ("pause-until", {"until": "x"}), ("option-out", {"option": "faith"}), ("", {}),
        ("option-in", {"option": "faith"}), ("pause-7", {}), ("resume", {}), ("pause-open", {}),
    ):  # fmt: skip
        yield anne.post("/pace", button, **fields)
    yield anne.get()
    yield anne.look("skip", lesson="two")
    yield anne.get("/pace")
    anne.post("/pace", "resume")
    for button, fields in (("hour", {"hour": "7:00", "zone": "UTC"}), ("pace", {"pace": "daily"}), ("skip", {}),
                           ("", {}), ("pause-until", {"until": "2026-05-01"}),
                           ("skip", {"lesson": "two"})):  # fmt: skip
        yield anne.look(button, **fields)
    yield anne.post("/pace", "skip", lesson="two")
    yield anne.get("/lessons")
    yield anne.post("/pace", "now", lesson="bye")
    yield from (anne.post("/again/one", press) for press in ("again", "again", "again", "again", ""))


def her_own(anne: Reading) -> Iterator[Response]:
    """The links to her data: asked for, opened, and over; then the course begun anew."""
    world = anne.world
    for what in ("data", "data", "erase", ""):
        yield anne.post("/data", what)
    for what in ("data", "erase"):
        yield world.client.get(_own_link(anne, what))
        world.clock.turn(days=2)
        yield world.client.get(_own_link(anne, what))
        world.clock.turn(days=-2)
    yield from (anne.post("/restart", press) for press in ("", "restart"))
    yield anne.get("/lessons")


def _own_link(anne: Reading, what: str) -> str:
    (notice,) = [str(row[1]) for row in anne.world.rows("notice") if what in row]
    return anne.world.path(what, notice)


def at_the_end(anne: Reading, language: str) -> Iterator[Response]:
    """Nothing more can be had, and she has herself erased."""
    yield from (anne.get(rest) for rest in ("/restart", "/again/one"))
    yield from (anne.post("/restart", "restart"), anne.post("/data", "data"))
    gone = _own_link(anne, "erase")
    yield anne.world.client.post(gone, data={"do": "erase"})
    yield anne.world.client.get(gone, headers={"Accept-Language": language})


def at_the_door(anne: Reading, language: str) -> Iterator[Response]:
    """In, out, in again, out for good, over, and declined at last."""
    world, run, notice = anne.world, anne.world.run().public_id, confirm_notice(anne, language)
    for purpose, public_id in (("confirm", notice), ("decline", notice), ("leave", run), ("undo", run)):
        yield world.client.get(world.path(purpose, public_id))
    confirm = (world.path("confirm", notice), {"do": "confirm"})
    yield world.client.post(confirm[0], data=confirm[1])
    for purpose in ("leave", "undo", "leave"):
        yield world.client.post(world.path(purpose, run), data={"do": purpose})
    yield anne.get()
    world.clock.turn(hours=25)
    yield world.client.get(world.path("undo", run))
    world.clock.turn(hours=-25)
    yield world.client.post(confirm[0], data=confirm[1])
    world.client.post(world.path("undo", run), data={"do": "undo"})
    with world.db.writing() as tx:
        pace.end(tx, world.run().id, EnrollmentState.FINISHED, "over", world.clock(), how="cli")
    yield world.client.post(confirm[0], data=confirm[1])
    yield world.client.post(world.path("leave", run), data={"do": "leave"})
    yield anne.get("/pace")
    yield world.client.post(world.path("decline", notice), data={"do": "decline"})


@pytest.mark.parametrize("language", OTHER)
def test_each_page_is_in_its_readers_language_and_in_no_other(
    anne: Reading, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, env = set(), pages._templates()
    load = env.get_template
    monkeypatch.setattr(env, "get_template", lambda name, *at: made.add(name[:-5]) or load(name, *at))
    anne.post("/pace", "language", language=language)
    strange = foreign(language)
    for answer in (*at_the_form(anne.world, language), *at_the_desk(anne), *her_own(anne),
                   *at_the_link(anne, language), *at_the_door(anne, language),
                   *at_the_end(anne, language)):  # fmt: skip
        where, seen = f"{answer.request.method} {answer.url.path}", visible(answer.text)
        assert answer.status_code in (200, 202, 400, 404, 409, 410), where
        page = Page(answer.text)
        assert (page.all("html")[0]["lang"], page.all("html")[0]["dir"]) == (language, "ltr"), where
        assert [part for part in strange if re.search(rf"(?<!\w){re.escape(part)}(?!\w)", seen)] == [], where
        regions = {group["label"] for group in page.all("optgroup")}
        assert regions <= {text for name, text in TABLES[language].items() if "region_" in name}, where
    assert made >= SPOKEN


def test_the_words_that_only_one_language_has_are_many() -> None:
    """Else the test above would prove nothing."""
    assert min(len(foreign(language)) for language in OTHER) > 140


def test_words_alike_in_both_languages_are_names_and_loanwords() -> None:
    alike = {name for name, text in TABLES["en"].items() if TABLES["de"][name] == text}
    assert {name for name in alike if "region_" not in name} == {"pause_heading", "in_city"}


@pytest.mark.parametrize("name", sorted(SPOKEN | PIECES))
def test_no_template_has_words_of_its_own(name: str) -> None:
    """A language that is added to the words is then spoken everywhere."""
    bare = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", SOURCES[name], flags=re.DOTALL)
    bare = re.sub(r"<style>.*?</style>", "", bare, flags=re.DOTALL)
    heard = re.findall(r'(?:label|title|aria-label|placeholder)="([^"]*)"', bare)
    assert not re.search(r"[^\W\d_]", " ".join([*heard, re.sub(r'<[^>]+>|[\w-]+="[^"]*"', "", bare)]))


@pytest.mark.parametrize("language", OTHER)
def test_the_ways_out_say_how_to_have_ones_data_deleted(anne: Reading, language: str) -> None:
    anne.post("/pace", "language", language=language)
    run, client = anne.world.run().public_id, anne.world.client
    leave, undo = (anne.world.path(purpose, run) for purpose in ("leave", "undo"))
    asked, left = client.get(leave).text, client.post(leave, data={"do": "leave"}).text
    assert all(f'href="{anne.me}/data">{TABLES[language]["see_or_delete"]}</a>' in text for text in (asked, left))
    assert f'href="{anne.me}">' in client.post(undo, data={"do": "undo"}).text
    assert all(f'href="{anne.me}/data"' in anne.get(rest).text for rest in ("", "/lessons", "/pace", "/restart"))


def test_a_course_in_a_language_we_have_no_words_in_is_met_in_english_and_its_title_is_marked(world: World) -> None:
    french = replace(COURSE, slug="own", title="Parlons", language="fr-CA", optional={})
    publish.publish(world.db, french, world.engine.brand, Rule.FOLLOW, world.clock())
    with world.db.writing() as tx:
        course = courses.find(tx, "own")
        forms.add(tx, slug="own", title="Parlons", wording="Oui", course_id=course.id, at=world.clock())
    text = world.client.get("/f/own").text
    assert Page(text).all("html") == [{"lang": "en", "dir": "ltr"}]
    assert '<h1><bdi lang="fr-CA">Parlons</bdi></h1>' in text
    assert '<bdi lang="fr-CA">Oui</bdi></label>' in text


def test_a_decline_link_without_its_mail_still_has_a_page(anne: Reading) -> None:
    answer = anne.world.client.get(anne.world.path("decline", "nosuchmail"))
    assert (answer.status_code, Page(answer.text).all("html")[0]["lang"]) == (200, "en")


def test_who_comes_back_paused_reads_that_he_is(anne: Reading) -> None:
    world, run = anne.world, anne.world.run().public_id
    anne.post("/pace", "language", language="de")
    anne.post("/pace", "pause-7")
    inbound.leave(world.engine, run, Inbound.LEFT, world.clock())
    text = world.client.post(world.path("undo", run), data={"do": "undo"}).text
    assert "<p>Pause.</p>" in text
    assert "Ihre nächste Lektion: Donnerstag, 12. März, 08:00 Uhr in Berlin" in text
    assert "Danach kommen die Lektionen jeden Tag um diese Zeit." in text
