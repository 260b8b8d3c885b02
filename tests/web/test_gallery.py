"""The preview of a course folder shows each mail as readers see it, says what is wrong where, and follows each save."""

from __future__ import annotations

import html
import os
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

import dripcourse.web
from dripcourse.courses.folders.folder import read_course
from dripcourse.mail.compile import NOTICES, compile_lesson
from dripcourse.mail.samples import BRAND, VALUES
from dripcourse.mail.slots import fill
from dripcourse.web.gallery import VIEWS, create_gallery
from dripcourse.web.gallery_exhibits import Exhibit
from dripcourse.web.gallery_facts import DESKTOP, PHONE, Teaser, cut, facts, spell_seconds, teaser
from dripcourse.web.gallery_host import is_local
from dripcourse.web.gallery_mails import Gallery
from dripcourse.web.gallery_stamp import stamp_of
from tests.mail.material import Page

WEB = Path(dripcourse.web.__file__).parent
COURSE = 'slug = "steps"\ntitle = "Small steps"\nlanguage = "en"\ndays = 2\n'
LESSON = """---
key: {key}
kind: {kind}
subject: "{subject}"
preheader: "{preheader}"
{more}---
{body}
"""
MORE = 'perspective: Home\naction: Ask one question.\nminutes: 5\nreflection: "What did you hear?"\n'
NAMES = ["00-welcome", "01-one", "02-two", "03-completion"]
ALL = [*NAMES, *NOTICES]


def lesson(key: str, kind: str = "lesson", body: str = "Listen <first>.", **other: str) -> str:
    """The text of a lesson file."""
    given = {"subject": f"About {key}", "preheader": f"What comes of {key}", "more": MORE if kind == "lesson" else ""}
    return LESSON.format(key=key, kind=kind, body=body, **given | other)


