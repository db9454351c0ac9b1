"""Evidence counts only where it stands in the message, as whole words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback_mining.domain.quotes import find_quote


@pytest.mark.parametrize(
    ("quote", "text", "words"),
    [
        ("no", "I know, no thanks", "no"),
        ("too long", "It’s TOO  long!", "TOO  long"),
        ("“Wrong!”", "That is wrong!", "wrong!"),
        ("不对", "这个不对,再来", "不对"),
        ("ผิด", "มันผิดนะ", "ผิด"),
        ("💩", "what a 💩answer", "💩"),
    ],
)
def test_a_quote_is_found_where_words_begin_and_end(quote, text, words):
    found = find_quote(quote, text=text)
    assert found
    assert text[slice(*found)] == words


@pytest.mark.parametrize("quote", ["no", "a", "know tha", "", " . "])
def test_part_of_a_word_is_no_evidence(quote):
    assert find_quote(quote, text="I know thanks") is None


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_quote_of_any_text_is_found_within_it_or_not_at_all(quote, text):
    found = find_quote(quote, text=text)
    assert found is None or 0 <= found[0] < found[1] <= len(text)
