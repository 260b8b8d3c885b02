"""Articles as strangers write them: each row was read wrongly once. Small, in our own words."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dripcourse.courses.article import Article, Options
from dripcourse.courses.codes import ArticleError
from dripcourse.courses.drafting.compile import compile_article
from dripcourse.courses.drafting.frames import label
from dripcourse.courses.reading.readers import read_article

LONG = "The kettle sings before the house is up, and nobody hears it but the cat by the door. " * 3
P = LONG.strip()


def read(source: str, **options: object) -> Article:
    return read_article(source.encode(), Options(**options))  # type: ignore[arg-type]


def headings(article: Article) -> list[tuple[int, str]]:
    return list(article.headings)


def actions(article: Article) -> list[str]:
    return [step.text for step in article.actions]


def left_out(article: Article) -> list[tuple[str, str]]:
    return [(d.reason, d.text) for d in article.dropped if d.reason != "marker"]


MEDIUM = (
    f"<article><h1>T</h1><h2>And why</h2><div><a>Jo P</a><span>5 min read</span></div><div>Jan 4, 2022</div>"
    f"<p>{P}</p><h2>One</h2><p>{P}<h2>Two</h2><p>{P}</article>"
)
ROWS: list[tuple[str, str, Callable[[Article], object], object]] = [
    ("one acronym is no mark of a perspective",
     f"Title of it\nEasy Days\n{P}\nHIIT\n{P}\nWhere to Start\n1. Walk on.\n2. Rest now.", headings,
     [(1, "Easy Days"), (2, "HIIT"), (1, "Where to Start")]),
    ("a line that names the author is a byline",
     f"Title of it\n\nBy Tomas Reed, 4 May 2025\n\n{P}\n\nThe Full Picture\n\n{P}", left_out,
     [("byline", "By Tomas Reed, 4 May 2025")]),
    ("by and by is no byline", f"Title of it\nBy and by it grew\n{P}\nThe Full Picture\n{P}", left_out, []),
    ("marks with blank lines between make Markdown, and the first line is still the title",
     f"Growing leeks\n\n{P}\n\n# Soil\n\n{P}\n\n## Water\n\n{P}\n\n# Frost\n\n{P}",
     lambda a: (a.title, a.headings), ("Growing leeks", ((1, "Soil"), (2, "Water"), (1, "Frost")))),
    ("where all headings are capitals, all are perspectives",
     f"TITLE OF IT\n{P}\nWHY IT HELPS\n{P}\nWHAT STOPS US\n{P}\nYOUR PLAN\n1. Put it down.\n2. Write it.", headings,
     [(1, "WHY IT HELPS"), (1, "WHAT STOPS US"), (1, "YOUR PLAN")]),
    ("double underscores are the author's own", f"Title of it\nThe Full Picture\nWrite __init__ first. {P}",
     lambda a: a.perspectives[0].blocks[0].text[:20], "Write __init__ first"),
    ("control characters are nobody's words", f"Title of it\nThe Full Picture\nA bell\x07 rings. {P}",
     lambda a: a.perspectives[0].blocks[0].text[:13], "A bell rings."),
    ("a comment that is never closed swallows nothing",
     f"# T\n\n## One\n\n{P}\n\n<nav>menu</nav><!-- note\n\n## Two\n\n{P}", headings, [(1, "One"), (1, "Two")]),
    ("wide spaces at the head of a Chinese paragraph stay",
     f"<h1>T</h1><h2>One</h2><p>\u3000\u3000{P}<h2>Two</h2><p>{P}",
     lambda a: a.perspectives[0].blocks[0].text[:2], "\u3000\u3000"),
    ("stars typed in a scraped text do not make it Markdown",
     f"A garden\nPlants **need** care. {P}\nThe Full Picture\nAnd **more** care. {P}\nWhat to do\n1. Dig.\n2. Sow.",
     lambda a: (a.format, a.title, headings(a)),
     ("text", "A garden", [(1, "The Full Picture"), (1, "What to do")])),
    ("numbered chapters with known names are no steps",
     f"A garden\n{P}\n1. The Full Picture\n{P}\n2. What the Research Says\n{P}\n3. What To Do Now\n1. Dig.\n2. Sow.",
     lambda a: (len(a.headings), actions(a)), (3, ["Dig.", "Sow."])),
    ("sub-steps indented by two belong to the last step, too",
     f"# T\n\n## The full picture\n\n{P}\n\n## What to do\n\n1. Dig.\n  - deep\n2. Sow.\n  - thin\n  - in rows",
     lambda a: [step.sub for step in a.actions], [("deep",), ("thin", "in rows")]),
    ("an anchor behind a heading is no part of it",
     f"# T\n\n## One {{#one}}\n\n{P}\n\n## Two {{#two}}\n\n{P}", headings,
     [(1, "One"), (1, "Two")]),
    ("a first H1 with a known name is no title",
     f"<title>A garden</title><article><p>{P}<h1>The Full Picture</h1><p>{P}<h1>What to do</h1><p>{P}</article>",
     lambda a: (a.title, headings(a)), ("A garden", [(1, "The Full Picture"), (1, "What to do")])),
    ("a heading that begins with a number is no chapter",
     f"Title of it\nThe First Hour\n{P}\n3 Myths\n{P}\nWhere to Start\n1. Walk on.\n2. Rest now.", headings,
     [(1, "The First Hour"), (2, "3 Myths"), (1, "Where to Start")]),
    ("lines that say Step 1: are steps",
     f"Title of it\nThe Full Picture\n{P}\nWhat to do\nStep 1: Sit down.\nStep 2: Get up.", actions,
     ["Sit down.", "Get up."]),
    ("Chinese numbers with their own comma are steps",
     f"怎样说话\nThe Full Picture\n{P}\nWhat to do\n1、蹲下来。\n2、等十秒钟。", actions, ["蹲下来。", "等十秒钟。"]),
    ("a line with a sentence end inside is no heading",
     f"Title of it\nThe Full Picture\n{P}\nHe slept. Did he?\n{P}", headings, [(1, "The Full Picture")]),
    ("a Chinese line with a quotation at its end is no heading",
     f"怎样说话\nThe Full Picture\n{P}\n他说：“好。”\n{P}", headings, [(1, "The Full Picture")]),
    ("text wrapped at a column is joined",
     "Title of it\n\nThe Full Picture\n\n" + "\n".join(
         "the kettle sings before the house is up and nobody hears it but me".capitalize() for _ in range(9)),
     lambda a: len(a.perspectives[0].blocks), 1),
    ("«See also» under one section ends with it (Markdown)",
     f"# T\n\n{P}\n\n## One\n\n{P}\n\n### See also\n\n- A book\n\n## Two\n\n{P}", headings, [(1, "One"), (1, "Two")]),
    ("what looks like a tail in the middle does not take the article along (text)",
     f"Title of it\nThe full picture\n{P}\nRead Next\nTen ways to say no\nHow to Begin\n1. Write it.\n2. Say it.",
     actions, ["Write it.", "Say it."]),
    ("a sharing line below the title takes nothing along",
     f"Title of it\nShare this\n{P} {P}\nThe Full Picture\n{P}", lambda a: len(a.short_answer), 1),
    ("headings Step 1, Step 2 within a perspective are its actions",
     f"# T\n\n## Why\n\n{P}\n\n## How to do it\n\n### Step 1 – Look\n\n{P}\n\n### Step 2 – Cut\n\n{P}", actions,
     ["Step 1 – Look", "Step 2 – Cut"]),
    ("numbered headings that hold the article are chapters",
     f"# T\n\n## Why\n\n{P}\n\n### 1. Noise\n\n{P}\n\n### 2. Light\n\n{P}\n\n## Then\n\nShort.", actions, []),
    ("a heading in bold over a list of short items is a heading",
     f"<title>T of it</title><p>{P}<p><b>What to do</b></p><ol><li>Sit on it<li>Get up now</ol><p><b>Then</b><p>{P}",
     actions, ["Sit on it", "Get up now"]),
    ("a name, a date and claps below the title are a byline, a heading over them the subtitle",
     MEDIUM, headings, [(1, "One"), (1, "Two")]),
    ("a colon in the title is the commonest mistake in YAML",
     f"---\ntitle: Late: a story\nlang: de\n---\n\n{P}\n\n## One\n\n{P}\n\n## Two\n\n{P}",
     lambda a: (a.title, a.lang), ("Late: a story", "de")),
    ("front matter may be TOML",
     f"+++\ntitle = 'Late'\n+++\n\n{P}\n\n## One\n\n{P}\n\n## Two\n\n{P}",
     lambda a: (a.title, left_out(a)), ("Late", [("front_matter", "title = 'Late'")])),
    ("raw HTML in Markdown knows its lines",
     f"# T\n\n## One\n\n<div>{P}</div>\n\n## Two\n\n{P}", lambda a: a.perspectives[0].blocks[0].lines, (5, 5)),
    ("a setext heading, a definition list and a struck word are what they are",
     f"T of it\n=======\n\nOne\n---\n\nIt ~~never~~ ends. {P}\n\nTwo\n---\n\n{P}",
     lambda a: [(a.perspectives[0].blocks[0].text[s.start : s.end], s.kind) for s in a.perspectives[0].blocks[0].spans],
     [("never", "strike")]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "source", "look", "expected"), ROWS, ids=[row[0] for row in ROWS])
def test_it_is_read(name: str, source: str, look: Callable[[Article], object], expected: object) -> None:
    assert look(read(source)) == expected, name


@pytest.mark.parametrize("tag", {"EN-US": "en-US", "de_DE": "de-DE", "english": "en", "": "en", "fr": "fr"}.items())
def test_the_course_has_the_language_of_the_page_where_it_is_one(tag: tuple[str, str]) -> None:
    page = f"<body lang='{tag[0]}'><h1>T</h1><h2>One</h2><p>{P} {P}<h2>Two</h2><p>{P} {P}"
    assert compile_article(page.encode(), Options(days=7)).language == tag[1]


HOSTILE = {
    "brackets": ("# T\n\n" + "[" * 21_000, "markdown", "brackets (limit"),
    "marks": ("# T\n\n" + "*a" * 90_000, "markdown", "marks of emphasis (limit"),
    "lines": ("T\n" + "a\n" * 10_001, "text", "lines (limit"),
    "cells": ("# T\n\n|" + "a|" * 300 + "\n|" + "-|" * 300 + "\n" + "|x\n" * 100, "markdown", "cells in tables (limit"),
    "characters": ("T\n" + "word " * 60_001, "text", "characters (limit"),
    "tags": ("<h1>T</h1>" + "<" * 100_001, "html", "tags (limit"),
    "depth": ("<h1>T</h1>" + "<div>" * 101, "html", "deep (limit"),
    "elements": ("<h1>T</h1>" + "<i>x</i>" * 20_001, "html", "elements (limit"),
    "line breaks": (f"<h1>T</h1><p>{P}<p>" + "x<br>" * 3_001, "html", "lines (limit"),
    "raw HTML in Markdown": ("# T\n\n" + "<div>" * 200, "markdown", "deep (limit"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_would_take_long_is_refused_with_its_number_and_the_limit(what: str) -> None:
    source, form, part = HOSTILE[what]
    with pytest.raises(ArticleError, match=r"E_TOO_(COMPLEX|LONG)") as refusal:
        read(source, format=form)
    assert part in str(refusal.value)


def test_the_title_of_the_author_shows_in_the_outline() -> None:
    assert read(f"Title of it\nThe Full Picture\n{P}", title="Mine").title == "Mine"


def test_a_page_on_one_line_loses_nothing_beside_its_steps() -> None:
    lines = [f"<h1>T</h1><h2>The full picture</h2><p>{P}</p><p>{P}</p><h2>The science</h2><p>{P}</p><p>{P}</p>",
             "<h2>What to do</h2><p>First of all.</p><ol><li>Sit down<li>Get up</ol><p>That was it.</p>"]  # fmt: skip
    joined, apart = (compile_article(how.join(lines).encode(), Options(days=7)) for how in ("", "\n"))
    told = [[prompt.text for day in draft.days for prompt in day.prompts] for draft in (joined, apart)]
    around = [(b.text for p in day.prompts for b in (*p.before, *p.after)) for day in joined.days]
    assert told[0] == told[1]
    assert sorted(set().union(*around)) == ["First of all.", "That was it."]


LABELS = {
    "Get up at 6:30 every day.": "Get up at 6:30 every day",
    "Read Matthew 6:33 aloud: once.": "Read Matthew 6:33 aloud",
    "Step 2: Warm the pot": "Warm the pot",
    "Day 3 – Rest: all day": "Rest",
    "Write it down: three lines.": "Write it down",
    "写下来：三行。": "写下来",
}


@pytest.mark.parametrize("text", LABELS)
def test_an_action_is_called_by_what_it_asks(text: str) -> None:
    assert label(text) == LABELS[text]


def test_the_bold_words_an_action_begins_with_are_its_name() -> None:
    assert label("Get up at seven. Every day, on Sundays too.", "Get up at seven.") == "Get up at seven"
