"""Words and sentences, case by case."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dripcourse.courses.sentences import count_words, split_atoms

WORDS = {
    "": 0,
    "one two": 2,
    "it's a well-known thing—really": 4,
    "— … * •": 0,
    "6-12 months": 2,
    "no\u00a0break": 2,
    "漢字": 1,
    "漢字か": 2,  # three characters: one and a half, rounded up
    "das 漢字 buch": 3,
}


@pytest.mark.parametrize("text", WORDS)
def test_words_are_counted(text: str) -> None:
    assert count_words(text) == WORDS[text]


SENTENCES = [
    "Go now. |Then rest.",
    "Really? |Yes! |Well… |Good.",
    "He came. and stayed.",  # the next word is lower case
    "Ask Dr. Marsh. |She knows.",
    "Some fruit, e.g. Apples, is good.",
    "At 5 p.m. Sharp it ends.",
    "I met J. Smith. |He waved.",
    'She said "Stop. Go home." |Then she left.',
    "She said “Stop. Go home.” |Then she left.",
    'One " alone. |It opens nothing.',
    "It (see page 4. There) is so. |Good.",
    "A [note. Here] and on. |Good.",
    "A ( that never closes. |Good.",
    '*"Be kind. Be patient"* (Paul 4:2). |This is old.',
    "Wait... |What?",
    "Version 2.5 is out. |Take it.",
    "これは本です。|あれも本です。",
    "Really? |! No.",  # a mark alone is no sentence
    "「もう一杯いかがですか。どうぞ。」と祖父は笑いました。|私も笑いました。",
    "他说：“好。我来。”|我也说好。",
    "Il a dit\u00a0: «\u202fViens. Reste.\u202f» |Personne ne bougea.",
    "Er sagte: „Komm. Bleib.“ |So geschah es.",
    "»Komm. Bleib.« |So geschah es. |»Gut.« |Ende.",
    "كيف نحافظ على قوتنا؟ |نبدأ بالماء.",
    "(他来了。她走了。)|好。",
]


@pytest.mark.parametrize("marked", SENTENCES)
def test_a_paragraph_is_cut_behind_its_sentences(marked: str) -> None:
    assert [atom.text for atom in split_atoms(marked.replace("|", ""))] == marked.split("|")


def test_a_sentence_that_leans_on_the_last_one_is_known() -> None:
    atoms = split_atoms("It began. But it ended. The rest stayed. “They” left.")
    assert [atom.starts for atom in atoms] == ["paragraph", "anaphor", "sentence", "anaphor"]


def test_a_list_item_stays_in_one_piece() -> None:
    assert [atom.text for atom in split_atoms("Go. Now. Run.", whole=True)] == ["Go. Now. Run."]


@given(st.text(alphabet=" .!?…\"'“”()[]*abC。漢\n", max_size=120))
def test_the_pieces_are_the_text(text: str) -> None:
    atoms = split_atoms(text)
    assert "".join(atom.text for atom in atoms) == text
    if len(atoms) > 1:
        assert all(any(map(str.isalnum, atom.text)) for atom in atoms)


def test_a_long_row_of_dots_takes_no_long_time() -> None:
    assert len(split_atoms("a" + "." * 200_000 + "b" + "(" * 50_000 + '"' * 50_001)) == 1
