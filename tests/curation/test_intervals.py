import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from curation.domain.versions.intervals import wilson_interval


@given(st.integers(1, 5000), st.floats(0, 1), st.sampled_from([0.8, 0.95, 0.99]))
def test_wilson_intervals_are_those_of_scipy(n: int, share: float, confidence: float) -> None:
    successes = round(share * n)
    expected = binomtest(successes, n).proportion_ci(confidence_level=confidence, method="wilson")
    assert wilson_interval(successes, n, confidence=confidence) == pytest.approx(
        (expected.low, expected.high), abs=1e-12
    )


@given(st.integers(1, 500), st.floats(0, 1))
def test_the_share_lies_in_its_interval_and_the_interval_on_the_scale(n: int, share: float) -> None:
    successes = round(share * n)
    interval = wilson_interval(successes, n)
    assert interval is not None
    assert 0 <= interval.low <= successes / n <= interval.high <= 1


def test_nothing_counted_has_no_interval() -> None:
    assert wilson_interval(0, 0) is None


@pytest.mark.parametrize(("successes", "n"), [(3, 2), (-1, 2)])
def test_impossible_counts_are_refused(successes: int, n: int) -> None:
    with pytest.raises(ValueError, match="successes must lie between 0 and n"):
        wilson_interval(successes, n)


def test_a_confidence_of_one_is_refused() -> None:
    with pytest.raises(ValueError, match="confidence"):
        wilson_interval(1, 2, confidence=1.0)
