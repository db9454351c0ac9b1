"""The taxonomy of satisfaction and dissatisfaction."""

import pytest

from feedback_mining.domain.taxonomy import (
    CRITERIA,
    DSAT_CRITERIA,
    SAT_CRITERIA,
    Polarity,
    UnknownCriterionError,
    criterion_named,
    polarity_of,
)


def test_nine_criteria_speak_for_an_answer_and_nine_against() -> None:
    assert len(SAT_CRITERIA) == len(DSAT_CRITERIA) == 9
    assert list(CRITERIA) == [*SAT_CRITERIA, *DSAT_CRITERIA]


@pytest.mark.parametrize("name", SAT_CRITERIA)
def test_sat_criteria_have_the_polarity_sat(name: str) -> None:
    assert polarity_of(name) is Polarity.SAT


@pytest.mark.parametrize("name", DSAT_CRITERIA)
def test_dsat_criteria_have_the_polarity_dsat(name: str) -> None:
    assert polarity_of(name) is Polarity.DSAT


@pytest.mark.parametrize("name", CRITERIA)
def test_each_criterion_is_explained_by_its_own_example_and_counter_example(name: str) -> None:
    criterion = criterion_named(name)
    texts = {criterion.definition, criterion.example, criterion.counter_example}
    assert len(texts) == 3
    assert all(texts)


def test_an_unknown_criterion_is_refused_with_the_known_names() -> None:
    with pytest.raises(UnknownCriterionError, match=r"No criterion is named 'Joy'.*Gratitude.*Style"):
        polarity_of("Joy")
