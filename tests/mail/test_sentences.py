"""Dates, lists and the sentences about one reader, in the language of the mail."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from dripcourse.mail import sentences, words
from dripcourse.mail.sentences import sentence
from dripcourse.spelling import spell_day, spell_list, spell_weekday

DAY = date(2026, 12, 3)  # a Thursday


@pytest.mark.parametrize(
    ("language", "day", "weekday", "three"),
    [
        ("en", "3 December 2026", "Thursday 3 December 2026", "1, 2 and 4"),
        ("en-US", "December 3, 2026", "Thursday, December 3, 2026", "1, 2, and 4"),
        ("de", "3. Dezember 2026", "Donnerstag, 3. Dezember 2026", "1, 2 und 4"),
        ("de-CH", "3. Dezember 2026", "Donnerstag, 3. Dezember 2026", "1, 2 und 4"),
        ("tlh", "3 December 2026", "Thursday 3 December 2026", "1, 2 and 4"),  # unknown to the CLDR: English
    ],
)
def test_dates_and_lists_are_spelt_as_the_language_does(language: str, day: str, weekday: str, three: str) -> None:
    assert (spell_day(DAY, language), spell_list(["1", "2", "4"], language)) == (day, three)
    assert spell_weekday(DAY, language).replace("Thursday, 3", "Thursday 3") == weekday


def test_a_sentence_is_said_in_its_language_and_in_english_where_that_lacks_it() -> None:
    assert sentence("taps_done", "de-AT", done="1 und 2") == "„Erledigt“ haben Sie an den Tagen 1 und 2 angetippt."
    assert sentence("paused_until", "he", when="Monday") == "No lesson comes before Monday."


def test_the_words_and_the_sentences_of_mails_are_there_in_the_same_languages() -> None:
    assert set(sentences._all()) == set(words._all())
    assert [sentences.spoken(language) for language in ("de-CH", "he", "en")] == ["de-CH", "en", "en"]


def days_of_a_week() -> list[str]:
    """The longest lists of days there are in a look back over one week: six lessons, tapped in any way."""
    return [spell_list([str(day) for day in days], "de") for days in ((22, 23, 24, 25, 26, 27), (22, 23, 25))]


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_sentence_stands_on_one_line_of_the_text_part(language: str) -> None:
    whens = [spell_weekday(date(2026, 9, 21) + timedelta(days), language) for days in range(10)]
    for name in sentences._all()["en"]:
        for when in whens:
            for days in days_of_a_week()[name == "taps_both" :]:
                counted = {"done": days, "not_today": days, "count": "26", "day": "26", "days": "30"}
                said = sentence(name, language, when=when, hour="08:00", **counted)
                assert len(said) <= 76, said


def test_every_language_has_every_sentence_with_the_same_places() -> None:
    tables = sentences._all()
    for name, english in tables["en"].items():
        for language in tables:
            assert re.findall(r"\{\w+\}", tables[language][name]) == re.findall(r"\{\w+\}", english), (language, name)
