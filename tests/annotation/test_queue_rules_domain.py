"""The rules of queues as plain arithmetic: overlap, order, audit and crossing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from annotation.domain.protocol import Conclusions, Preference, Rating
from annotation.domain.queues.crossing import arm_begun_with, arms_of
from annotation.domain.queues.ordering import Order, audited, priorities, worth_of_pair
from annotation.domain.queues.overlap import (
    OverlapPolicy,
    OverlapRule,
    chance_of_majority,
    people_wanted,
    verdict_of,
    widest_gap,
)

HELPSTEER2 = OverlapRule(policy=OverlapPolicy.DISAGREEMENT, least=3, most=5, bound=2)
SURE = OverlapRule(policy=OverlapPolicy.CONFIDENT, least=1, most=5, bound=0.9)


def rated(*values: float) -> list[dict[str, float]]:
    return [{"x": value} for value in values]


@pytest.mark.parametrize(("values", "wanted"), [((4, 4, 2), 3), ((4, 4, 1), 5), ((0, 4), 3), ((1, 3, 0), 5)])
def test_more_than_two_points_apart_asks_five_people_once_three_have_rated(values, wanted):
    assert people_wanted(HELPSTEER2, verdicts=rated(*values), asked=3) == wanted


def test_one_more_is_asked_until_the_majority_is_believed():
    assert people_wanted(SURE, verdicts=rated(1), asked=1) == 2
    assert people_wanted(SURE, verdicts=rated(1, 1), asked=2) == 3
    assert people_wanted(SURE, verdicts=rated(1, 1, 1), asked=3) == 3
    assert people_wanted(SURE, verdicts=rated(1, 1, 0, 0, 1), asked=5) == 5


def test_nobody_more_is_asked_while_somebody_asked_has_not_judged():
    assert people_wanted(SURE, verdicts=rated(1, 0), asked=3) == 3


@given(st.lists(st.sampled_from([-1.0, 0.0, 1.0]), max_size=12))
def test_the_chance_of_the_majority_is_that_of_the_beta_distribution(values):
    counts = sorted((values.count(value) for value in set(values)), reverse=True)
    first, second = (*counts, 0, 0)[:2]
    assert chance_of_majority(rated(*values)) == pytest.approx(beta(first + 1, second + 1).sf(0.5))


@given(
    st.sampled_from([HELPSTEER2, SURE, OverlapRule(least=2, most=2)]),
    st.lists(st.integers(0, 4), max_size=7),
    st.integers(1, 7),
)
def test_what_is_wanted_never_shrinks_nor_grows_beyond_the_most(rule, values, asked):
    wanted = people_wanted(rule, verdicts=rated(*values), asked=asked)
    assert asked <= wanted <= max(asked, rule.most)


def test_the_gap_is_taken_for_each_answer_by_itself():
    assert widest_gap([{"x": 0, "y": 4}, {"x": 1, "y": 3}]) == 1


def test_a_preference_counts_the_same_from_either_side():
    one = Conclusions(preferences=[Preference(first="x", second="y", outcome="a")])
    turned = Conclusions(preferences=[Preference(first="y", second="x", outcome="b")])
    assert verdict_of(one) == verdict_of(turned) == {"x y": 1.0}


def test_of_several_attributes_the_named_one_counts():
    ratings = [
        Rating(response="x", attribute=name, value=value) for name, value in [("help", 3), ("style", 1)]
    ]
    assert verdict_of(Conclusions(ratings=ratings)) == {"x": 3}
    assert verdict_of(Conclusions(ratings=ratings), attribute="style") == {"x": 1}


NAMES = [f"task {number}" for number in range(600)]


def test_the_audit_draws_about_its_share_and_the_same_ones_again():
    audit = audited(NAMES, share=0.2, seed="queue")
    assert 0.14 < len(audit) / len(NAMES) < 0.26
    assert audited(NAMES[::-1], share=0.2, seed="queue") == audit != audited(NAMES, share=0.2, seed="other")


def test_the_worthiest_come_first_and_the_audit_is_spread_over_the_whole_queue():
    worths = {name: float(number) for number, name in enumerate(NAMES)}
    audit = audited(NAMES, share=0.2, seed="queue")
    found = priorities(worths, order=Order.VALUE, audit=audit, seed="queue")
    others = [name for name in NAMES if name not in audit]
    assert sorted(others, key=lambda name: found[name]) == others
    ranks = sorted(NAMES, key=lambda name: found[name])
    first_half = sum(name in audit for name in ranks[:300])
    assert 0.3 < first_half / len(audit) < 0.7


def test_a_random_order_is_the_same_each_time_and_another_for_each_queue():
    worths = dict.fromkeys(NAMES, 0.0)
    one = priorities(worths, order=Order.RANDOM, audit=set(), seed="one")
    assert one == priorities(worths, order=Order.RANDOM, audit=set(), seed="one")
    assert one != priorities(worths, order=Order.RANDOM, audit=set(), seed="two")


def test_an_unsure_proposal_is_worth_more_than_a_sure_one_and_a_long_one_less():
    unsure = worth_of_pair(confidence=0.5, strength=1.0, characters=1000)
    assert unsure > worth_of_pair(confidence=0.95, strength=1.0, characters=1000)
    assert unsure > worth_of_pair(confidence=0.5, strength=1.0, characters=9000)


@given(st.sets(st.integers(1, 10_000)), st.integers(1, 10_000))
def test_each_person_meets_each_protocol_first_on_half_of_the_items(items, person):
    arms = list(arms_of(sorted(items), seed="study").values())
    one, other = (arms.count(arm_begun_with(protocol=protocol, person=person)) for protocol in (0, 1))
    assert one + other == len(items)
    assert abs(one - other) <= 1


@given(st.sampled_from([0, 1]), st.integers(1, 10_000))
def test_people_whose_numbers_follow_each_other_begin_with_different_arms(protocol, person):
    arms = {arm_begun_with(protocol=protocol, person=each) for each in (person, person + 1)}
    assert arms == {0, 1}
