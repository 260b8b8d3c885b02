"""Signed links: who can read which."""

from __future__ import annotations

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dripcourse.errors import ConfigError, NotFound
from dripcourse.mail.links import PURPOSES, Links

OLD, NEW, OTHER = "old-key-0123456789", "new-key-0123456789", "other-key-0123456789"
LINKS = Links("https://course.example.com", (OLD, NEW))
ID = "k3v9Zq_-81mNpXw2"


@pytest.mark.parametrize("purpose", PURPOSES)
def test_a_link_is_read_back_for_its_own_purpose(purpose: str) -> None:
    url = LINKS.url(purpose, ID)
    head, _, token = url.rpartition("/")
    assert head == f"https://course.example.com/{purpose}"
    assert LINKS.read(purpose, token) == ID


@pytest.mark.parametrize("made_for", PURPOSES)
@pytest.mark.parametrize("used_for", PURPOSES)
def test_a_token_opens_no_other_door(made_for: str, used_for: str) -> None:
    token = LINKS.token(made_for, ID)
    if made_for == used_for:
        assert LINKS.read(used_for, token) == ID
    else:
        with pytest.raises(NotFound):
            LINKS.read(used_for, token)


def test_the_newest_key_signs_and_old_ones_still_read_until_they_are_dropped() -> None:
    before = Links("https://x.example", (OLD,)).token("leave", ID)
    after = LINKS.token("leave", ID)
    assert LINKS.read("leave", before) == ID
    assert after == Links("https://x.example", (NEW,)).token("leave", ID) != before
    with pytest.raises(NotFound):
        Links("https://x.example", (NEW,)).read("leave", before)


def test_every_single_changed_character_is_refused() -> None:
    token = LINKS.token("one-click", ID)
    alphabet = string.ascii_letters + string.digits + "-_.= "
    for at, was in enumerate(token):
        for instead in alphabet.replace(was, ""):
            with pytest.raises(NotFound):
                LINKS.read("one-click", token[:at] + instead + token[at + 1 :])


@given(st.text(max_size=60))
def test_no_text_is_taken_for_a_token(text: str) -> None:
    with pytest.raises(NotFound):
        LINKS.read("leave", text)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda t: t + "=",
        lambda t: t + "\n",
        lambda t: " " + t,
        lambda t: t + "A",
        lambda t: "",
        lambda t: t[:-1],
        lambda t: t.upper(),
    ],
)
def test_a_token_has_one_spelling(spoil) -> None:
    with pytest.raises(NotFound):
        LINKS.read("leave", spoil(LINKS.token("leave", ID)))


def test_every_refusal_has_the_same_words() -> None:
    tokens = [
        "",
        "x",
        "x.y",
        LINKS.token("leave", ID)[:-1] + "!",
        LINKS.token("undo", ID),
        Links("", (OTHER,)).token("leave", ID),
    ]
    said = set()
    for token in tokens:
        with pytest.raises(NotFound) as refused:
            LINKS.read("leave", token)
        said.add(str(refused.value))
    assert len(said) == 1


def test_a_token_is_short_and_safe_in_a_url() -> None:
    token = LINKS.token("leave", ID)
    assert len(token) <= 43
    assert re.fullmatch(r"[A-Za-z0-9_.-]+", token)
    # 22 characters of base64 hold 128 bits
    assert len(token.rpartition(".")[2]) == 22


def test_short_or_missing_keys_are_refused_at_once() -> None:
    for keys in ((), ("short",), (NEW, "")):
        with pytest.raises(ConfigError, match="16 characters"):
            Links("https://x.example", keys)


@pytest.mark.parametrize("impossible", ["anne@example.org", "", "a" * 65, "a/b", "a.b", "a\n", "ä"])
def test_an_address_cannot_become_a_token(impossible: str) -> None:
    with pytest.raises(ValueError, match="public id"):
        LINKS.url("leave", impossible)
    with pytest.raises(ValueError, match="public id"):
        LINKS.lesson_urls(impossible)


IDS = st.text(string.ascii_letters + string.digits + "_-", min_size=1, max_size=64)


@given(IDS, st.lists(st.text(st.characters(codec="utf-8"), min_size=16, max_size=200), min_size=1, max_size=3))
def test_the_links_of_a_lesson_are_those_made_one_by_one(public_id: str, keys: list[str]) -> None:
    links = Links("https://course.example.com/", tuple(keys))
    leave, one_click, me, by_mail = links.lesson_urls(public_id)
    assert (leave, one_click, me) == tuple(links.url(purpose, public_id) for purpose in ("leave", "one-click", "me"))
    assert by_mail == links.token("mail-leave", public_id)
    assert links.read("leave", leave.rpartition("/")[2]) == links.read("one-click", one_click.rpartition("/")[2])


@given(IDS, IDS)
def test_no_two_ids_or_purposes_share_a_signature(one: str, other: str) -> None:
    tokens = {LINKS.token(purpose, public_id) for purpose in PURPOSES for public_id in (one, other)}
    assert len({token.rpartition(".")[2] for token in tokens}) == len(PURPOSES) * len({one, other})


def test_a_purpose_there_is_not_is_a_mistake_of_ours() -> None:
    for ask in (LINKS.token, LINKS.url, LINKS.read):
        with pytest.raises(ValueError, match="no such link purpose: 'login'"):
            ask("login", ID)
