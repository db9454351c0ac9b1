"""Win rates of what a judge said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.domain.judging.win_rates import rate_shift, win_rate
from curation.domain.versions.intervals import wilson_interval

OUTCOMES = st.lists(
    st.tuples(st.integers(0, 9), st.sampled_from(["a", "b", "tie", "inconsistent", "unreadable"])),
    max_size=40,
)
TURNED = {"a": "b", "b": "a"}


def test_a_tie_counts_half_and_what_is_undecided_not_at_all() -> None:
    rate = win_rate([(1, "a"), (2, "tie"), (3, "b"), (4, "tie"), (5, "inconsistent"), (6, "unreadable")])
    assert (rate.rate, rate.prompts, rate.decided, rate.judged) == (0.5, 4, 4, 6)
    assert (rate.inconsistent, rate.unreadable, rate.consistency) == (1, 1, 0.8)


def test_without_ties_it_is_wilson_s_interval_of_a_share() -> None:
    rate = win_rate([(prompt, "a" if prompt < 7 else "b") for prompt in range(10)])
    assert rate.rate == 0.7
    assert rate.interval == pytest.approx(wilson_interval(7, 10))


def test_several_pairs_of_a_prompt_share_its_one_vote() -> None:
    many = [(1, "a")] * 9 + [(2, "b")]
    assert win_rate(many).rate == 0.5
    assert win_rate(many).interval == win_rate([(1, "a"), (2, "b")]).interval


@pytest.mark.parametrize("outcomes", [[], [(1, "inconsistent")], [(1, "unreadable")]])
def test_where_nothing_was_decided_there_is_no_rate(outcomes: list[tuple[int, str]]) -> None:
    rate = win_rate(outcomes)
    assert (rate.rate, rate.interval) == (None, None)
    assert rate.as_json()["win_rate"] is None


@given(OUTCOMES)
def test_the_other_model_has_the_rest(outcomes: list[tuple[int, str]]) -> None:
    rate = win_rate(outcomes)
    other = win_rate([(prompt, TURNED.get(outcome, outcome)) for prompt, outcome in outcomes])
    assert (rate.wins, rate.losses, rate.ties) == (other.losses, other.wins, other.ties)
    if rate.rate is not None and rate.interval is not None:
        assert rate.rate + (other.rate or 0) == pytest.approx(1)
        assert rate.interval.low <= rate.rate <= rate.interval.high


def test_a_shift_is_over_the_prompts_that_both_decided() -> None:
    old = [(1, "b"), (2, "b"), (3, "a"), (4, "inconsistent")]
    new = [(1, "a"), (2, "tie"), (3, "a"), (4, "a"), (5, "a")]
    shift = rate_shift(new, old=old)
    assert shift is not None
    assert (shift.difference, shift.prompts, shift.turned) == (0.5, 3, 1)
    assert shift.interval is None


def test_a_shift_over_few_prompts_claims_no_interval_and_equal_steps_claim_no_certainty() -> None:
    few = [(prompt, "a") for prompt in range(19)]
    shift = rate_shift(few, old=few)
    assert shift is not None
    assert shift.interval is None
    many = [(prompt, "a") for prompt in range(30)]
    shift = rate_shift(many, old=many)
    assert shift is not None
    assert shift.interval == pytest.approx((-0.1, 0.1))
    lost = [(prompt, "b") for prompt in range(30)]
    shift = rate_shift(many, old=lost)
    assert shift is not None
    assert shift.interval == pytest.approx((0.9, 1.0))


def test_equal_runs_do_not_shift() -> None:
    said = [(prompt, "ab"[prompt % 2]) for prompt in range(30)]
    shift = rate_shift(said, old=said)
    assert shift is not None
    assert (shift.difference, shift.turned) == (0, 0)


def test_a_shift_needs_more_than_one_prompt() -> None:
    assert rate_shift([(1, "a")], old=[(1, "b")]) is None


@given(OUTCOMES, OUTCOMES)
def test_a_shift_turns_round_with_the_runs(new: list[tuple[int, str]], old: list[tuple[int, str]]) -> None:
    there, back = rate_shift(new, old=old), rate_shift(old, old=new)
    assert (there is None) == (back is None)
    if there is not None and back is not None:
        assert there.difference == pytest.approx(-back.difference)
        assert there.turned == back.turned
