"""Whether two requests may be the same in other words, by their words alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback_mining.domain.repetition import may_ask_again


@pytest.mark.parametrize(
    ("text", "earlier"),
    [
        ("What is the best way to remove kitchen ants?", "How can I get rid of ants in the kitchen?"),
        ("What's the population of Norway?", "How many people live in Norway?"),
        ("How are tomatoes planted?", "When is planting time for a tomato?"),
        ("RECURSION please", "Explain recursion to me"),
    ],
)
def test_requests_that_share_content_words_are_worth_a_comparison(text: str, earlier: str) -> None:
    assert may_ask_again(text, earlier)


@pytest.mark.parametrize(
    ("text", "earlier"),
    [
        ("Could you write that again?", "Could you explain this?"),
        ("Thanks, and what should I pack?", "Which flights go to Lisbon in June?"),
        ("ok", "ok"),
        ("", ""),
    ],
)
def test_words_of_asking_alone_are_no_reason_to_compare(text: str, earlier: str) -> None:
    assert not may_ask_again(text, earlier)


@given(text=st.text(max_size=80), earlier=st.text(max_size=80))
def test_it_does_not_matter_which_came_first(text: str, earlier: str) -> None:
    assert may_ask_again(text, earlier) == may_ask_again(earlier, text)
