"""Findings, and what they say of a message as a whole."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback_mining.domain.contexts import FeedbackContext
from feedback_mining.domain.findings import (
    Finding,
    FindingError,
    check_findings,
    confident_findings,
    dsat_probability,
    evident_findings,
    noisy_or,
    sat_probability,
    score_row,
    shares_of,
    surest_per_criterion,
)
from feedback_mining.domain.taxonomy import CRITERIA, UnknownCriterionError

CONTEXT = FeedbackContext(
    conversation="chat-7", index=3, text="No, wrong. Thanks anyway.", response="Sydney.", response_index=2
)


@pytest.mark.parametrize("probability", [-0.1, 1.1, math.nan, math.inf])
def test_a_finding_refuses_what_is_no_probability(probability: float) -> None:
    with pytest.raises(FindingError, match="not a probability"):
        Finding("Style", probability, 0, 1)


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (3, 2)])
def test_a_finding_refuses_what_is_no_span(start: int, end: int) -> None:
    with pytest.raises(FindingError, match="not a span"):
        Finding("Style", 0.5, start, end)


def test_findings_must_lie_inside_the_text() -> None:
    with pytest.raises(FindingError, match="the span ends at 9, the text at 5"):
        check_findings([Finding("Style", 0.5, 0, 9)], text="short")


def test_a_criterion_may_be_found_only_once_in_a_message() -> None:
    twice = [Finding("Style", 0.5, 0, 1), Finding("Style", 0.6, 1, 2)]
    with pytest.raises(FindingError, match="found twice"):
        check_findings(twice, text="short")


def test_findings_must_name_criteria_of_the_taxonomy() -> None:
    with pytest.raises(UnknownCriterionError):
        check_findings([Finding("Joy", 0.5, 0, 1)], text="short")


def test_the_surest_finding_of_a_criterion_stays() -> None:
    faint, sure = Finding("Style", 0.5, 0, 1), Finding("Style", 0.6, 1, 2)
    praise = Finding("Praise", 0.1, 0, 1)
    assert surest_per_criterion([faint, sure, praise]) == [praise, sure]


def test_a_finding_at_the_threshold_is_confident() -> None:
    at, below = Finding("Style", 0.5, 0, 1), Finding("Praise", 0.49, 0, 1)
    assert confident_findings([at, below], threshold=0.5) == [at]


def test_no_findings_mean_neither_satisfaction_nor_dissatisfaction() -> None:
    assert (sat_probability([]), dsat_probability([])) == (0.0, 0.0)


def test_each_polarity_joins_its_own_criteria() -> None:
    findings = [Finding("Praise", 0.5, 0, 1), Finding("Style", 0.5, 0, 1), Finding("Revision", 0.6, 0, 1)]
    assert sat_probability(findings) == pytest.approx(0.5)
    assert dsat_probability(findings) == pytest.approx(1 - 0.5 * 0.4)


def test_a_row_names_its_message_and_holds_all_eighteen_criteria() -> None:
    row = score_row([Finding("Factual_Error", 0.9, 4, 9)], context=CONTEXT)
    assert (row["id"], row["index"], row["sat"]) == ("chat-7", 3, 0.0)
    assert row["dsat"] == pytest.approx(0.9)
    assert list(row["criteria"]) == list(CRITERIA)
    assert row["criteria"]["Factual_Error"] == 0.9


PROBABILITIES = st.floats(0, 1)


@given(probabilities=st.lists(PROBABILITIES, min_size=1, max_size=9))
def test_a_noisy_or_is_at_least_its_surest_cause_and_at_most_one(probabilities: list[float]) -> None:
    assert max(probabilities) - 1e-12 <= noisy_or(probabilities) <= 1.0


@given(
    probability=st.floats(0, 0.999),
    weights=st.lists(st.floats(0.001, 10), min_size=1, max_size=9),
)
def test_shares_join_to_the_probability_that_was_divided(probability: float, weights: list[float]) -> None:
    shares = shares_of(probability, weights=weights)
    assert noisy_or(shares) == pytest.approx(probability, abs=1e-9)
    assert all(0.0 <= share <= 1.0 for share in shares)


def test_a_sure_polarity_that_no_criterion_alone_shows_gives_its_surest_finding() -> None:
    split = [Finding("Style", 0.4, 2, 5), Finding("Revision", 0.45, 0, 9), Finding("Praise", 0.4, 0, 1)]
    assert evident_findings(split) == [Finding("Revision", 0.67, 0, 9)]


def test_a_polarity_with_a_confident_finding_gets_no_other() -> None:
    findings = [Finding("Style", 0.6, 0, 1), Finding("Revision", 0.4, 0, 1)]
    assert evident_findings(findings) == findings[:1]
