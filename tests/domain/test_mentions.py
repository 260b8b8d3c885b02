"""What an author fills in for each reader: how it is written, and what it says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dripcourse.domain.mentions import MOST, Mention, of_reader, replaced, unclear

ANNE = of_reader("Anne", {"city": "Bern", "age": 41, "name": "somebody else", "news": ""})


def told(line: str) -> str:
    return replaced(line, lambda mention: mention.told(ANNE))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Dear {name|friend}", "Dear Anne"),
        ("{city|your town}, {age|any} years", "Bern, 41 years"),
        ("from {country|somewhere}", "from somewhere"),
        ("any {news| news at all }?", "any news at all?"),
        (r"a brace: \{name|friend}", "a brace: {name|friend}"),
        (r"and \{name} and \d", r"and {name} and \d"),
        ("{name}", "{name}"),
        ("{Name|x} { name|x} {name|} {name| } {a|b|c}", "{Name|x} { name|x} {name|} {name| } {a|b|c}"),
        ("{name|{name|x}}", "{name|Anne}"),
        ("{} { } {1|2}", "{} { } {1|2}"),
    ],
)
def test_a_line_says_what_its_reader_gave_or_the_words_for_everybody(line: str, said: str) -> None:
    assert told(line) == said


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Dear {name}", ["{name}"]),
        ("Dear {name|} and {name| }", ["{name|}", "{name| }"]),
        ("{Name|x}, { name |x}, {first-name|x}", ["{Name|x}", "{ name |x}", "{first-name|x}"]),
        ("{a|b|c}", ["{a|b|c}"]),
        (r"{name|friend} \{name} {1} {} {a b} {{name}}", []),
    ],
)
def test_what_was_meant_as_a_mention_and_is_none_is_found(line: str, found: list[str]) -> None:
    assert unclear(line) == found


@given(st.text(max_size=300))
def test_whatever_was_typed_is_one_short_line_and_is_not_read_again(typed: str) -> None:
    line = replaced("{name|friend}", lambda mention: mention.told({"name": typed}))
    assert line == Mention("name", "friend").told({"name": typed})
    assert 1 <= len(line) <= MOST
    assert len(line.splitlines()) == 1
    assert not {"\r", "\n", "\u2028", "\u202e", "\x00"} & set(line)
