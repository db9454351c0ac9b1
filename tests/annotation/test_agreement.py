"""Coefficients against krippendorff, scikit-learn and statsmodels, and what must hold for any labels."""

import krippendorff
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats import inter_rater

from annotation.domain.agreement.alpha import krippendorff_alpha
from annotation.domain.agreement.many_annotators import fleiss_kappa, pairwise_agreement
from annotation.domain.agreement.two_annotators import Weights, annotator_pairs, cohen_kappa, scott_pi
from annotation.domain.figures import Undefined
from annotation.domain.labels import LabelRow, LabelTable, Level, label_table

# Ragged: any annotator may have skipped any item.
MATRICES = st.integers(2, 5).flatmap(
    lambda annotators: st.lists(
        st.lists(st.none() | st.integers(0, 4), min_size=annotators, max_size=annotators),
        min_size=2,
        max_size=12,
    )
)
LEVELS = pytest.mark.parametrize("level", list(Level))


def table_of(matrix: list[list[int | None]]) -> LabelTable:
    """Return the labels of a matrix of items by annotators; None is no label."""
    return label_table(
        LabelRow(f"item{item:03}", f"person{person}", str(label))
        for item, row in enumerate(matrix)
        for person, label in enumerate(row)
        if label is not None
    )


def oracle_alpha(matrix: list[list[int | None]], *, level: Level) -> float:
    numbers = np.array([[np.nan if label is None else label for label in row] for row in matrix])
    return float(krippendorff.alpha(reliability_data=numbers.T, level_of_measurement=level.value))


def complete_pair(size: int, *, seed: int) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(seed)
    return chance.integers(0, 5, size), chance.integers(0, 5, size)


@LEVELS
@given(matrix=MATRICES)
def test_alpha_equals_krippendorff(level: Level, matrix) -> None:
    alpha = krippendorff_alpha(table_of(matrix), level=level)
    assume(not isinstance(alpha, Undefined))
    assert alpha == pytest.approx(oracle_alpha(matrix, level=level), abs=1e-9)


@LEVELS
@given(matrix=MATRICES)
def test_alpha_does_not_depend_on_the_order_of_items_and_annotators(level: Level, matrix) -> None:
    turned = [row[::-1] for row in matrix[::-1]]
    one, other = (krippendorff_alpha(table_of(each), level=level) for each in (matrix, turned))
    assume(not isinstance(one, Undefined))
    assert one == pytest.approx(other, abs=1e-12)


@given(matrix=MATRICES, names=st.permutations(range(5)))
def test_nominal_alpha_does_not_depend_on_what_labels_are_called(matrix, names) -> None:
    renamed = [[None if label is None else names[label] for label in row] for row in matrix]
    one, other = krippendorff_alpha(table_of(matrix)), krippendorff_alpha(table_of(renamed))
    assume(not isinstance(one, Undefined))
    assert one == pytest.approx(other, abs=1e-12)


@given(matrix=MATRICES)
def test_interval_alpha_does_not_depend_on_the_unit(matrix) -> None:
    scaled = [[None if label is None else 1_000_000 + 50 * label for label in row] for row in matrix]
    one, other = (krippendorff_alpha(table_of(each), level=Level.INTERVAL) for each in (matrix, scaled))
    assume(not isinstance(one, Undefined))
    assert one == pytest.approx(other, abs=1e-6)


@LEVELS
@given(matrix=MATRICES)
def test_alpha_is_at_most_one(level: Level, matrix) -> None:
    alpha = krippendorff_alpha(table_of(matrix), level=level)
    assert isinstance(alpha, Undefined) or alpha <= 1 + 1e-12


def test_full_agreement_is_one() -> None:
    table = table_of([[1, 1, 1], [2, 2, 2]])
    assert krippendorff_alpha(table) == 1
    assert fleiss_kappa(table) == pytest.approx(1)
    assert pairwise_agreement(table) == 1


@pytest.mark.parametrize(
    ("matrix", "reason"),
    [
        ([], "no row holds a label"),
        ([[1], [2]], "there is one annotator"),
        ([[1, None], [None, 2]], "no item was labelled by two annotators"),
    ],
)
def test_without_two_labels_of_an_item_nothing_is_defined(matrix, reason: str) -> None:
    for figure in (krippendorff_alpha, fleiss_kappa, pairwise_agreement):
        assert reason in str(figure(table_of(matrix)))


