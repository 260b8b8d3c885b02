"""The form takes what it should, says what is wrong, and never says who is known here."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from dripcourse.domain.forms import FormSettings
from dripcourse.storage import consents, enrollments, forms, suppressions
from tests.mail.material import Page, header, part
from tests.web.conftest import WORDING, World, browser, link


def test_the_form_shows_the_wording_beside_a_box_nobody_has_ticked(world: World) -> None:
    page = world.client.get("/f/steps")
    assert page.status_code == 200
    assert f"<bdi>{WORDING}</bdi></label>" in page.text
    (box,) = [field for field in Page(page.text).all("input") if field.get("type") == "checkbox"]
    assert "checked" not in box
    assert "required" in box


def test_every_visible_field_has_a_label(world: World) -> None:
    page = Page(world.client.get("/f/steps").text)
    fields = page.all("input") + page.all("select")
    labelled = {label["for"] for label in page.all("label")}
    assert {field["id"] for field in fields if field.get("type") != "hidden"} == labelled
    assert len(page.all("h1")) == 1
    assert page.all("html") == [{"lang": "en", "dir": "ltr"}]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("address", "", "address"),
        ("address", "anne", "“anne” is not"),
        ("address", "änne@example.net", "letters before the @"),
        ("address", "anne@", "“anne@” is not"),
        ("address", "a" * 300 + "@example.net", "aaa…” is not an email address"),
        ("name", "win at http://bad.example", "web address"),
        ("name", "www.bad.example", "web address"),
        ("name", "<b>Anne</b>", "no web address, @ or angle brackets"),
        ("name", "x" * 65, "64"),
        ("zone", "", "time zone"),
        ("zone", "Europe/Bärlin", "“europe/bärlin” is not a time zone we know"),
        ("zone", "../../etc/passwd", "not a time zone we know"),
        ("hour", "25:00", "“25:00” is not a time"),
        ("hour", "", "hour"),
        ("agree", "", "tick"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_typed_is_lost(world: World, field: str, value: str, said: str) -> None:
    before = world.fingerprint()
    answer = world.client.post("/f/steps", data={**world.entry, "name": "Anne", field: value})
    page = Page(answer.text)
    assert answer.status_code == 400
    assert [f["aria-describedby"] for f in page.all("input") + page.all("select") if "aria-invalid" in f] == [
        f"{field}-mistake"
    ]
    (mistake,) = re.findall(rf'id="{field}-mistake">([^<]+)<', answer.text)
    assert said in mistake.lower()
    if field != "address":
        (address,) = [f for f in page.all("input") if f.get("name") == "address"]
        assert address["value"] == "anne@example.net"
    assert world.fingerprint() == before


def test_what_is_shown_again_is_escaped(world: World) -> None:
    answer = world.client.post("/f/steps", data={**world.entry, "name": '"><script>alert(1)</script>'})
    assert answer.status_code == 400
    assert "<script>alert" not in answer.text


def test_controls_in_fields_do_no_harm(both: World) -> None:
    """PostgreSQL refuses NUL in a text."""
    both.sign_up(name="An\x00ne\r\nBcc: x", utm_source="a\x00b")
    ((_, raw),) = both.send()
    assert header(raw, "To") == "anne@example.net"
    assert both.client.get("/f/%00").status_code == 404


def test_who_mistyped_his_address_reads_what_to_do(world: World) -> None:
    page = world.sign_up().decode()
    assert "Mistyped your address?" in page
    assert "/f/steps" in Page(page).links
    assert "Whoever is in the course already gets an email that says so." in page


def test_a_filled_trap_gets_the_same_page_and_nothing_happens(world: World) -> None:
    page = world.sign_up(homepage="https://bad.example")
    assert world.rows("sign_up") == world.rows("subscriber") == []
    assert page == world.sign_up()
    assert len(world.rows("sign_up")) == 1


def test_where_somebody_came_from_is_kept_without_what_tells_more(world: World) -> None:
    came_from = "https://blog.example/post?email=anne@example.net#top"
    form = world.client.get("/f/steps?utm_source=news", headers={"Referer": came_from})
    hidden = {f["name"]: f["value"] for f in Page(form.text).all("input") if f.get("type") == "hidden"}
    world.client.post("/f/steps?utm_source=news&utm_campaign=" + "c" * 999, data=hidden | world.entry)
    ((_, raw),) = world.send()
    world.client.post(link(raw, "confirm"), data={"do": "confirm"})
    with world.db.reading() as tx:
        source = enrollments.source_of(tx, world.run().id)
    assert source == {
        "form": "steps",
        "path": "page",
        "utm_source": "news",
        "utm_campaign": "c" * 200,
        "referrer": "https://blog.example/post",
    }


@pytest.mark.parametrize("referrer", ["javascript:alert(1)", "https://", "//x", "http://[", "about:blank", "\x00"])
def test_what_is_no_web_page_is_no_referrer(world: World, referrer: str) -> None:
    world.sign_up(referrer=referrer)
    ((_, raw),) = world.send()
    world.client.post(link(raw, "confirm"), data={"do": "confirm"})
    with world.db.reading() as tx:
        assert "referrer" not in enrollments.source_of(tx, world.run().id)


def test_opening_the_confirm_link_is_not_confirming(both: World) -> None:
    where = both.confirm_link()
    before = both.fingerprint()
    for _ in range(3):
        assert both.client.get(where).status_code == 200
    assert both.client.post(where).status_code == 400  # a form sent without its button
    assert both.fingerprint() == before


def test_confirming_twice_shows_success_and_enrols_once(both: World) -> None:
    where = both.confirm_link()
    first, second = (both.client.post(where, data={"do": "confirm"}) for _ in range(2))
    assert first.status_code == second.status_code == 200
    assert first.content == second.content
    assert len(both.runs()) == 1


def test_many_presses_at_once_enrol_once(both: World) -> None:
    where = both.confirm_link()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: both.client.post(where, data={"do": "confirm"}).status_code, range(24)))
    assert set(answers) == {200}
    assert len(both.runs()) == 1
    with both.db.reading() as tx:
        kinds = [entry.kind for entry in consents.history(tx, both.run().subscriber_id)]
    assert kinds == ["asked", "confirmed"]


def test_the_proof_of_consent_holds_the_wording(world: World) -> None:
    one = world.enrolled()
    with world.db.reading() as tx:
        asked, confirmed = consents.history(tx, one.subscriber_id)
    assert (asked.wording, confirmed.wording) == (WORDING, WORDING)
    assert asked.form_version == "steps/1"


def test_a_confirm_link_lapses_after_the_days_of_the_setting(world: World) -> None:
    where = world.confirm_link()
    world.clock.turn(days=world.settings.signup_days)
    assert world.client.get(where).status_code == 200
    world.clock.turn(seconds=1)
    assert world.client.get(where).status_code == 410
    assert world.client.post(where, data={"do": "confirm"}).status_code == 410
    assert world.runs() == []


def test_who_left_does_not_read_that_he_is_in(world: World) -> None:
    """The confirm mail still lies in his inbox; pressing again neither lies nor enrols."""
    where = world.confirm_link()
    world.client.post(where, data={"do": "confirm"})
    world.client.post(world.path("leave", world.run().public_id), data={"do": "leave"})
    again = world.client.post(where, data={"do": "confirm"})
    assert "This sign-up has ended" in again.text
    assert [run.state for run in world.runs()] == ["left"]


def test_declined_once_no_mail_goes_there_again(both: World) -> None:
    both.sign_up()
    ((_, raw),) = both.send()
    assert both.client.get(link(raw, "decline")).status_code == 200
    assert both.client.post(link(raw, "decline"), data={"do": "decline"}).status_code == 200
    for _ in range(10):
        both.clock.turn(days=40)
        both.sign_up()
        assert both.send() == []
    assert both.client.post(link(raw, "decline"), data={"do": "decline"}).status_code == 200
    assert both.client.post(link(raw, "confirm"), data={"do": "confirm"}).status_code == 410


def test_the_confirm_page_offers_to_decline(world: World) -> None:
    page = Page(world.client.get(world.confirm_link()).text)
    actions = [form.get("action", "") for form in page.all("form")]
    assert actions[0] == ""
    assert world.client.post(actions[1], data={"do": "decline"}).status_code == 200
    with world.db.reading() as tx:
        assert suppressions.reason(tx, "anne@example.net") == "signup-declined"


def test_a_thousand_requests_for_one_address_are_one_mail_a_day_and_three_a_month(world: World) -> None:
    sent = []
    for _ in range(10):
        for _ in range(10):
            world.sign_up()
        sent += world.send()
        world.clock.turn(days=1, seconds=1)
    assert len(sent) == 3


def test_sign_ups_at_the_same_moment_are_one_mail(both: World) -> None:
    """New or known: who presses twice gets no error, and nobody can be bombed by asking all at once."""
    app = both.client.app
    homes = [browser(app, client=(f"203.0.{n}.9", 50_000)) for n in range(4)]  # type: ignore[arg-type]
    for _ in range(2):
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda n: homes[n % 4].post("/f/steps", data=both.entry).status_code, range(24)))
        assert answers == [202] * 24
        assert len(both.send()) == 1
        both.clock.turn(days=2)


def test_a_name_cannot_bring_a_link_into_a_mail(world: World) -> None:
    world.sign_up(name="Anne")
    ((_, raw),) = world.send()
    assert "Anne" not in part(raw, "plain") + part(raw, "html")


def test_a_closed_form_says_so(world: World) -> None:
    with world.db.writing() as tx:
        forms.close(tx, "steps")
    for answer in (world.client.get("/f/steps"), world.client.post("/f/steps", data=world.entry)):
        assert answer.status_code == 409
        assert "takes no sign-ups any more" in answer.text
    assert "Small steps" not in world.client.get("/").text


def test_the_front_page_leads_to_the_open_forms(world: World) -> None:
    page = world.client.get("/")
    assert page.status_code == 200
    assert "/f/steps" in Page(page.text).links
    assert world.client.get("/f/none").status_code == 404


def test_the_front_page_has_one_line_for_a_course_unless_its_author_says_otherwise(both: World) -> None:
    def shown() -> list[str]:
        return [each for each in Page(both.client.get("/").text).links if each.startswith("/f/")]

    with both.db.writing() as tx:
        course = forms.find(tx, "steps").course_id
        for slug, listed in (("a", None), ("b", True), ("c", False)):
            settings = FormSettings(listed=listed)
            forms.add(tx, slug=slug, title="§", wording="§", course_id=course, at=both.clock(), settings=settings)
    assert shown() == ["/f/b"]
    with both.db.writing() as tx:
        forms.edit(tx, "b", settings=FormSettings(listed=False))
    assert shown() == ["/f/steps"]  # the oldest
    with both.db.writing() as tx:
        forms.close(tx, "steps")
    assert shown() == ["/f/a"]


def test_the_front_page_speaks_the_language_of_the_browser(world: World) -> None:
    page = world.client.get("/", headers={"Accept-Language": "de-AT"})
    assert Page(page.text).all("html") == [{"lang": "de", "dir": "ltr"}]
    assert "Diese Kurse stehen Ihnen offen" in page.text
    assert '<a href="/f/steps" lang="en" hreflang="en">Small steps, by mail</a>' in page.text
    assert page.headers["vary"] == "Accept-Language"
