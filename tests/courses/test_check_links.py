"""Links and pictures of a course: which addresses could be followed, and each is tried once and no more than eight."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dripcourse.courses.folders.folder import Survey, survey
from dripcourse.courses.linting.links import address_problem, leads_nowhere
from dripcourse.courses.linting.markup import MarkKind, blocks, marks
from dripcourse.courses.linting.probing import AT_ONCE, dead_links
from dripcourse.courses.linting.texts import Text, all_texts
from tests.courses.planting import clean_folder, places, plant

SECOND = "This is the second."
ADDRESSES = {
    "https://h.org": "",
    "https://h.org:8443/a%20b?c=d#e": "",
    "https://xn--mnchen-3ya.de/": "",
    "https://münchen.de/": "host that cannot be",  # the parser writes the line above for it
    "https://192.0.2.7/": "",
    "https://[2001:db8::1]/": "",
    "mailto:ann@h.org": "",
    "mailto:ann@h.org?subject=Hi%20there": "",
    "": "neither https nor mailto",
    "h.org/page": "neither https nor mailto",
    "//h.org/page": "neither https nor mailto",
    "#part": "neither https nor mailto",
    "javascript:alert(1)": "neither https nor mailto",
    "data:text/html,x": "neither https nor mailto",
    "tel:+15550100": "neither https nor mailto",
    "https://": "no host",
    "https:h.org": "no host",
    "https:///h.org": "no host",
    "https://h%20x.org/": "cannot be (h x.org)",
    "https://h..org/": "cannot be",
    "https://-h.org/": "cannot be",
    "https://h.org:99999/": "does not parse",
    "https://h.org:port/": "does not parse",
    "https://h.org:0/": "no valid port",
    "https://h.org:/": "no valid port",
    "https://[::1/": "does not parse",
    "https://ann@h.org/": "name before the host",
    "https://h.org@evil.example/": "name before the host",
    "mailto:": "no mail address",
    "mailto:ann": "no mail address",
    "mailto:ann@": "no mail address",
}


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_nobody_could_follow_is_told_with_its_reason(address: str) -> None:
    problem = address_problem(address)
    assert bool(problem) == bool(ADDRESSES[address])
    assert ADDRESSES[address] in problem


NOWHERE = ["https://example.com", "https://www.example.org/x", "http://localhost:8000/", "https://shop.example/"]
NOWHERE += ["https://your-site.com/", "https://www.yourdomain.org", "http://127.0.0.1/", "mailto:ann@example.com"]
SOMEWHERE = ["https://h.org/example.com", "https://counterexample.com", "https://myway.org", "mailto:example.com@h.org"]


@pytest.mark.parametrize("address", NOWHERE + SOMEWHERE)
def test_placeholders_are_told_from_real_hosts(address: str) -> None:
    assert leads_nowhere(address) == (address in NOWHERE)


@pytest.fixture
def found(tmp_path: Path) -> Survey:
    """A folder with the same page linked at two lines, another one in the safety note, and some that are not tried."""
    folder = clean_folder(tmp_path)
    plant(folder, "01-first-step.md", SECOND, "[A](https://h.org/a), [a part](https://h.org/a#part)\n<mailto:x@h.org>")
    plant(folder, "02-again.md", "Walk once more.", '"Walk to [b](http://h.org/b), not [c](https://example.com)."')
    plant(folder, "03-look-back.md", "Some text.", "[A](https://h.org/a) and [d](ftp://h.org), [e](https://x@h.org)")
    plant(folder, "course.toml", "Stop if it hurts.", "Stop.\n[Help](https://h.org/help)")
    return survey(folder)


def test_each_address_is_tried_once_and_reported_at_each_of_its_places(found: Survey) -> None:
    tried: list[str] = []

    def probe(url: str) -> str:
        tried.append(url)
        return "404 Not Found" if url.endswith("/a") else ""

    dead = dead_links(found, probe)
    assert sorted(tried) == ["http://h.org/b", "https://h.org/a", "https://h.org/help"]
    assert places(dead) == [("W_LINK_DEAD", "01-first-step.md", 20), ("W_LINK_DEAD", "03-look-back.md", 8)]
    assert dead[0].message == "https://h.org/a does not answer as it should: 404 Not Found"


def test_a_dead_link_of_the_safety_note_is_found_in_the_course_file(found: Survey) -> None:
    dead = dead_links(found, lambda url: "gone" if url.endswith("help") else "")
    assert places(dead) == [("W_LINK_DEAD", "course.toml", 7)]


def test_eight_addresses_are_tried_at_once_and_no_more(tmp_path: Path) -> None:
    folder = clean_folder(tmp_path)
    links = "\n".join(f"[page {n}](https://h.org/{n})" for n in range(3 * AT_ONCE))
    plant(folder, "01-first-step.md", SECOND, links)
    together = threading.Barrier(AT_ONCE, timeout=20)  # opens only when eight wait at it: fewer would break it
    lock, under_way, most = threading.Lock(), 0, 0

    def probe(_: str) -> str:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        together.wait()
        with lock:
            under_way -= 1
        return ""

    assert dead_links(survey(folder), probe) == []
    assert most == AT_ONCE


def test_a_course_without_links_asks_nobody(tmp_path: Path) -> None:
    assert dead_links(survey(clean_folder(tmp_path)), pytest.fail) == []


@given(st.text(alphabet="ab c\n[]()!<>*_`#-\\&;https://h.org", max_size=200))
def test_whatever_is_written_its_marks_stand_on_its_own_lines(markdown: str) -> None:
    text = Text("a.md", "body", markdown, 10)
    lines = range(10, 11 + markdown.count("\n"))
    assert all(mark.line in lines for mark in marks(text))
    assert all(block is None or block.line in lines for block in blocks(text))


HOSTILE = [
    "[" * 200_000,
    "![](" * 90_000,
    "> " * 90_000,
    "a\n" * 200_000,
    "*a _b" * 80_000,
    "<" * 200_000,
    "`" * 99_999,
]


@pytest.mark.parametrize("markdown", HOSTILE, ids=[text[:4].strip() for text in HOSTILE])
def test_what_is_too_much_for_a_mail_is_passed_over(markdown: str) -> None:
    assert list(marks(Text("a.md", "body", markdown, 1))) == []


def test_marks_are_what_the_reader_sees() -> None:
    text = Text("a.md", "body", "# A *b* ![c *d*](e)\n\n[f ![g](h)\n`i`](<j k>) &amp; l", 3)
    assert [(mark.kind, mark.words, mark.address, mark.line) for mark in marks(text) if mark.words.strip()] == [
        (MarkKind.WORDS, "A ", "", 3),
        (MarkKind.WORDS, "b", "", 3),
        (MarkKind.PICTURE, "c d", "e", 3),
        (MarkKind.PICTURE, "g", "h", 5),
        (MarkKind.LINK, "f g i", "j%20k", 5),
        (MarkKind.WORDS, " l", "", 6),
    ]


def test_texts_know_the_lines_they_begin_on(found: Survey) -> None:
    for text in all_texts(found):
        lines = Path(text.path).read_text(encoding="utf-8").splitlines()
        first = text.markdown.splitlines()[0]
        assert first.strip('"') in lines[text.line - 1].strip(), text
