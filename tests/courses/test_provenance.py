"""Each lesson says where its text comes from, and an import remembers what it made."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from dripcourse.courses.article import Options
from dripcourse.courses.folders.edit_front import edit_lesson
from dripcourse.courses.folders.folder import content_hash, read_course, survey
from dripcourse.courses.folders.record import RECORD, read_record, record_text
from dripcourse.courses.folders.shown import paragraphs, sentences
from dripcourse.courses.folders.trace import trace
from dripcourse.errors import InputError
from tests.courses.articles import GARDEN
from tests.courses.importing import import_into, the_file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The garden as a course of 14 days."""
    import_into(tmp_path / "course", GARDEN.read_bytes(), Options(days=14))
    return tmp_path / "course"


def lines_of(source: str) -> list[int]:
    """The lines that a `source` names."""
    assert source.startswith("article.md:")
    spans = [re.fullmatch(r"(\d+)(?:-(\d+))?", part) for part in source.removeprefix("article.md:").split(", ")]
    return [line for span in spans if span for line in range(int(span[1]), int(span[2] or span[1]) + 1)]


def test_each_lesson_names_the_lines_of_article_md_that_hold_its_words(folder: Path) -> None:
    article = (folder / "article.md").read_text().split("\n")
    lessons = [file for file in survey(folder).files if file.source]
    assert len(lessons) == 14  # the welcome and 13 days; the look back and the last mail show no sentence
    for file in lessons:
        assert file.lesson
        named = "\n".join(article[line - 1] for line in lines_of(file.source))
        first = next(iter(sentences(file.lesson.body))).text
        assert first in named, file.path.name


def test_the_lines_of_a_passage_are_no_more_than_it_needs(folder: Path) -> None:
    article = (folder / "article.md").read_text().split("\n")
    (file,) = [file for file in survey(folder).files if file.name_key == "water-and-roots"]
    (first, *_) = lines_of(file.source)
    assert article[first - 1].startswith("Deep watering sends roots downward")
    assert file.lesson
    assert file.lesson.action
    assert [article[line - 1] for line in lines_of(file.source)][-1].endswith(file.lesson.action.text)


def test_the_source_is_no_part_of_the_course(folder: Path) -> None:
    before = content_hash(read_course(folder))
    path = the_file(folder, "water-and-roots")
    path.write_text(re.sub(r"source: .*\n", "", path.read_text()))
    assert content_hash(read_course(folder)) == before


def test_a_record_reads_back_and_is_the_same_text_again(folder: Path) -> None:
    record = read_record(folder)
    assert record is not None
    assert record.options == Options(days=14)
    assert record.source == "../article.txt"
    assert record.unplaced == ()
    assert record_text(record) == (folder / RECORD).read_text()


def test_a_folder_without_a_record_was_made_by_hand(folder: Path) -> None:
    (folder / RECORD).unlink()
    assert read_record(folder) is None


