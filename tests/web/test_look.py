"""From the form to the last page of leaving, a course looks as its mails do."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dripcourse.domain.course import Logo
from dripcourse.domain.progress import Rule
from dripcourse.flows import publish
from tests.mail.material import Page
from tests.web.conftest import COURSE, World, link

THEME = {"accent": "#7a1f3d", "sheet": "#fff7f9"}
LOGO = Logo("https://img.example/l.png", "The school", 120, 40)


@pytest.fixture
def themed(world: World) -> World:
    course = replace(COURSE, theme=THEME, logo=LOGO)
    publish.publish(world.db, course, world.engine.brand, Rule.FOLLOW, world.clock())
    return world


def style_of(text: str) -> list[str]:
    """The style sheets of a page besides ours."""
    return [each["href"] for each in Page(text).all("link") if each["rel"] == "stylesheet"][1:]


def test_every_page_of_a_course_has_its_theme(themed: World) -> None:
    themed.sign_up()
    ((_, raw),) = themed.send()
    confirm, decline = link(raw, "confirm"), link(raw, "decline")
    pages = {"/f/steps": "/f/steps", "confirm": confirm, "decline": decline}
    seen = {name: themed.client.get(path) for name, path in pages.items()}
    seen["confirmed"] = themed.client.post(confirm, data={"do": "confirm"})
    run = themed.run().public_id
    for name in ("leave", "me", "undo"):
        seen[name] = themed.client.get(themed.path(name, run))
    styles = {name: style_of(answer.text) for name, answer in seen.items()}
    (path,) = {each[0].partition("?")[0] for each in styles.values() if len(each) == 1}
    assert styles.keys() == {name for name, each in styles.items() if len(each) == 1}
    style = themed.client.get(path)
    assert style.headers["content-type"].startswith("text/css")
    assert "--accent: #7a1f3d;" in style.text
    assert "--sheet: #fff7f9;" in style.text
    for name in ("/f/steps", "confirm", "decline", "confirmed", "leave", "undo"):
        assert 'alt="The school"' in seen[name].text, name
        assert "img-src 'self' data: https://img.example;" in seen[name].headers["content-security-policy"], name


def test_a_course_without_a_theme_has_our_look_and_one_request_less(world: World) -> None:
    page = world.client.get("/f/steps")
    assert style_of(page.text) == []
    assert "img-src 'self' data:;" in page.headers["content-security-policy"]
    assert world.client.get("/course/small-steps/style.css").text == ""
    for nothing in ("/course/none/style.css", "/course/%00/style.css"):
        assert world.client.get(nothing).status_code == 404