def test_labels_that_are_all_the_same_leave_only_the_share_defined() -> None:
    table = table_of([[3, 3], [3, 3]])
    assert "every compared label is '3'" in str(krippendorff_alpha(table))
    assert "every compared label is '3'" in str(fleiss_kappa(table))
    assert pairwise_agreement(table) == 1


@pytest.mark.parametrize("value", [0.1, 1 / 3, 1e8 + 0.1])
def test_a_constant_that_binary_cannot_write_is_still_constant(value: float) -> None:
    rows = [LabelRow(str(item), person, repr(value)) for item in range(7) for person in "xyz"]
    assert isinstance(krippendorff_alpha(label_table(rows), level=Level.INTERVAL), Undefined)


@given(matrix=st.lists(st.lists(st.integers(0, 3), min_size=3, max_size=3), min_size=2, max_size=15))
def test_fleiss_kappa_equals_statsmodels(matrix) -> None:
    kappa = fleiss_kappa(table_of(matrix))
    assume(not isinstance(kappa, Undefined))
    counts, _ = inter_rater.aggregate_raters(np.array(matrix))
    assert kappa == pytest.approx(inter_rater.fleiss_kappa(counts), abs=1e-9)


@given(matrix=MATRICES)
def test_pairwise_agreement_is_the_share_of_equal_pairs(matrix) -> None:
    rows = [[label for label in row if label is not None] for row in matrix]
    pairs = [(one, other) for row in rows for at, one in enumerate(row) for other in row[at + 1 :]]
    assume(pairs)
    expected = sum(one == other for one, other in pairs) / len(pairs)
    assert pairwise_agreement(table_of(matrix)) == pytest.approx(expected)


@pytest.mark.parametrize("weights", list(Weights))
@pytest.mark.parametrize("seed", range(5))
def test_cohen_kappa_equals_scikit_learn(weights: Weights, seed: int) -> None:
    first, second = complete_pair(40, seed=seed)
    expected = cohen_kappa_score(
        first, second, weights=None if weights is Weights.NONE else weights.value, labels=range(5)
    )
    assert cohen_kappa(first, second, weights=weights) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_scott_pi_of_complete_labels_is_fleiss_kappa_of_two(seed: int) -> None:
    first, second = complete_pair(30, seed=seed)
    counts, _ = inter_rater.aggregate_raters(np.stack([first, second], axis=1))
    assert scott_pi(first, second) == pytest.approx(inter_rater.fleiss_kappa(counts), abs=1e-12)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=20))
def test_kappa_and_pi_are_symmetric_and_at_most_one(pairs) -> None:
    first, second = (np.array(side) for side in zip(*pairs, strict=True))
    for figure in (cohen_kappa, scott_pi):
        one, other = figure(first, second), figure(second, first)
        assert isinstance(one, Undefined) or (one == pytest.approx(other) and one <= 1)


def test_two_annotators_who_said_one_thing_alone_have_no_kappa() -> None:
    same = np.array([1, 1, 1])
    assert "the same one value" in str(cohen_kappa(same, same))
    assert "the same one value" in str(scott_pi(same, same))


@given(matrix=MATRICES)
def test_pairs_of_annotators_are_those_who_share_items(matrix) -> None:
    pairs = {pair.names: pair for pair in annotator_pairs(table_of(matrix))}
    columns = list(zip(*matrix, strict=True))
    for one, left in enumerate(columns):
        for other, right in list(enumerate(columns))[one + 1 :]:
            shared = [both for both in zip(left, right, strict=True) if None not in both]
            found = [
                pair for names, pair in pairs.items() if set(names) == {f"person{one}", f"person{other}"}
            ]
            assert [len(pair.first) for pair in found] == ([len(shared)] if shared else [])


def test_the_pairs_that_share_most_come_first() -> None:
    table = table_of([[1, 1, None], [1, 2, None], [2, 1, 1]])
    assert [pair.names for pair in annotator_pairs(table, most=1)] == [("person0", "person1")]
