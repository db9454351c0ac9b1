"""What every protocol keeps: settings, refusals in sentences, and conclusions that no side changes."""

import pytest

from annotation.domain.protocol import AnswerError, Asked, Conclusions
from annotation.protocols import PROTOCOLS, load_protocol
from annotation.protocols.pairwise import PAIRWISE
from annotation.protocols.rating import RATING


@pytest.mark.parametrize("name", PROTOCOLS)
def test_a_protocol_is_known_by_its_own_name(name):
    assert load_protocol(name).name == name


@pytest.mark.parametrize("name", PROTOCOLS)
def test_an_empty_form_is_refused_with_a_sentence(name):
    protocol = load_protocol(name)
    asked = Asked(shown=("x", "y"), settings=protocol.settings({}))
    with pytest.raises(AnswerError, match=r"\."):
        protocol.parse({}, asked)


@pytest.mark.parametrize("name", PROTOCOLS)
def test_no_two_choices_share_a_key(name):
    protocol = load_protocol(name)
    keys = [choice.key for choice in protocol.choices(protocol.settings({}))]
    assert len(set(keys)) == len(keys)


def test_an_unknown_protocol_is_refused_with_the_known_names():
    with pytest.raises(LookupError, match="pairwise"):
        load_protocol("dueling")


def test_a_pairwise_verdict_is_of_the_answers_and_not_of_the_sides():
    answer = PAIRWISE.parse({"choice": ["b"]}, Asked(shown=("x", "y")))
    (preference,) = PAIRWISE.conclude(answer, Asked(shown=("x", "y"))).preferences
    assert (preference.first, preference.second, preference.outcome) == ("x", "y", "b")


def test_a_rating_off_the_scale_is_refused():
    for value in ("0", "8", "4.5", "seven", ""):
        with pytest.raises(AnswerError, match="1 to 7"):
            RATING.parse({"choice": [value]}, Asked(shown=("x",)))


def test_a_rating_is_of_the_answer_that_was_shown():
    answer = RATING.parse({"choice": ["6"]}, Asked(shown=("x",)))
    concluded: Conclusions = RATING.conclude(answer, Asked(shown=("x",)))
    assert [(rating.response, rating.value) for rating in concluded.ratings] == [("x", 6.0)]
