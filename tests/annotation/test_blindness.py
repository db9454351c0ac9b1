"""Blind judging: what names a model is found, and what judges lean to is measured."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.domain.blindness.habits import Preferred, habits_in
from annotation.domain.blindness.leak_words import leak_words
from annotation.domain.figures import Undefined

OURS = ["base", "tuned", "meta-llama/Llama-3-8B", "my-model"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("As an AI language model made by Foo Labs, I cannot say.", ["Foo Labs"]),
        ("As an AI model made by OpenAI I cannot taste it.", ["OpenAI"]),
        ("I'm Claude, made by Anthropic.", ["Claude", "Anthropic"]),
        ("Ask chatgpt instead, or ChatGPT.", ["chatgpt"]),
        ("Ich bin ein KI-Modell, entwickelt von OpenAI.", ["OpenAI"]),
        ("It was developed by Google.", ["Google"]),
        ("My-Model says so, as does Llama-3-8B.", ["My-Model", "Llama-3-8B"]),
        ("I am base.", ["base"]),
    ],
)
def test_an_answer_that_names_a_model_or_its_maker_is_found(text, words):
    assert leak_words(text, model_names=OURS) == words


@pytest.mark.parametrize(
    "text",
    [
        "A llama stood in the zoo, and Google maps led us there.",
        "The base of the triangle is tuned to fit.",
        "As an AI language model, I was trained by a team.",
        "Gemini is a sign of the zodiac, and Claude Monet a painter.",
        "my-models",
    ],
)
def test_words_of_other_trades_are_no_leak(text):
    assert leak_words(text, model_names=OURS) == []


@given(st.text(), st.lists(st.text(max_size=20), max_size=4))
def test_whatever_a_model_is_called_the_words_stand_in_the_text(text, names):
    assert all(word in text for word in leak_words(text, model_names=names))


def preferred(*, first: int, of: int, judgement: str = "") -> list[Preferred]:
    return [
        Preferred(judgement=judgement or str(n), was_first=n < first, was_longer=None if n % 2 else True)
        for n in range(of)
    ]


def test_the_share_of_first_shown_choices_is_counted_of_all_that_decide():
    habits = habits_in(preferred(first=30, of=40))
    assert (habits.first.share, habits.first.count, habits.first.leans) == (0.75, 40, True)
    assert (habits.longer.share, habits.longer.count) == (1.0, 20)


def test_an_even_share_leans_to_nothing():
    assert not habits_in(preferred(first=20, of=40)).first.leans


def test_too_few_judgements_give_a_sentence_in_place_of_a_share():
    share = habits_in(preferred(first=1, of=4)).first
    assert isinstance(share.share, Undefined)
    assert not share.leans


def test_a_ranking_of_many_preferences_counts_as_one_judgement():
    ten_each = [each for n in range(12) for each in preferred(first=10 * (n % 2), of=10, judgement=str(n))]
    clustered, single = habits_in(ten_each).first, habits_in(preferred(first=60, of=120)).first
    assert clustered.share == single.share
    assert np.diff(clustered.interval)[0] > 2 * np.diff(single.interval)[0]
