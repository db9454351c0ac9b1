"""What every method of consensus promises, on whatever it reads."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.consensus import CONSENSUS, load_method
from annotation.domain.consensus.contract import Consensus
from annotation.domain.consensus.judgements import Judgements
from curation.domain.errors import HarkenError
from curation.domain.versions.intervals import Interval
from tests.annotation.consensus_cases import READS_ORDERS, READS_RATINGS, judged, suited

EVERY_METHOD = pytest.mark.parametrize("name", list(CONSENSUS))


def inferred(name: str, judgements: Judgements) -> Consensus:
    return load_method(name).infer(judgements)


def close(one: Consensus, other: Consensus) -> None:
    """Assert that two consensuses say the same of every item."""
    others = {each.item: each for each in other.items}
    assert {each.item for each in one.items} == set(others)
    for each in one.items:
        same = others[each.item]
        assert each.soft == pytest.approx(same.soft, abs=1e-4)
        assert each.confidence == pytest.approx(same.confidence, abs=1e-3)
        assert set(each.tied) == set(same.tied)


@EVERY_METHOD
def test_a_method_is_called_what_the_catalogue_calls_it(name: str) -> None:
    assert load_method(name).name == name


@EVERY_METHOD
@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 10_000))
def test_every_judged_item_has_a_label_a_confidence_and_soft_labels(name: str, seed: int) -> None:
    rows = suited(name, seed=seed)
    found = inferred(name, judged(rows))
    assert sorted(each.item for each in found.items) == sorted({item for item, _, _ in rows})
    for each in found.items:
        assert 0 <= each.confidence <= 1
        assert math.fsum(each.soft.values()) == pytest.approx(1)
        assert each.label
        assert len(each.tied) != 1


@EVERY_METHOD
@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 10_000))
def test_every_annotator_has_a_reliability_within_its_interval_or_a_reason(name: str, seed: int) -> None:
    rows = suited(name, seed=seed)
    found = inferred(name, judged(rows))
    assert {each.annotator for each in found.annotators} == {annotator for _, annotator, _ in rows}
    for each in found.annotators:
        if isinstance(each.interval, Interval):
            low, high = each.interval
            assert low - 1e-9 <= (each.reliability or 0) <= high + 1e-9
        else:
            assert str(each.interval).startswith("Undefined because")


@EVERY_METHOD
@settings(deadline=None, max_examples=15)
@given(seed=st.integers(0, 10_000), shift=st.integers(1, 5))
def test_neither_names_of_annotators_nor_the_order_of_items_matter(name: str, seed: int, shift: int) -> None:
    rows = suited(name, seed=seed)
    renamed = [(item, f"someone{9 - int(who[-1])}", label) for item, who, label in rows]
    items = sorted({item for item, _, _ in rows}, key=lambda item: (int(item[-1]) + shift) % 6)
    shuffled = [row for item in items for row in renamed if row[0] == item]
    close(inferred(name, judged(rows)), inferred(name, judged(shuffled)))


@EVERY_METHOD
def test_the_same_judgements_give_the_same_consensus(name: str) -> None:
    rows = suited(name, seed=3)
    assert inferred(name, judged(rows)) == inferred(name, judged(rows))


@EVERY_METHOD
def test_gaps_count_for_nothing(name: str) -> None:
    rows = suited(name, seed=1)
    with_gaps = [*rows, ("item0", "somebody", None), ("unseen", "person0", None)]
    close(inferred(name, judged(rows)), inferred(name, judged(with_gaps)))


@EVERY_METHOD
def test_one_judgement_is_its_own_consensus(name: str) -> None:
    label = {"r": "r1 > r2", "n": "3"}["r" if name in READS_ORDERS else "n"]
    found = inferred(name, judged([("1", "x", label)]))
    assert [each.label for each in found.items] == [label]


@EVERY_METHOD
def test_full_agreement_is_the_consensus(name: str) -> None:
    labels = ("r1 > r2 > r3", "r3 > r2 > r1") if name in READS_ORDERS else ("1", "5")
    rows = [(f"item{at}", f"person{who}", labels[at % 2]) for at in range(12) for who in range(4)]
    found = inferred(name, judged(rows))
    for each in found.items:
        wanted = labels[int(each.item[4:]) % 2]
        agreed = each.label == wanted or abs(float(each.label) - float(wanted)) < 0.1
        assert agreed, each
        assert each.confidence > 0.6


@EVERY_METHOD
def test_without_any_judgement_a_sentence_says_so(name: str) -> None:
    with pytest.raises(HarkenError, match="nothing to agree on"):
        inferred(name, judged([("1", "x", None)]))


@pytest.mark.parametrize("name", [*READS_ORDERS, *READS_RATINGS])
def test_labels_that_a_method_does_not_read_are_named(name: str) -> None:
    with pytest.raises(HarkenError, match="'good'"):
        inferred(name, judged([("1", "x", "good")]))
