"""Other people's JSON: a place leads to a text, or to one line that names the place."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dripcourse.domain.mapping import is_yes, read
from dripcourse.errors import InputError

BUILDER = {
    "eventId": 7,
    "data": {"fields": [{"key": "q1", "value": "anne@example.net"}, {"value": ["Garden"]}, {"value": None}]},
    "agreed": True,
    "declined": False,
    "0": "a name that is a figure",
    "share": 0.5,
    "two": ["a", "b"],
    "lines": " A\x00nne\r\nBcc: x ",
}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("data.fields.0.value", "anne@example.net"),
        ("data.fields.1.value", "Garden"),
        ("data.fields.1.value.0", "Garden"),
        ("0", "a name that is a figure"),
        ("eventId", "7"),
        ("share", "0.5"),
        ("agreed", "yes"),
        ("declined", ""),
        ("two.1", "b"),
        ("lines", "Anne  Bcc: x"),
    ],
)
def test_a_place_leads_to_a_text(path: str, text: str) -> None:
    assert read({"x": path}, BUILDER) == {"x": text}


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("data.email", "x: there is nothing at data.email"),
        ("data.fields.9.value", "nothing at data.fields.9.value"),
        ("data.fields.-1.value", "nothing at data.fields.-1.value"),
        ("data.fields.first", "nothing at data.fields.first"),
        ("data.fields.2.value", "nothing at data.fields.2.value"),
        ("eventId.more", "nothing at eventId.more"),
        ("data.fields.99999.value", "nothing at data.fields.99999.value"),
        ("data.fields", "data.fields holds a list"),
        ("data", "data holds an object"),
        ("two", "two holds a list"),
    ],
)
def test_what_is_not_there_or_no_text_is_named_with_its_place(path: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        read({"x": path}, BUILDER)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_how_a_place_may_be_missing_is_said_only_where_that_helps() -> None:
    with pytest.raises(InputError, match=r"mark the place as data\.x\? if it may be missing"):
        read({"name": "data.x"}, BUILDER, {"address"})
    with pytest.raises(InputError, match=r"^address: there is nothing at data\.x; nobody is signed up without it$"):
        read({"address": "data.x"}, BUILDER, {"address"})


def test_a_place_with_a_question_mark_may_be_missing() -> None:
    mapping = {"address": "data.fields.0.value?", "name": "data.name?", "zone": "data.fields.2.value?"}
    assert read(mapping, BUILDER) == {"address": "anne@example.net"}


@pytest.mark.parametrize("value", ["x" * 1001, 10**1001, 10**5000], ids=["text", "figure", "too long to spell"])
def test_what_is_too_long_is_refused(value: Any) -> None:
    with pytest.raises(InputError, match="at most 1000"):
        read({"x": "a"}, {"a": value})


@pytest.mark.parametrize(
    ("text", "yes"),
    [("yes", True), ("True", True), (" on ", True), ("1", True), ("", False), ("no", False), ("0", False)],
)
def test_what_a_ticked_box_sends_is_a_yes(text: str, yes: bool) -> None:
    assert is_yes(text) is yes


leaf = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
steps = st.sampled_from(["a", "b", "0", "1", "-1", "²", "", "9999", "__class__"])
anything = st.recursive(
    leaf, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(steps, inner, max_size=3), max_leaves=12
)


@settings(max_examples=150)
@given(data=anything, path=st.lists(steps, min_size=1, max_size=5).map(".".join), optional=st.booleans())
def test_any_json_gives_texts_or_one_line(data: Any, path: str, optional: bool) -> None:
    with suppress(InputError):
        found = read({"x": path + "?" * optional}, data)
        assert found == {} or isinstance(found["x"], str)
        assert optional or found
