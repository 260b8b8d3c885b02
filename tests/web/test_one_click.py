"""One-click unsubscribing, rule by rule (RFC 8058; U1 to U12), and the leave page beside it. U3 is in test_dkim."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from dripcourse.flows import lapses
from dripcourse.mail.links import Links
from dripcourse.storage import consents, events, forms
from dripcourse.web.app import create_app
from tests.mail.material import header, headers
from tests.web.conftest import World, browser, link, one_click_link

PAIR = {"List-Unsubscribe": "One-Click"}
BODY = b"List-Unsubscribe=One-Click"
URLENCODED = "application/x-www-form-urlencoded"


def lesson_of(world: World) -> bytes:
    """Anne signs up, confirms, and gets her first lesson."""
    world.enrolled()
    world.send()
    world.clock.turn(hours=19)
    ((_, raw),) = world.send()
    return raw


def one_click_of(world: World) -> str:
    return world.path("one-click", world.enrolled().public_id)


def test_u1_u2_the_headers_hold_one_https_link_and_the_pair(world: World) -> None:
    raw = lesson_of(world)
    names = [name.lower() for name, _ in headers(raw)]
    assert names.count("list-unsubscribe") == names.count("list-unsubscribe-post") == 1
    assert len(re.findall("https:", header(raw, "List-Unsubscribe"))) == 1
    assert "=?" not in header(raw, "List-Unsubscribe")
    assert header(raw, "List-Unsubscribe-Post") == "List-Unsubscribe=One-Click"


def test_u4_both_kinds_of_body_unsubscribe(world: World) -> None:
    where = one_click_of(world)
    assert world.client.post(where, data=PAIR).status_code == 200
    assert world.run().state == "left"
    world.client.post(world.path("undo", world.run().public_id), data={"do": "undo"})
    assert world.run().state == "active"
    multipart = {"List-Unsubscribe": (None, "One-Click")}
    assert world.client.post(where, files=multipart).status_code == 200
    assert world.run().state == "left"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", URLENCODED),
        (b"", ""),
        (b"List-Unsubscribe=", URLENCODED),
        (b"List-Unsubscribe=one-click", URLENCODED),
        (b"list-unsubscribe=One-Click", URLENCODED),
        (b'{"List-Unsubscribe": "One-Click"}', "application/json"),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b"List-Unsubscribe=One-Click", "multipart/form-data"),
        (b"\xff\xfe", URLENCODED),
        (b"a=1&" * 100, URLENCODED),
    ],
)
def test_u4_without_the_pair_nothing_changes(world: World, body: bytes, kind: str) -> None:
    where = one_click_of(world)
    before = world.fingerprint()
    answer = world.client.post(where, content=body, headers={"Content-Type": kind} if kind else {})
    assert answer.status_code == 400
    assert world.fingerprint() == before


def test_u5_it_needs_no_cookie_no_origin_no_agent_no_header_at_all(world: World) -> None:
    request = world.client.build_request("POST", one_click_of(world), content=BODY)
    for name in set(request.headers) - {"host", "content-length"}:
        del request.headers[name]
    assert world.client.send(request).status_code == 200
    assert world.run().state == "left"


def test_u5_foreign_headers_do_not_matter(world: World) -> None:
    strange = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site", "Cookie": "a=b", "Authorization": "x"}
    assert world.client.post(one_click_of(world), data=PAIR, headers=strange).status_code == 200


@pytest.mark.parametrize(
    "prefix", ["https://course.example.org", "https://COURSE.EXAMPLE.ORG", "http://course.example.org"]
)
@pytest.mark.parametrize("end", ["", "/"])
def test_u6_the_answer_is_200_and_no_redirect(world: World, prefix: str, end: str) -> None:
    answer = world.client.post(prefix + one_click_of(world) + end, data=PAIR)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    assert world.run().state == "left"


def test_u7_a_link_with_any_one_character_changed_is_no_link(world: World) -> None:
    where = one_click_of(world)
    before = world.fingerprint()
    start = len("/one-click/")
    for place in range(start, len(where)):
        other = "A" if where[place] != "A" else "B"
        assert world.client.post(where[:place] + other + where[place + 1 :], data=PAIR).status_code == 404, place
    assert world.fingerprint() == before


def test_u8_fetching_does_not_unsubscribe(world: World) -> None:
    where = one_click_of(world)
    before = world.fingerprint()
    for _ in range(50):
        for method in ("GET", "HEAD", "OPTIONS"):
            answer = world.client.request(method, where)
            assert answer.status_code == 405
            assert answer.headers["allow"] == "POST"
    assert world.fingerprint() == before


def test_u9_a_hundred_posts_at_once_are_one_consent_entry_and_one_event(both: World) -> None:
    where = one_click_of(both)
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: both.client.post(where, data=PAIR).status_code, range(100)))
    assert answers == [200] * 100
    one = both.run()
    with both.db.reading() as tx:
        withdrawn = [entry for entry in consents.history(tx, one.subscriber_id) if entry.kind == "withdrawn"]
        left = [event for event in events.of_enrollment(tx, one.id) if event.kind == "left"]
    assert (len(withdrawn), len(left)) == (1, 1)
    assert len([raw for _, raw in both.send() if "You have left" in header(raw, "Subject")]) == 1


def test_u10_a_link_works_after_a_year_and_with_a_new_key(world: World) -> None:
    where = one_click_of(world)
    world.clock.turn(days=365)
    links = Links(world.settings.base_url, (*world.settings.secret_keys, "the-newer-key-of-the-two"))
    app = create_app(replace(world.engine, links=links), world.settings)
    assert browser(app).post(where, data=PAIR).status_code == 200
    assert world.run().state == "left"


def test_u10_a_link_of_somebody_who_was_erased_is_answered_alike(world: World) -> None:
    assert world.client.post(world.path("one-click", "nobodyanymore"), data=PAIR).status_code == 200


def test_u10_a_dropped_key_opens_nothing(world: World) -> None:
    where = one_click_of(world)
    links = Links(world.settings.base_url, ("the-newer-key-of-the-two",))
    app = create_app(replace(world.engine, links=links), world.settings)
    assert browser(app).post(where, data=PAIR).status_code == 404


def test_u11_no_budget_stands_in_the_way(world: World) -> None:
    where = one_click_of(world)
    with world.db.writing() as tx:
        forms.hold(tx, forms.find(tx, "steps").id, world.clock() + timedelta(days=1))
    for _ in range(30):
        refused = world.client.post("/f/steps", data=world.entry)
    assert refused.status_code in (429, 503)
    assert world.client.post(where, data=PAIR).status_code == 200


def test_a_link_of_an_earlier_run_ends_the_one_under_way(world: World) -> None:
    """Who unsubscribes in an old mail wants no more of this course, whichever run that mail was of."""
    old = world.enrolled()
    world.client.post(world.path("leave", old.public_id), data={"do": "leave"})
    world.clock.turn(days=2)
    world.send()
    new = world.enrolled()
    assert (new.run, new.state) == (2, "active")
    assert world.client.post(world.path("one-click", old.public_id), data=PAIR).status_code == 200
    assert [run.state for run in world.runs()] == ["left", "left"]


def test_the_undo_link_of_an_earlier_run_starts_no_second_one(world: World) -> None:
    old = world.enrolled()
    world.client.post(world.path("leave", old.public_id), data={"do": "leave"})
    world.clock.turn(days=2)
    world.send()
    world.enrolled()
    assert world.client.post(world.path("undo", old.public_id), data={"do": "undo"}).status_code == 200
    assert [run.state for run in world.runs()] == ["left", "active"]


def test_the_leave_page_has_one_button_and_shows_the_address_masked(world: World) -> None:
    where = link(lesson_of(world), "leave")
    page = world.client.get(where)
    assert "a…e@example.net" in page.text
    assert "anne@example.net" not in page.text
    assert page.text.count("<button") == 1
    assert world.client.post(where).status_code == 400
    assert world.run().state == "active"


def test_leaving_twice_shows_the_same_page_and_its_undo_brings_back(both: World) -> None:
    where = both.path("leave", both.enrolled().public_id)
    first, second = (both.client.post(where, data={"do": "leave"}) for _ in range(2))
    assert first.status_code == 200
    assert first.content == second.content
    (undo,) = re.findall(r'action="(/undo/[^"]+)"', first.text)
    assert both.client.get(undo).status_code == 200
    assert both.run().state == "left"
    for _ in range(2):
        assert both.client.post(undo, data={"do": "undo"}).status_code == 200
    assert both.run().state == "active"


def test_who_finished_reads_that_nothing_comes_any_more(world: World) -> None:
    world.enrolled()
    for _ in range(4):
        world.send()
        world.clock.turn(days=1)
    assert world.run().state == "finished"
    answer = world.client.post(world.path("leave", world.run().public_id), data={"do": "leave"})
    assert "No more emails will come" in answer.text
    assert "/undo/" not in answer.text


def decline_now_of(world: World) -> str:
    """The one click of the confirm mail that a sign-up brings."""
    world.sign_up()
    ((_, raw),) = world.send()
    assert header(raw, "List-Unsubscribe-Post") == "List-Unsubscribe=One-Click"
    (where,) = re.findall(r"<https://course\.example\.org(/decline-now/[^>]+)>", header(raw, "List-Unsubscribe"))
    assert where.rpartition("/")[2] != link(raw, "decline").rpartition("/")[2]
    return str(where)


def test_u12_the_one_click_of_a_confirm_mail_ends_the_sign_up_and_all_to_come(both: World) -> None:
    where = decline_now_of(both)
    for _ in range(2):
        assert both.client.post(where, data=PAIR).status_code == 200
    for _ in range(10):
        both.clock.turn(days=40)
        both.sign_up()
        assert both.send() == []
    assert both.runs() == []


def test_u12_it_counts_when_the_sign_up_and_its_person_are_long_forgotten(both: World) -> None:
    where = decline_now_of(both)
    both.clock.turn(days=16)
    keys = both.settings.secret_keys
    assert lapses.forget(both.db, keys, timedelta(days=14), both.clock()).people == 1
    for _ in range(2):
        assert both.client.post(where, data=PAIR).status_code == 200
    both.clock.turn(days=20)
    both.sign_up()
    assert both.send() == []


def test_u12_it_asks_for_the_pair_and_reading_it_does_nothing(world: World) -> None:
    where = decline_now_of(world)
    before = world.fingerprint()
    assert world.client.post(where).status_code == 400
    for method in ("GET", "HEAD", "OPTIONS"):
        assert world.client.request(method, where).status_code == 405
    assert world.client.post(where.replace("decline-now", "one-click"), data=PAIR).status_code == 404
    assert world.fingerprint() == before


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [
        ("de-AT,de;q=0.9,en;q=0.8", "Sie sind von diesem Kurs abgemeldet"),
        ("fr, de;q=0.5, en;q=0.1", "Sie sind von diesem Kurs abgemeldet"),
        ("de;q=0, en", "You have left"),
        ("fr", "You have left"),
        ("de;q=x, *;q=0.1, ,;", "You have left"),
        ("", "You have left"),
    ],
)
def test_the_answer_speaks_the_language_that_is_asked_for(world: World, asked: str, spoken: str) -> None:
    answer = world.client.post(one_click_of(world), data=PAIR, headers={"Accept-Language": asked})
    assert answer.text.startswith(spoken)
    assert answer.headers["vary"] == "Accept-Language"


def test_a_link_that_is_none_is_told_so_in_the_language_that_is_asked_for(world: World) -> None:
    german = world.client.get("/leave/x.y", headers={"Accept-Language": "de"})
    assert german.status_code == 404
    assert '<html lang="de"' in german.text
    assert "Hier ist nichts" in german.text
    assert "link" not in german.text.partition("<main>")[2]
    assert "This link is not valid" in world.client.get("/leave/x.y", headers={"Accept-Language": "fr"}).text


def test_leaving_can_be_undone_for_a_day_and_then_the_page_says_how_to_begin_anew(world: World) -> None:
    one = world.enrolled()
    undo = world.path("undo", one.public_id)
    world.client.post(world.path("leave", one.public_id), data={"do": "leave"})
    world.clock.turn(hours=24)
    assert 'value="undo"' in world.client.get(undo).text
    world.clock.turn(seconds=1)
    before = world.fingerprint()
    for answer in (world.client.get(undo), world.client.post(undo, data={"do": "undo"})):
        assert answer.status_code == 410
        assert "more than a day ago" in answer.text
        assert f'href="{world.path("me", one.public_id)}"' in answer.text
    assert "/undo/" not in world.client.get(world.path("me", one.public_id)).text
    assert world.fingerprint() == before


def test_u1_with_an_address_for_it_the_second_way_is_a_mail_with_his_own_mark(world: World) -> None:
    world.engine = replace(world.engine, leave_address="leave@example.org")
    raw = lesson_of(world)
    mark = world.engine.links.token("mail-leave", world.run().public_id)
    second = f"mailto:leave@example.org?subject={mark}"
    assert header(raw, "List-Unsubscribe") == f"<https://course.example.org{one_click_link(raw)}>, <{second}>"
    assert len(second) <= 76  # T1: as the host is short
    assert f"\r\n <{second}>\r\n".encode() in raw


def test_the_header_link_and_the_body_link_differ(world: World) -> None:
    raw = lesson_of(world)
    header_token = one_click_link(raw).removeprefix("/one-click/")
    assert link(raw, "leave").removeprefix("/leave/") != header_token
