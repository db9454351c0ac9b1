"""How a person likes the desk, and texts word by word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.domain.desk.preferences import (
    ACTS,
    DeskPreferences,
    KeyMapError,
    checked_keys,
    preferences_from,
)
from annotation.domain.desk.word_diff import MOST_WORDS, word_diff

TEXTS = st.text(max_size=200)


def test_what_is_stored_is_read_again():
    chosen = DeskPreferences(
        keys={"undo": "z"}, layout="diff", text_size="large", is_raw=True, declined=["toxicity"]
    )
    assert preferences_from(chosen.stored()).stored() == chosen.stored()


@pytest.mark.parametrize(
    "stored", [{}, {"layout": "circle", "text_size": 7, "keys": {"dance": "x"}, "pause_minutes": -1}]
)
def test_what_is_not_known_falls_back_to_the_usual(stored):
    assert preferences_from(stored).stored() == DeskPreferences().stored()


def test_one_key_for_two_acts_is_refused_with_its_name():
    with pytest.raises(KeyMapError, match="'s' would do two things"):
        checked_keys({"undo": "S"})


def test_a_word_is_no_key():
    with pytest.raises(KeyMapError, match="not one key"):
        checked_keys({"undo": "undo"})


def test_keys_may_be_exchanged():
    assert checked_keys({"undo": "s", "skip": "u"}) == {"undo": "s", "skip": "u"}


def test_a_key_of_one_s_own_stays_when_a_later_act_would_use_it():
    keys = preferences_from({"keys": {"skip": "f"}}).key_of
    assert keys["skip"] == "f"
    assert keys["flag"] not in {keys[act] for act in ACTS if act != "flag"}


def test_the_usual_keys_do_one_thing_each():
    assert len(set(ACTS.values())) == len(ACTS)


@given(TEXTS, TEXTS)
def test_the_pieces_of_a_text_put_together_are_the_text(first, second):
    left, right = word_diff(first, second)
    assert ("".join(piece.text for piece in left), "".join(piece.text for piece in right)) == (first, second)


@given(TEXTS)
def test_a_text_differs_from_itself_in_nothing(text):
    assert not any(piece.is_changed for side in word_diff(text, text) for piece in side)


def test_long_texts_are_compared_by_lines():
    long = "word " * MOST_WORDS + "\n"
    left, right = word_diff(long + "one\n", long + "two\n")
    assert [piece.text for piece in left if piece.is_changed] == ["one\n"]
    assert [piece.text for piece in right if piece.is_changed] == ["two\n"]
