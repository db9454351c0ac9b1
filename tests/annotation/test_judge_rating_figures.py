"""Scores of a judge beside people's ratings: the figures equal those of an independent library and closed forms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from annotation.domain.figures import Undefined
from annotation.domain.judges.gates import Thresholds, scoring_gate
from annotation.domain.judges.ratings import LONGER, RatedAnswer, report_ratings
from annotation.domain.judges.report import Drawn

scores = st.integers(1, 5)
QUICK = Drawn(rounds=0)


def answers(pairs: list[tuple[float, float]], *, systems: int = 2) -> list[RatedAnswer]:
    return [
        RatedAnswer(prompt=f"p{n}", system=f"s{n % systems}", human=human, judge=judge, length=n)
        for n, (human, judge) in enumerate(pairs)
    ]


@given(st.lists(st.tuples(scores, scores), min_size=2, max_size=40))
def test_the_weighted_kappa_is_that_of_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    found = report_ratings(answers([(float(a), float(b)) for a, b in pairs]), drawn=QUICK)
    human, judge = zip(*pairs, strict=True)
    if len({*human, *judge}) == 1:
        assert isinstance(found.figures["weighted_kappa"], Undefined)
        return
    expected = cohen_kappa_score(human, judge, weights="quadratic", labels=[1, 2, 3, 4, 5])
    assert found.figures["weighted_kappa"] == pytest.approx(expected, abs=1e-9)


@given(st.lists(st.tuples(scores, scores), min_size=1, max_size=40))
def test_leniency_and_shares_are_counted(pairs: list[tuple[int, int]]) -> None:
    found = report_ratings(answers([(float(a), float(b)) for a, b in pairs]), drawn=QUICK)
    human, judge = (np.array(side) for side in zip(*pairs, strict=True))
    assert found.figures["shift"] == pytest.approx(judge.mean() - human.mean())
    assert found.figures["within_one_step"] == pytest.approx((abs(judge - human) <= 1).mean())
    for each in found.systems:
        own = np.arange(len(pairs)) % 2 == int(each.name[1:])
        assert each.shift == pytest.approx((judge - human)[own].mean())


def test_ratings_that_go_by_length_alone_are_what_the_baseline_says() -> None:
    found = report_ratings(answers([(n, 3) for n in (1.0, 2.0, 3.0, 4.0, 5.0)]), drawn=QUICK)
    assert found.baseline == pytest.approx(1.0)
    assert found.as_json()["baselines"] == {LONGER: pytest.approx(1.0)}


def test_without_an_answer_there_is_a_reason_and_no_gate() -> None:
    found = report_ratings([]).as_json()
    assert found["weighted_kappa"] is None
    assert "rated no answer" in found["undefined"]["weighted_kappa"]
    assert scoring_gate({"ratings": {}}, thresholds=Thresholds()) is None


@pytest.mark.parametrize(
    ("judge", "asked", "is_passed"),
    [((1, 5, 1, 5), 4, True), ((1, 5, 1, 5), 5, False), ((5, 1, 5, 1), 4, False), ((3, 3, 3, 3), 4, False)],
)
def test_scores_are_earned_by_agreement_over_enough_answers(
    judge: tuple[int, ...], asked: int, is_passed: bool
) -> None:
    report = report_ratings(answers(list(zip((1.0, 5.0, 1.0, 5.0), judge, strict=True)))).as_json()
    gate = scoring_gate({"ratings": report, "dummies": []}, thresholds=Thresholds(pairs=asked))
    assert gate is not None
    assert gate.is_passed is is_passed