BROKEN = {
    "no JSON": ("{", "not the record of an import"),
    "no table": ("[]", "it is not a table"),
    "a deep nest": ("[" * 100_000, "not the record"),
    "not UTF-8": ("\udcff", "not the record"),
    "a later format": ('"format": 1|"format": 2', "format is 2"),
    "a key too many": ('"format": 1|"format": 1, "x": 1', "it is not a table of"),
    "an unknown option": ('"days": 14|"dais": 14', "option dais is 14"),
    "an option of another type": ('"days": 14|"days": "14"', "option days is '14'"),
    "a day that is none": ('"day": 0|"day": null', "day or kind of welcome"),
    "a kind that is none": ('"kind": "welcome"|"kind": "hello"', "day or kind of welcome"),
    "a sentence that is no text": ('"unplaced": []|"unplaced": [1]', "not a list of texts"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_record_is_one_clear_line(folder: Path, what: str) -> None:
    text, message = BROKEN[what]
    old, bar, new = text.partition("|")
    whole = (folder / RECORD).read_text().replace(old, new, 1) if bar else text
    (folder / RECORD).write_bytes(whole.encode("utf-8", "surrogateescape"))
    with pytest.raises(InputError, match=re.escape(message)) as caught:
        read_record(folder)
    assert "\n" not in str(caught.value)
    assert str(folder / RECORD) in str(caught.value)


def test_the_record_is_made_to_be_compared_line_by_line(folder: Path) -> None:
    text = (folder / RECORD).read_text()
    assert list(json.loads(text)["lessons"])[:2] == ["welcome", "the-full-picture"]
    assert re.search(r'\n +"[0-9a-f]{16} Deep watering sends roots downward', text)


SHOWN = {
    "a heading is no sentence": ("# One\n\nTwo.", [("Two.", 3)]),
    "marks are not seen": ("Take *this* and **that** `x`.", [("Take this and that x.", 1)]),
    "escapes are not seen": (r"Two \* two.", [("Two * two.", 1)]),
    "a link is its text": ("See [the *page*](https://example.org/).", [("See the page.", 1)]),
    "a comment is not seen": ("<!-- left out -->\n\nText.", [("Text.", 3)]),
    "a wrapped paragraph": ("One and\none. Two\nand two.", [("One and\none.", 1), ("Two\nand two.", 2)]),
    "items": ("1. One.\n   - Two.\n", [("One.", 1), ("Two.", 2)]),
    "a row of a table": ("| a | b |\n|---|---|\n| c | d |\n", [("a\tb", 1), ("c\td", 3)]),
    "code": ("```\nrun it\n```\n", [("run it", 2)]),
    "a quotation": ("> One.\n> Two.\n", [("One.", 1), ("Two.", 2)]),
    "no words": ("—\n\n***\n", []),
}


@pytest.mark.parametrize("what", SHOWN)
def test_the_sentences_of_a_text_are_those_a_reader_sees(what: str) -> None:
    markdown, wanted = SHOWN[what]
    assert [(sentence.text, sentence.line) for sentence in sentences(markdown)] == wanted


def test_a_text_that_costs_the_parser_much_is_compared_as_it_is_written() -> None:
    text = "[" * 50_000 + " and the words"
    assert [sentence.text for sentence in sentences(text)] == [text]


TRACES = {
    "in order": ("A one. B two. C three.", ["A one. B two.", "C three."], [[0, 1], [2]]),
    "a sentence twice in the article": ("A one. Yes. B two. Yes.", ["A one. Yes.", "B two. Yes."], [[0, 1], [2, 3]]),
    "of two the one beside": (
        "A one. Yes. Yes. B two.",
        ["Yes. B two.", "A one. Yes."],
        [[2, 3], [0, 1]],
    ),
    "a second use": ("A one.", ["A one.", "A one."], [[0], [0]]),
    "case, quotes and spaces do not count": ("It’s  Here.", ["it's here."], [[0]]),
    "joined with other words": ("A thing is here. B two.", ["So: a thing is here. Yes."], [[0]]),
    "none": ("A one.", ["Else."], [[]]),
}


@pytest.mark.parametrize("what", TRACES)
def test_a_text_is_traced_to_the_sentences_it_shows(what: str) -> None:
    article, texts, wanted = TRACES[what]
    assert trace(sentences(article), [paragraphs(text) for text in texts]) == wanted


FRONT = """\
---
key: a
kind: lesson
subject: "Old"  # mine
# a remark
action: |
  One.

  Two.
note: ""
---

Body.
"""
EDITS = {
    "a line, and its remark stays": ({"subject": "New"}, '"Old"  # mine', '"New"  # mine'),
    "a line becomes several": ({"subject": "a\nb"}, 'subject: "Old"  # mine', "# mine\nsubject: |-\n  a\n  b"),
    "several lines": ({"action": "Three.\n\nFour."}, "|\n  One.\n\n  Two.", "|-\n  Three.\n\n  Four."),
    "several become one": ({"action": "Three."}, "|\n  One.\n\n  Two.", '"Three."'),
    "a field comes in": ({"section": "S"}, '"Old"  # mine\n', '"Old"  # mine\nsection: "S"\n'),
    "a field goes out": ({"action": ""}, "action: |\n  One.\n\n  Two.\n", ""),
    "the body": ({"body": "New.\n\nTwo."}, "Body.", "New.\n\nTwo."),
}


@pytest.mark.parametrize("what", EDITS)
def test_an_edit_changes_its_field_and_no_other_byte(what: str) -> None:
    changes, old, new = EDITS[what]
    assert edit_lesson(FRONT, changes) == FRONT.replace(old, new, 1)


ODD = ["{key: a, subject: b}", "key: a\nsubject: [b]", "subject: >\n  b\nkey: a", "key: a", "subject: &x b\nsolo: *x"]


@pytest.mark.parametrize("fields", ODD)
def test_a_front_matter_of_another_shape_is_edited_rightly_or_not_at_all(fields: str) -> None:
    edited = edit_lesson(f"---\n{fields}\n---\n\nBody.\n", {"subject": "New: x"})
    assert edited is None or 'subject: "New: x"' in edited