@dataclass
class Desk:
    """An author's folder and the browser beside it."""

    folder: Path
    gallery: Gallery
    client: TestClient

    def save(self, name: str, text: str) -> None:
        """As most editors do: a new file in the old one's place."""
        (self.folder / ".new").write_text(text, encoding="utf-8")
        (self.folder / ".new").replace(self.folder / name)

    def text(self, path: str, status: int = 200) -> str:
        """The page, with no entities left in it."""
        answer = self.client.get(path)
        assert answer.status_code == status, answer.text
        return html.unescape(answer.text)

    def exhibit(self, name: str) -> Exhibit:
        return next(exhibit for exhibit in self.gallery.look().exhibits if exhibit.name == name)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A course of two days without mistakes."""
    folder = tmp_path / "steps"
    folder.mkdir()
    gallery = Gallery(folder)
    made = Desk(folder, gallery, TestClient(create_gallery(gallery), base_url="http://localhost:8025"))
    made.save("course.toml", COURSE)
    made.save("00-welcome.md", lesson("welcome", "welcome"))
    made.save("01-one.md", lesson("one"))
    made.save("02-two.md", lesson("two"))
    made.save("03-completion.md", lesson("completion", "completion"))
    return made


def shown(page: str, kind: str, outside: bool = False) -> list[str]:
    """The texts of the spans of that class, in their order: those of the lessons, or of the mails outside of them."""
    lessons, _, notices = page.partition("<h2>Outside the course</h2>")
    return re.findall(rf'<span class="{kind}"[^>]*>([^<]*)<', notices if outside else lessons)


@pytest.mark.parametrize("inbox", ["desktop", "phone"])
def test_both_inboxes_list_all_mails_in_order_with_sender_subject_and_preheader(desk: Desk, inbox: str) -> None:
    page = desk.text(f"/?inbox={inbox}")
    keys = [name.partition("-")[2] for name in NAMES]
    assert shown(page, "subject") == [f"About {key}" for key in keys]
    assert shown(page, "preheader") == [f"What comes of {key}" for key in keys]
    assert shown(page, "sender") == [BRAND.name] * 4
    assert shown(page, "day") == ["At once", "Day 1", "Day 2", "Day 3"]
    names = [found[1] for link in Page(page).links if (found := re.match(r"/mails/([^?]+)", link))]
    assert names == ALL
    assert shown(page, "day", outside=True) == list(NOTICES)


def test_the_course_s_own_sender_is_the_one_an_inbox_shows(desk: Desk) -> None:
    desk.save("course.toml", f'{COURSE}[sender]\nname = "Anne & Co"\naddress = "anne@example.org"\n')
    assert set(shown(desk.text("/"), "sender")) == {"Anne & Co"}


@pytest.mark.parametrize(
    ("room", "subject", "preheader"),
    [(PHONE, "s" * 39 + "…", "p" * 84 + "…"), (DESKTOP, "s" * 69 + "…", "p" * 59 + "…")],
)
def test_an_inbox_cuts_subject_and_preheader_where_programs_do(
    room: tuple[int, int], subject: str, preheader: str
) -> None:
    assert teaser("s" * 100, "p" * 150, room) == Teaser(subject, preheader)


@given(st.text(st.sampled_from("ab \u0301\u200d\ufe0f👩👧\U0001f3fdش"), max_size=60), st.integers(2, 50))
def test_what_is_cut_fits_begins_as_the_text_and_tears_nothing_apart(text: str, limit: int) -> None:
    short = cut(text, limit)
    assert len(short) <= limit
    if short != text:
        kept = short.removesuffix("…")
        assert text.startswith(kept)
        assert len(text) > limit
        torn = kept[-1:] == "\u200d" or unicodedata.combining(text[len(kept)])
        assert not (kept and torn) or text[len(kept)].isspace()


VIEWED = [
    ("light", {"mail"}, "light"),
    ("dark", {"mail", "dark"}, "dark"),
    ("phone", {"mail", "phone"}, "light"),
    ("phone-dark", {"mail", "phone", "dark"}, "dark"),
]


@pytest.mark.parametrize(("view", "classes", "scheme"), VIEWED)
def test_a_view_is_a_link_and_shows_the_mail_in_that_scheme_and_width(
    desk: Desk, view: str, classes: set[str], scheme: str
) -> None:
    page = Page(desk.text(f"/mails/01-one?view={view}"))
    assert [f"/mails/01-one?view={each}" in page.links for each in VIEWS] == [True] * 5
    (frame,) = page.all("iframe")
    assert set(frame["class"].split()) == classes
    assert frame["src"] == f"/mails/01-one/html?scheme={scheme}"
    assert frame["title"]
    mail = desk.client.get(frame["src"]).text
    assert "Ask one question." in mail
    assert ("@media all" in mail) == (scheme == "dark")
    assert ("@media not all" in mail) == (scheme == "light")


def test_the_plain_text_is_the_text_part_of_the_mail(desk: Desk) -> None:
    course = read_course(desk.folder)
    wanted = fill(compile_lesson(course, course.lessons[1], BRAND), VALUES).text
    found = re.search(r"<pre[^>]*>(.*?)</pre>", desk.client.get("/mails/01-one?view=text").text, re.DOTALL)
    assert found
    assert html.unescape(found[1]) == wanted
    assert "Listen" in wanted


def test_the_facts_of_a_mail_stand_beside_it(desk: Desk) -> None:
    desk.save("01-one.md", lesson("one", subject="s" * 46, preheader="p" * 40, body="word " * 231))
    page = desk.text("/mails/01-one")
    got = re.findall(r"<dt>([^<]+)</dt>\s*<dd>([^<]+)", page)
    made = desk.exhibit("01-one").made
    assert made
    assert made.size >= len(made.mail.html.encode())
    assert dict(got) == {
        "Day": "1", "Kind": "lesson", "Key": "one", "Subject": "46 characters", "Preheader": "40 characters",
        "Words": "238", "Reading time": "1 min at 238 words a minute", "Size": f"{made.size:,} bytes",
    }  # fmt: skip
    assert re.findall(r"Look again: ([^<]+)", page) == ["up to 45 fit a phone"]
    assert "Subject: 46 characters (up to 45 fit a phone)." in desk.text("/")


@pytest.mark.parametrize(("seconds", "text"), [(0, "0 s"), (46, "46 s"), (60, "1 min"), (80, "1 min 20 s")])
def test_reading_time_is_spelled_in_minutes_and_seconds(seconds: int, text: str) -> None:
    assert spell_seconds(seconds) == text


@pytest.mark.parametrize(("words", "fine"), [(149, False), (150, True), (300, True), (301, False)])
def test_words_are_judged_in_lessons_only(desk: Desk, words: int, fine: bool) -> None:
    desk.save("01-one.md", lesson("one", body="word " * (words - 7)))  # seven in action and reflection
    desk.save("00-welcome.md", lesson("welcome", "welcome", body="word " * words))
    for name, wanted in (("01-one", fine), ("00-welcome", True)):
        (fact,) = [fact for fact in facts(desk.exhibit(name)) if fact.label == "Words"]
        assert (fact.value, fact.fine) == (str(words), wanted)


def test_next_and_previous_are_links_that_keep_the_view(desk: Desk) -> None:
    for place, name in enumerate(ALL):
        links = Page(desk.text(f"/mails/{name}?view=dark")).all("a")
        turns = {link["rel"]: link["href"] for link in links if "rel" in link}
        wanted = {"prev": place - 1, "next": place + 1}
        assert turns == {rel: f"/mails/{ALL[to]}?view=dark" for rel, to in wanted.items() if to in range(len(ALL))}, (
            name
        )


def test_a_mistake_in_one_file_stands_in_its_place_and_the_others_still_show(desk: Desk) -> None:
    before = desk.exhibit("02-two").made
    desk.save("01-one.md", lesson("one").replace("subject:", "subjekt:"))
    page = desk.text("/")
    place = f"{desk.folder / '01-one.md'}:4"
    assert re.search(rf"{re.escape(place)}</code> subjekt is not a field", page)
    assert shown(page, "subject broken") == ["01-one.md cannot be shown yet"]
    assert shown(page, "subject") == ["About welcome", "About two", "About completion"]
    own = desk.text("/mails/01-one")
    assert place in own
    assert not Page(own).all("iframe")
    assert desk.client.get("/mails/01-one/html").status_code == 404
    assert "Day 2 of 2" in desk.text("/mails/02-two/html")  # the broken day still counts
    assert desk.exhibit("02-two").made is before
    desk.save("01-one.md", lesson("one"))
    assert shown(desk.text("/"), "subject")[1] == "About one"


REFUSED = [("--DC.LEAVE_URL--", 1, "reserved"), ("x " * 60_000, 1, "bytes"), ("\n" + "> " * 60 + "x", 12, "deep")]


@pytest.mark.parametrize(("text", "line", "reason"), REFUSED, ids=["a slot", "too big", "too deep"])
def test_what_publish_would_refuse_is_said_at_the_file(desk: Desk, text: str, line: int, reason: str) -> None:
    desk.save("02-two.md", lesson("two", body=text))
    (mistake,) = desk.exhibit("02-two").mistakes
    assert (mistake.path, mistake.line) == (str(desk.folder / "02-two.md"), line)
    assert reason in mistake.message
    assert f"02-two.md:{line}</code> {mistake.message}" in desk.text("/mails/02-two")
    assert shown(desk.text("/"), "subject") == ["About welcome", "About one", "About two", "About completion"]


WRONG_COURSE = [
    ('slug = "steps"\ntitle = Small\n', 2, "not valid TOML"),
    (COURSE.replace("days = 2", "days = 9"), 4, "days is 9"),
    (COURSE.replace('"en"', '"?"'), 3, "language"),
    (f'{COURSE}[theme]\nink = "#ffffff"\n', 6, "contrast"),
    (f'{COURSE}[theme]\nthink = "#ffffff"\n', 6, "no token"),
]


@pytest.mark.parametrize(("text", "line", "reason"), WRONG_COURSE)
def test_a_mistake_in_course_toml_is_said_once_at_its_line(desk: Desk, text: str, line: int, reason: str) -> None:
    desk.save("course.toml", text)
    seen = desk.gallery.look()
    (mistake,) = seen.mistakes
    assert (mistake.path, mistake.line) == (str(desk.folder / "course.toml"), line)
    assert reason in mistake.message
    assert seen.wrong == 1
    assert f"course.toml:{line}" in desk.text("/")
    assert len(shown(desk.text("/"), "subject")) == 4
    waits = not seen.exhibits[0].made
    assert waits == ("[theme]" in text)
    assert ("waits until the course is mended" in desk.text("/mails/01-one")) == waits


def test_without_a_folder_the_page_says_so_and_recovers(desk: Desk) -> None:
    away = desk.folder.with_name("away")
    desk.folder.rename(away)
    assert "no course folder to read" in desk.text("/")
    assert "changed" in desk.text("/changes")
    away.rename(desk.folder)
    assert len(shown(desk.text("/"), "subject")) == 4


def stamp_in(page: str) -> str:
    """The stamp with which that page would ask for changes."""
    found = re.search(r'data-stamp="([^"]+)"', page)
    assert found
    return found[1]


def test_a_save_is_seen_by_the_page_that_shows_the_older_state(desk: Desk) -> None:
    for path in ("/", "/mails/01-one", "/mails/01-one?view=text"):
        stamp = stamp_in(desk.text(path))
        assert desk.client.get("/changes", params={"seen": stamp}).json() == {"stamp": stamp, "changed": False}
        desk.save("01-one.md", lesson("one", body=f"Saved after {path}."))
        assert desk.client.get("/changes", params={"seen": stamp}).json()["changed"] is True
        assert f"Saved after {path}." in desk.text("/mails/01-one?view=text")


def add(folder: Path) -> None:
    (folder / "04-more.md").write_text("x")


def remove(folder: Path) -> None:
    (folder / "02-two.md").unlink()


def rename(folder: Path) -> None:
    (folder / "02-two.md").rename(folder / "02-too.md")


def replace_alike(folder: Path) -> None:
    """Another text of the same length and time, in a new file."""
    old = folder / "02-two.md"
    (folder / "new").write_text(old.read_text().replace("first", "other"))
    os.utime(folder / "new", ns=(0, old.stat().st_mtime_ns))
    (folder / "new").replace(old)


def write_into(folder: Path) -> None:
    with (folder / "course.toml").open("a") as file:
        file.write("\n")


@pytest.mark.parametrize("act", [add, remove, rename, replace_alike, write_into])
def test_whatever_happens_to_a_file_of_the_course_changes_the_stamp(desk: Desk, act: Callable[[Path], None]) -> None:
    before = stamp_of(desk.folder)
    assert stamp_of(desk.folder) == before
    act(desk.folder)
    assert stamp_of(desk.folder) != before


@pytest.mark.parametrize("name", [".01-one.md.swp", "01-one.md~", ".#01-one.md", "4913", "picture.png"])
def test_what_an_editor_leaves_beside_them_does_not(desk: Desk, name: str) -> None:
    before = stamp_of(desk.folder)
    (desk.folder / name).write_text("x")
    assert stamp_of(desk.folder) == before


def made_anew(desk: Desk, name: str, text: str) -> list[str]:
    """The mails that were compiled again for this save."""
    before = {exhibit.name: exhibit.made for exhibit in desk.gallery.look().exhibits}
    desk.save(name, text)
    return [exhibit.name for exhibit in desk.gallery.look().exhibits if exhibit.made is not before[exhibit.name]]


def test_a_save_makes_anew_what_it_touches_and_nothing_else(desk: Desk) -> None:
    assert made_anew(desk, "01-one.md", lesson("one", body="Other words.")) == ["01-one"]
    assert made_anew(desk, "article.md", "The article.") == []
    assert made_anew(desk, "course.toml", f"{COURSE}# a remark\n") == []
    assert made_anew(desk, "course.toml", f'{COURSE}safety_note = "Be safe."\n') == ALL
    assert made_anew(desk, "course.toml", f'{COURSE}safety_note = "Be safe."\n[theme]\nink = "#000000"\n') == ALL


HOSTS = {
    "localhost": True, "localhost:8025": True, "LOCALHOST:1": True, "127.0.0.1": True, "127.0.0.1:8025": True,
    "[::1]": True, "[::1]:8025": True,
    "": False, "evil.example": False, "evil.example:8025": False, "localhost.evil.example": False,
    "127.0.0.1.evil.example": False, "localhost.": False, "::1": False, "0.0.0.0:8025": False, "192.168.1.4": False,
    "localhost:8025:80": False, "localhost:": False, "evil@localhost": False, "localhost\n": False, "2130706433": False,
}  # fmt: skip


@pytest.mark.parametrize(("host", "local"), HOSTS.items())
def test_only_names_of_this_machine_are_local(host: str, local: bool) -> None:
    assert is_local(host) is local


@pytest.mark.parametrize("path", ["/", "/mails/01-one", "/mails/01-one/html", "/changes", "/static/site.css", "/x"])
def test_a_request_under_another_name_is_refused(desk: Desk, path: str) -> None:
    answer = desk.client.get(path, headers={"Host": "evil.example:8025"})
    assert answer.status_code == 421
    assert answer.text.startswith("The preview answers on this machine only.")
    assert "content-security-policy" in answer.headers
    doubled = [("Host", "localhost"), ("Host", "evil.example")]
    assert desk.client.get(path, headers=doubled).status_code == 421


def test_pages_may_run_their_own_script_and_mails_none(desk: Desk) -> None:
    for path in ("/", "/mails/01-one", "/mails/01-one?view=text", "/mails/nobody", "/nothing"):
        answer = desk.client.get(path)
        policy = answer.headers["content-security-policy"].split("; ")
        assert {"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"} <= set(policy)
        page = Page(answer.text)
        assert [tag["src"] for tag in page.all("script")] == ["/static/gallery.js"]
        assert not page.all("style")
        assert not [tag for tag, attributes in page.tags if {"style", "onclick", "onload"} & attributes.keys()]
        assert answer.headers["cache-control"] == "no-store"
    (frame,) = Page(desk.text("/mails/01-one")).all("iframe")
    harmless = {"allow-popups", "allow-popups-to-escape-sandbox"}
    assert set(frame["sandbox"].split()) == harmless
    policy = desk.client.get(frame["src"]).headers["content-security-policy"].split("; ")
    assert {"default-src 'none'", "script-src 'none'", "img-src data:", "frame-ancestors 'self'"} <= set(policy)
    (sandbox,) = [part.split() for part in policy if part.startswith("sandbox")]
    assert set(sandbox[1:]) == harmless


HOSTILE = [
    "<script>alert(1)</script>",
    "</title></pre><img src=x onerror=alert(2)>",
    "\u202eevil" + "w" * 110,
    "{{ 7*7 }}",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_subjects_and_preheaders_are_shown_as_they_are(desk: Desk, text: str) -> None:
    quoted = text.replace("{{ 7*7 }}", "{ 7*7 }")  # the folder itself refuses placeholders
    desk.save("01-one.md", lesson("one", subject=quoted, preheader=quoted, body=f"{quoted}\n\nAnd more."))
    for path in (
        "/",
        "/?inbox=phone",
        "/mails/00-welcome",
        "/mails/01-one",
        "/mails/01-one?view=text",
        "/mails/02-two",
    ):
        page = desk.client.get(path).text
        assert "<script>alert" not in page
        assert "<img" not in page
        assert len(Page(page).all("script")) == 1
        assert cut(quoted, 40).removesuffix("…") in html.unescape(page)
    assert "<script" not in desk.client.get("/mails/01-one/html").text


@pytest.mark.parametrize("name", ["02-<b>&?#.md", "02-ا ل.md", "02-..md", "02-a'\"b.md", "02-;a=b+.md"])
def test_hostile_file_names_are_shown_and_lead_to_their_page(desk: Desk, name: str) -> None:
    (desk.folder / "02-two.md").rename(desk.folder / name)
    page = desk.client.get("/").text
    assert "<b>" not in page
    (link,) = [link for link in Page(page).links if link.startswith("/mails/02")]
    assert name in desk.text(link)
    assert len(Page(desk.text("/")).all("iframe")) == 0


def test_a_file_name_that_is_no_unicode_is_shown_with_a_mark_in_its_place(desk: Desk) -> None:
    try:
        Path(os.fsdecode(bytes(desk.folder) + b"/02-\xff.md")).write_text("x")
    except OSError:
        pytest.skip("this file system takes no such name")
    page = desk.client.get("/").text
    (link,) = [link for link in Page(page).links if link.startswith("/mails/02-%3F")]
    assert "no front matter" in desk.text(link)


def test_arabic_is_marked_with_its_own_direction_and_language(desk: Desk) -> None:
    desk.save("course.toml", COURSE.replace('"en"', '"ar"'))
    desk.save("01-one.md", lesson("one", subject="اليوم الأول", preheader="سؤال واحد"))
    page = desk.text("/")
    assert '<span class="teaser" lang="ar"><span class="subject" dir="auto">اليوم الأول</span>' in page
    assert '<html lang="en">' in page
    assert '<pre lang="ar" dir="rtl">' in desk.text("/mails/01-one?view=text")
    assert '<h1 dir="auto" lang="ar">اليوم الأول</h1>' in desk.text("/mails/01-one")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/mails/09-nobody", 404), ("/mails/01-one?view=upside-down", 404), ("/?inbox=telex", 404), ("/x", 404),
        ("/mails/09-nobody/html", 404), ("/mails/01-one/html?scheme=pink", 404), ("/static/..%2fgallery.py", 404),
    ],
)  # fmt: skip
def test_what_is_not_there_is_a_404(desk: Desk, path: str, status: int) -> None:
    assert desk.client.get(path).status_code == status


def test_no_page_changes_the_folder_and_none_takes_a_post(desk: Desk) -> None:
    before = stamp_of(desk.folder)
    paths = ["/", "/changes", *(f"/mails/{name}{rest}" for name in NAMES for rest in ("", "/html", "?view=text"))]
    for path in paths:
        assert desk.client.get(path).status_code == 200
        assert desk.client.head(path).status_code in (200, 405)
        assert desk.client.post(path).status_code == 405
    assert stamp_of(desk.folder) == before
    assert sorted(path.stem for path in desk.folder.glob("*.md")) == NAMES


def test_everything_on_a_page_has_a_name_and_keeps_to_the_house_s_colours(desk: Desk) -> None:
    for path in ("/", "/mails/01-one"):
        page = Page(desk.text(path))
        assert all(nav["aria-label"] for nav in page.all("nav"))
        assert page.all("html") == [{"lang": "en"}]
        assert len(page.all("h1")) == len(page.all("main")) == len(page.all("title")) == 1
        assert [link for link in page.all("a") if link.get("aria-current") == "page"]
    sheet = (WEB / "static" / "gallery.css").read_text(encoding="utf-8")
    assert not re.findall(r"#[0-9a-f]{3,8}\b|\brgba?\(|outline: *(?:none|0)", sheet)  # test_style.py proves the tokens


OPTED = MORE.replace("Home", "Faith") + 'instead_section: "A walk"\ninstead: |\n  Look <around>.\n'


@pytest.fixture
def two(desk: Desk) -> Desk:
    """The course with a passage for those who opt out, and a German translation."""
    desk.save("course.toml", f'{COURSE}[optional]\nfaith = "Faith"\n')
    desk.save("01-one.md", lesson("one", more=OPTED))
    (desk.folder / "de").mkdir()
    desk.save("de/course.toml", 'title = "Kleine Schritte"\n[optional]\nfaith = "Glaube"\n')
    for name in NAMES:
        text = (desk.folder / f"{name}.md").read_text(encoding="utf-8")
        desk.save(f"de/{name}.md", text.replace("About", "Von").replace("Faith", "Glaube").replace("Listen", "Hören"))
    return desk


def test_the_mail_of_those_who_opted_out_stands_behind_the_other(two: Desk) -> None:
    page = two.text("/")
    assert shown(page, "instead") == ["opted out"]
    assert shown(page, "subject") == ["About welcome", "About one", "About one", "About two", "About completion"]
    assert not two.gallery.look().wrong
    others, theirs = (two.text(f"/mails/{name}?view=text") for name in ("01-one", "01-one~instead"))
    assert ("Listen" in others, "Faith" in others, "Look <around>." in others) == (True, True, False)
    assert ("Listen" in theirs, "Faith" in theirs, "Look <around>." in theirs) == (False, False, True)
    assert "A walk" in theirs
    assert "For readers who opted out" in theirs
    assert "Look &lt;around&gt;" in two.client.get("/mails/01-one~instead/html").text
    assert "those who opted out" in str(facts(two.exhibit("01-one~instead")))
    assert "/mails/01-one~instead?view=light" in Page(others.replace("view=text", "view=light")).links


def test_each_language_has_its_inbox_and_its_mails(two: Desk) -> None:
    own, german = two.text("/"), two.text("/?language=de&inbox=phone")
    tabs = ["/?inbox=phone&language=en", "/?inbox=phone&language=de"]
    assert [link for link in Page(two.client.get("/?language=de&inbox=phone").text).links if "language" in link][
        :2
    ] == tabs
    assert len(set(shown(own, "subject")) & set(shown(german, "subject"))) == 0
    assert shown(german, "subject")[:2] == ["Von welcome", "Von one"]
    assert '<span class="teaser" lang="de">' in german
    assert shown(german, "day", outside=True) == list(NOTICES)
    assert "Bitte bestätigen: Kleine Schritte" in german
    mail = two.text("/mails/de~01-one?view=phone")
    assert "/?inbox=phone&language=de" in mail
    assert "/mails/de~01-one~instead?view=phone" in mail
    assert "Tag 1 von 2" in two.text("/mails/de~01-one?view=text")
    assert '<pre lang="de" dir="ltr">' in two.text("/mails/de~01-one?view=text")


def test_a_language_that_there_is_not_is_the_course_s_own(two: Desk) -> None:
    assert shown(two.text("/?language=<b>"), "subject") == shown(two.text("/"), "subject")


@pytest.mark.parametrize("name", NOTICES)
def test_a_mail_outside_the_course_is_shown_with_its_slots_filled_in_its_language(two: Desk, name: str) -> None:
    for prefix, language in (("", "en"), ("de~", "de")):
        exhibit = two.exhibit(f"{prefix}{name}")
        assert exhibit.made
        assert "--DC." not in f"{exhibit.made.mail}{exhibit.preheader}"
        page = two.text(f"/mails/{prefix}{name}")
        assert f'<h1 dir="auto" lang="{language}">{exhibit.subject}</h1>' in page
        assert exhibit.made.mail.text in two.text(f"/mails/{prefix}{name}?view=text")
        assert two.client.get(f"/mails/{prefix}{name}/html").status_code == 200
        assert str(facts(exhibit)[0].value).startswith(f"{name}: ")
        assert "<dt>File</dt>" not in page


def test_a_mistake_in_a_translation_stands_in_its_place_there(two: Desk) -> None:
    two.save("de/02-two.md", lesson("two").replace("subject:", "subjekt:"))
    place = f"{two.folder / 'de' / '02-two.md'}:4"
    own, german = two.text("/"), two.text("/?language=de")
    assert place not in own
    assert "Others stand in another language." in own
    assert ("Kleine Schritte</bdi> (2)" in own, place in german) == (True, True)
    assert place in two.text("/mails/de~02-two")
    two.save("de/02-two.md", lesson("two"))
    two.save("de/03-more.md", lesson("more"))
    assert "the course has no such lesson" in two.text("/mails/de~03-more")


def test_what_the_course_s_own_words_are_refused_for_is_said_once_at_its_line(two: Desk) -> None:
    two.save("de/course.toml", 'title = "K"\n[words]\nactoin = "x"\n[optional]\nfaith = "Glaube"\n')
    (mistake,) = two.gallery.look().mistakes
    assert (mistake.path, mistake.line) == (str(two.folder / "de" / "course.toml"), 3)
    assert mistake.message.startswith("words: there is no text 'actoin'")
    two.save("de/course.toml", f'title = "K"\nfooter = "{"> " * 60}x"\n[optional]\nfaith = "Glaube"\n')
    (mistake,) = two.gallery.look().mistakes
    assert (mistake.path, mistake.line) == (str(two.folder / "de" / "course.toml"), 2)


def test_the_other_passage_is_refused_by_itself(two: Desk) -> None:
    two.save("01-one.md", lesson("one", more=OPTED.replace("Look <around>.", "> " * 60 + "x")))
    (mistake,) = two.exhibit("01-one~instead").mistakes
    assert (mistake.path, mistake.line) == (str(two.folder / "01-one.md"), 11)
    assert two.exhibit("01-one").mistakes == ()
    assert two.gallery.look().wrong == 1


def test_a_save_in_one_language_is_seen_and_makes_nothing_anew_in_the_other(two: Desk) -> None:
    stamp = stamp_of(two.folder)
    assert made_anew(two, "de/02-two.md", lesson("two", body="Anders.")) == ["de~02-two"]
    assert stamp_of(two.folder) != stamp
    assert made_anew(two, "02-two.md", lesson("two", body="Other.")) == ["02-two"]
    german = [f"de~{name}" for name in (*NAMES[:2], "01-one~instead", *NAMES[2:], *NOTICES)]
    assert made_anew(two, "de/course.toml", 'title = "K"\n[optional]\nfaith = "Glaube"\n') == german


def test_a_folder_that_may_not_be_read_is_no_translation_to_watch(desk: Desk) -> None:
    before = stamp_of(desk.folder)
    (desk.folder / "de").write_text("a file")
    assert stamp_of(desk.folder) == stamp_of(desk.folder) != before
    assert len(shown(desk.text("/"), "subject")) == 4
