"""The pages' words: every language has every one, with the same braces, and every one is said somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import dripcourse.web
from dripcourse.domain.states import ENDED
from dripcourse.errors import InputError
from dripcourse.web.words import checked, language_name, tables, words_for
from dripcourse.web.zones import REGIONS

WEB = Path(dripcourse.web.__file__).parent
TABLES = tables()
#: Names that are put together where they are said.
BUILT = {
    *(f"ended_{state.value}" for state in ENDED),
    *(f"region_{region}" for region in (*REGIONS, "Other")),
    *(f"{tap}_{part}" for tap in ("done", "not_today") for part in ("ask", "button", "heading", "text")),
    *("said_done", "said_not_today", "pause_3", "pause_7", "pause_14"),
}


@pytest.mark.parametrize(
    "table",
    [{"hello": "Hallo {name}"}, {"hello": "Hallo", "bye": "Ade"}, {"hello": "Hallo {name}", "bye": "Ade", "more": "x"}],
)
def test_a_language_that_differs_in_more_than_words_is_refused(table: dict[str, str]) -> None:
    with pytest.raises(InputError, match=r"\[de\] and \[en\] differ in: (hello|bye|more)"):
        checked({"en": {"hello": "Hello {name}", "bye": "Bye"}, "de": table})


def test_every_word_is_said_somewhere() -> None:
    source = "".join(file.read_text(encoding="utf-8") for file in [*WEB.glob("*.py"), *WEB.glob("pages/*.html")])
    said = BUILT | set(re.findall(r'"([a-z0-9_]+)"', source))
    assert set(TABLES["en"]) <= said
    assert set(TABLES["en"]) >= BUILT


@pytest.mark.parametrize(
    ("tag", "spoken", "named"),
    [
        ("en", "en", "English"),
        ("de-CH", "de", "Deutsch (Schweiz)"),
        ("fr", "en", "Français"),
        ("he", "en", "עברית"),
        ("qx", "en", "qx"),
        ("", "en", ""),
    ],
)
def test_a_language_speaks_its_own_words_or_english_and_names_itself(tag: str, spoken: str, named: str) -> None:
    assert words_for(tag).language == spoken
    assert language_name(tag) == named
