"""Every error and warning code of the compiler, with the numbers and the remedy in its message."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dripcourse.courses.article import Options
from dripcourse.courses.codes import ArticleError
from dripcourse.courses.drafting.compile import compile_article
from dripcourse.courses.reading.decode import detect_format
from dripcourse.courses.reading.ledger import check_ledger
from dripcourse.courses.reading.plain_text import read_text
from dripcourse.errors import InputError
from tests.courses.articles import GARDEN

TEN = "One two three four five six seven eight nine ten. "
SHORT = f"A Title\nThe Full Picture\n{TEN * 6}\nThe Science\n{TEN * 6}"
LONG = f"A Title\nThe Full Picture\n{TEN * 500}"


def code_and_message(data: bytes, **options: object) -> str:
    with pytest.raises(ArticleError) as caught:
        compile_article(data, Options(**options))  # type: ignore[arg-type]
    return str(caught.value)


ERRORS: dict[str, tuple[bytes, dict[str, object], str]] = {
    "E_EMPTY": (b" \n\t\r\n \xe2\x80\x8b", {}, "The file has no text."),
    "E_BINARY": (b"%PDF-1.7 and more", {}, "This looks like a PDF, not text. Save it as .txt, .md or .html."),
    "E_BINARY ": (b"some\0thing", {}, "This looks like a binary file, not text."),
    "E_BINARY  ": (b"text \x01\x02\x03 text", {}, "binary file"),
    "E_NO_TITLE": (f"{TEN * 3}\n{TEN}".encode(), {}, "First line: «One two three"),
    "E_NO_TITLE ": (b"1. Sit\n2. Stand", {}, "First line: «Sit»"),
    "E_NO_BODY": (b"A Title\nWhat To Do\n1. Sit\n2. Stand", {}, "Found 1 headings and 2 actions, but no paragraph"),
    "E_NO_BODY ": (b"A Title", {}, "Found 0 headings and 0 actions"),
    "E_DAYS_RANGE": (SHORT.encode(), {"days": 61}, "days is 61; allowed: 7 to 60."),
    "E_DAYS_RANGE ": (SHORT.encode(), {"days": 6}, "days is 6;"),
    # 120 words make 6 passages of 20; 6 are a third of 18 days
    "E_TOO_SHORT": (
        SHORT.encode(),
        {"days": 30},
        "120 words in 12 sentences make 6 lessons; 30 days need at least 10.",
    ),
    "E_TOO_SHORT ": (SHORT.encode(), {"days": 30}, "use --days 18."),
    "E_TOO_SHORT  ": (b"A Title\nThe Full Picture\n" + TEN.encode(), {}, "even 7 days are too many"),
    # 5000 words over 7 lessons; 9 content days are the first with 600 or fewer: 10 days with one recap
    "E_TOO_LONG": (
        LONG.encode(),
        {"days": 7},
        "5000 words over 7 lessons are 714 words each (limit 600). Use --days 10",
    ),
    "E_UNKNOWN_PERSPECTIVE": (
        SHORT.encode(),
        {"perspectives": ("The Fool Picture",)},
        "No heading «The Fool Picture». Headings: «The Full Picture», «The Science».",
    ),
    "E_UNKNOWN_PERSPECTIVE ": (SHORT.encode(), {"actions_under": "Deeds"}, "No heading «Deeds»."),
    "E_UNKNOWN_PERSPECTIVE  ": (SHORT.encode(), {"actions_under": "The Science"}, "0 numbered lines and 0 bullets"),
}


@pytest.mark.parametrize("code", ERRORS)
def test_an_error_has_its_code_its_numbers_and_a_remedy(code: str) -> None:
    data, options, message = ERRORS[code]
    found = code_and_message(data, **options)
    assert found.startswith(f"{code.strip()}: ")
    assert message in found
    assert "\n" not in found


@pytest.mark.parametrize("days", range(7, 60))
def test_the_remedy_for_a_short_article_works_and_is_the_largest(days: int) -> None:
    try:
        compile_article(SHORT.encode(), Options(days=days))
    except ArticleError:
        assert days > 18
    else:
        assert days <= 18


def test_an_article_with_a_lost_line_makes_no_draft() -> None:
    text = GARDEN.read_text()
    article = read_text(text, Options())
    check_ledger(text, article)
    lost = replace(article, dropped=tuple(d for d in article.dropped if d.text != "Related Questions"))
    with pytest.raises(ArticleError, match=r"E_LEDGER: Internal: 16 characters unaccounted"):
        check_ledger(text, lost)
    with pytest.raises(ArticleError, match="E_LEDGER"):
        check_ledger(text + "\nOne more line", article)


@pytest.mark.parametrize(
    ("source", "form"),
    [
        ("<!doctype html><p>Text", "html"),
        ("A\n<p>one<p>two<div>three", "html"),
        ("# Title\n\nText\n\n## Part\n\nText", "markdown"),
        ("---\ntitle: x\n---\nText", "markdown"),
        ("Title\n=====\n\nPart\n-----\n\nText", "markdown"),
        ("Title\n> quoted\n> lines", "markdown"),
        ("Title\nA [link](https://e.org)\nand **bold**", "markdown"),
        ("Title\n# Part\n" + "One paragraph a line, as scraped text has it. " * 4 + "\n# Part\nText", "text"),
        ("Title\n2 * 3 * 4\nText of <tags> & more", "text"),
        ("Title\n# not a heading for us\nText", "text"),
    ],
)
def test_the_format_is_found_by_what_is_in_the_file(source: str, form: str) -> None:
    assert detect_format(source) == form


BAD_OPTIONS = [
    {"rotate": "maybe"},
    {"recap_every": 1},
    {"recap_every": -7},
    {"language": "English please"},
    {"short_answer": "none"},
    {"min_passage_words": 0},
]


@pytest.mark.parametrize("options", BAD_OPTIONS)
def test_an_impossible_option_is_refused_by_name(options: dict[str, object]) -> None:
    with pytest.raises(InputError, match=next(iter(options))):
        compile_article(GARDEN.read_bytes(), Options(**options))  # type: ignore[arg-type]


STEPS = "\n".join(f"{n}. Step {n} of the way" for n in range(1, 10))
QUOTE = '"Let each one do as the heart has decided" (2 Corinthians 9:7).'
WARNINGS: dict[str, tuple[bytes, dict[str, object], str, int]] = {
    "W_ENCODING_GUESSED": ("A Title\nThe Full Picture\nCafé. ".encode("latin-1") + TEN.encode() * 20, {}, "1252", 3),
    "W_LEVELS_GUESSED": (f"A Title\nBeginnings\n{TEN * 20}\nEndings\n{TEN * 20}".encode(), {}, "1 «Beginnings»", 2),
    "W_NO_PERSPECTIVES": (f"A Title\n{TEN * 20}".encode(), {}, "all text is one", 0),
    "W_NO_ACTIONS": (SHORT.encode(), {}, "Found 0 actions", 0),
    # 13 content days in 14, 6 passages
    "W_PRACTICE_DAYS": (SHORT.encode(), {"days": 14}, "7 of 13 days", 0),
    "W_THIN": (SHORT.encode(), {"days": 7}, "20.0 words per lesson; no course of 7 days or more gives 60", 0),
    "W_LONG_LESSON": (
        f"A Title\nThe Full Picture\n{'word ' * 1000}. {TEN * 20}".encode(),
        {"days": 7},
        "A passage of 1000 words (limit 900)",
        3,
    ),
    "W_PERSPECTIVES_MERGED": (
        "\n".join(["A Title", *(f"# View {n}\n{TEN * 4}" for n in range(9))]).encode(),
        {"days": 7, "format": "text"},
        "9 perspectives for 7 lessons: joined to 7",
        0,
    ),
    "W_ACTIONS_BUNDLED": (f"{SHORT}\nNext Steps\n{STEPS}".encode(), {"days": 7}, "9 actions for 7 days", 7),
    "W_DUPLICATE_BLOCK": (SHORT.encode(), {"days": 7}, "Lines 3 and 5", 5),
    "W_QUOTED_SCRIPTURE": (
        f"{SHORT}\n{QUOTE}".encode(),
        {"days": 7},
        "1 quotation of scripture (2 Corinthians 9:7)",
        6,
    ),
    "W_SENSITIVE": (f"{SHORT}\nAfter the divorce, he moved.".encode(), {"days": 7}, "1 sensitive word (divorce)", 6),
}


@pytest.mark.parametrize("code", WARNINGS)
def test_a_warning_has_its_code_its_place_and_its_numbers(code: str) -> None:
    data, options, message, line = WARNINGS[code]
    draft = compile_article(data, Options(**{"days": 7, **options}))  # type: ignore[arg-type]
    found = next(c for c in draft.cautions if c.code == code)
    assert message in found.message
    assert found.line == line


def test_nothing_is_warned_of_without_a_reason() -> None:
    draft = compile_article(GARDEN.read_bytes(), Options(days=7, min_passage_words=20))
    assert [c.code for c in draft.cautions] == ["W_QUOTED_SCRIPTURE", "W_THIN"]  # 57.1 words a lesson


@pytest.mark.parametrize("text", ["He read Romans 8:28.", '"Short words" (John 3:16).', "Mark 4:5 in the afternoon"])
def test_a_reference_without_a_long_quotation_is_no_quotation(text: str) -> None:
    draft = compile_article(f"{SHORT}\n{text}".encode(), Options(days=7))
    assert "W_QUOTED_SCRIPTURE" not in [c.code for c in draft.cautions]


def test_encodings_are_told_by_mark_by_declaration_or_by_trying() -> None:
    text = "A Title — «Käse»\nThe Full Picture\n" + TEN * 20
    title = "A Title — «Käse»"
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-32", "windows-1252"):
        assert compile_article(text.encode(encoding), Options(days=7)).title == title
