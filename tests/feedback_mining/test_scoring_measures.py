"""How a detector is measured against true labels."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.metrics import precision_recall_fscore_support

from curation.domain.versions.calibration import calibration_error, reliability
from curation.domain.versions.intervals import wilson_interval
from feedback_mining.domain.findings import Finding
from feedback_mining.domain.measuring import measure


def finding(criterion: str, probability: float = 0.9) -> Finding:
    return Finding(criterion, probability, 0, 1)


@given(trials=st.integers(1, 500), share=st.floats(0, 1), confidence=st.sampled_from([0.9, 0.95, 0.99]))
def test_the_interval_is_wilsons(trials: int, share: float, confidence: float) -> None:
    successes = round(trials * share)
    expected = binomtest(successes, trials).proportion_ci(confidence, method="wilson")
    assert wilson_interval(successes, trials, confidence=confidence) == pytest.approx(
        (expected.low, expected.high), abs=1e-9
    )


def test_without_trials_there_is_no_interval() -> None:
    assert wilson_interval(0, 0) is None


def test_criteria_and_polarities_are_counted_by_message() -> None:
    truth = [{"Style"}, {"Style"}, set(), {"Praise"}]
    found = [[finding("Style")], [finding("Revision")], [finding("Style")], []]
    measured = measure(truth, found)
    style, dsat, sat = measured.criteria["Style"], measured.dsat, measured.sat
    assert (style.true_positive, style.false_positive, style.false_negative) == (1, 1, 1)
    assert (dsat.true_positive, dsat.false_positive, dsat.false_negative) == (2, 1, 0)
    assert (sat.true_positive, sat.false_positive, sat.false_negative) == (0, 0, 1)


def test_a_faint_finding_is_not_counted() -> None:
    measured = measure([{"Style"}], [[finding("Style", 0.4)]])
    assert (measured.criteria["Style"].found, measured.criteria["Style"].recall) == (0, 0.0)


def test_what_was_never_found_has_no_precision() -> None:
    style = measure([set()], [[]]).criteria["Style"]
    assert (style.precision, style.recall, style.f1, style.precision_interval) == (None, None, None, None)


@given(messages=st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1))
def test_shares_are_those_of_scikit_learn(messages: list[tuple[bool, bool]]) -> None:
    truth = [{"Style"} if is_true else set() for is_true, _ in messages]
    found = [[finding("Style")] if is_found else [] for _, is_found in messages]
    style = measure(truth, found).criteria["Style"]
    expected = precision_recall_fscore_support(
        [is_true for is_true, _ in messages],
        [is_found for _, is_found in messages],
        average="binary",
        zero_division=0.0,
    )
    assert (style.precision or 0, style.recall or 0, style.f1 or 0) == pytest.approx(expected[:3])


def test_honest_probabilities_have_no_calibration_error() -> None:
    probabilities, outcomes = [0.25] * 4 + [1.0] * 2, [True, False, False, False, True, True]
    bins = reliability(probabilities, outcomes)
    assert [(each.claimed, each.observed, each.count) for each in bins] == [(0.25, 0.25, 4), (1.0, 1.0, 2)]
    assert calibration_error(bins) == 0.0


def test_boasting_is_an_error_of_its_size() -> None:
    assert calibration_error(reliability([0.9] * 10, [False] * 10)) == pytest.approx(0.9)


@given(rows=st.lists(st.tuples(st.floats(0, 1), st.booleans())))
def test_every_message_lies_in_one_bin(rows: list[tuple[float, bool]]) -> None:
    bins = reliability([probability for probability, _ in rows], [outcome for _, outcome in rows])
    assert sum(each.count for each in bins) == len(rows)
