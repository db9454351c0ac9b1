"""What a language model says of a user's wishes counts only with the words that it came from."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback_mining.domain.checklists import (
    MOST_PER_MESSAGE,
    is_same_place,
    read_wishes,
    wish_version,
)
from feedback_mining.domain.contexts import BEFORE_ANY, FeedbackContext, contexts_of
from feedback_mining.domain.questions import conversation_json
from language_models.chat.structured import UnreadableAnswerError
from tests.feedback_mining.test_contexts import say

SAID = "Please keep it under 100 words, and answer in French."


def context(text: str = SAID, index: int = 2) -> FeedbackContext:
    return FeedbackContext(
        conversation="c", index=index, text=text, response="A lake.", response_index=index - 1
    )


def answer(*wishes: object) -> str:
    return json.dumps({"wishes": list(wishes)})


def wish(**changed: object) -> dict[str, object]:
    return {"n": 2, "wish": "Answer in French", "quote": "answer in French", **changed}


def test_a_wish_is_linked_to_the_words_that_state_it() -> None:
    (found,) = read_wishes(answer(wish()), contexts=[context()]).wishes
    assert (found.text, SAID[slice(*found.span)]) == ("Answer in French", "answer in French")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"quote": "words that nobody wrote"}, "quotes_not_found"),
        ({"quote": ""}, "quotes_not_found"),
        ({"quote": ["answer"]}, "quotes_not_found"),
        ({"n": 1}, "wishes_of_nothing"),
        ({"n": "2"}, "wishes_of_nothing"),
        ({"wish": "  "}, "wishes_unusable"),
        ({"wish": {"a": 1}}, "wishes_unusable"),
        ({"wish": "x" * 301}, "wishes_unusable"),
    ],
)
def test_what_cannot_be_verified_is_dropped_and_counted(changed: dict[str, object], reason: str) -> None:
    reading = read_wishes(answer(wish(**changed)), contexts=[context()])
    assert (reading.wishes, dict(reading.dropped)) == ([], {reason: 1})


def test_a_repeated_wish_and_a_flood_of_them_are_dropped() -> None:
    flood = [wish(wish=f"Wish {number}") for number in range(MOST_PER_MESSAGE + 3)]
    reading = read_wishes(answer(wish(wish="WISH 0"), *flood), contexts=[context()])
    assert len(reading.wishes) == MOST_PER_MESSAGE
    assert reading.dropped == {"wishes_repeated": 1, "wishes_too_many": 3}


def test_an_answer_of_another_shape_is_unreadable() -> None:
    for said_instead in ("No.", "[1, 2]", '{"verdicts": []}', '{"wishes": 5}'):
        with pytest.raises(UnreadableAnswerError):
            read_wishes(said_instead, contexts=[context()])


def test_the_version_changes_with_the_model() -> None:
    assert wish_version("a") != wish_version("b")


def test_what_a_user_says_first_is_read_too_where_that_is_asked_for() -> None:
    messages = [say("user", "In French, please."), say("assistant", "Bon."), say("user", "Shorter.")]
    contexts = contexts_of(messages, conversation="c", with_openings=True)
    assert [each.response_index for each in contexts] == [BEFORE_ANY, 1]
    sent = json.loads(conversation_json(contexts))
    assert [(each["from"], each["n"]) for each in sent["messages"]] == [
        ("user", 0),
        ("assistant", 1),
        ("user", 2),
    ]


spans = st.tuples(st.integers(0, 50), st.integers(0, 50)).map(lambda ends: (min(ends), max(ends)))


@given(spans, spans)
def test_being_about_the_same_words_is_mutual(one: tuple[int, int], other: tuple[int, int]) -> None:
    assert is_same_place(one, other) == is_same_place(other, one)
    assert is_same_place(one, one) == (one[0] < one[1])
    if one[1] <= other[0]:
        assert not is_same_place(one, other)
