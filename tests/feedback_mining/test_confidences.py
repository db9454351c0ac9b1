"""What stated confidences are worth: fitted on reviews, applied by detectors that ask, shown to people."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from feedback_mining.domain.confidences import (
    FEWEST_CLAIMS,
    ConfidenceCurve,
    FittedConfidences,
    ReviewedConfidence,
    learn_confidences,
)
from feedback_mining.domain.findings import Finding
from feedback_mining.domain.taxonomy import Polarity
from feedback_mining.models import FittedConfidence, MiningRun, Signal, SignalReview
from feedback_mining.queries.confidences import reviewed_detectors, used_confidences
from feedback_mining.services.confidences import fit_confidences, go_back_to_stated_confidences
from tests.cast import make_conversation, make_project, make_user

curves = st.builds(ConfidenceCurve, st.floats(0.2, 4), st.floats(-3, 3))


def claims(stated: float, *, right: int, wrong: int, polarity: Polarity = Polarity.DSAT, first: int = 0):
    verdicts = [True] * right + [False] * wrong
    return [
        ReviewedConfidence(polarity, stated, is_right, first + place)
        for place, is_right in enumerate(verdicts)
    ]


@given(curve=curves, stated=st.floats(0.05, 0.95))
def test_what_was_stated_is_found_again_in_what_was_made_of_it(curve: ConfidenceCurve, stated: float) -> None:
    fitted = curve.fitted(stated)
    if 0.002 < fitted < 0.998:
        assert curve.stated(fitted) == pytest.approx(stated, abs=1e-6)


@given(curve=curves, one=st.floats(0, 1), other=st.floats(0, 1))
def test_a_surer_claim_never_becomes_a_less_likely_one(
    curve: ConfidenceCurve, one: float, other: float
) -> None:
    assert curve.fitted(max(one, other)) >= curve.fitted(min(one, other))


def test_with_many_claims_a_curve_is_the_logistic_regression_of_the_stated_log_odds() -> None:
    chance = np.random.default_rng(1)
    stated = chance.uniform(0.5, 0.95, 6000)
    odds = np.log(stated / (1 - stated))
    right = chance.random(6000) < 1 / (1 + np.exp(-(0.6 * odds - 0.4)))
    reviewed = [
        ReviewedConfidence(Polarity.SAT, float(p), bool(r), n)
        for n, (p, r) in enumerate(zip(stated, right, strict=True))
    ]
    model = LogisticRegression(C=1e9).fit(odds[:, None], right)
    curve = learn_confidences(reviewed).curves[Polarity.SAT]
    assert curve.slope == pytest.approx(model.coef_[0, 0], abs=0.03)
    assert curve.offset == pytest.approx(model.intercept_[0], abs=0.03)


def test_of_few_claims_nothing_is_learned() -> None:
    assert learn_confidences(claims(0.9, right=FEWEST_CLAIMS // 2, wrong=FEWEST_CLAIMS // 2 - 1)) is None


def test_a_detector_that_is_too_sure_becomes_less_so_and_the_other_polarity_stays() -> None:
    lesson = learn_confidences([*claims(0.9, right=30, wrong=30), *claims(0.7, right=10, wrong=30, first=60)])
    assert lesson.is_better
    assert lesson.curves[Polarity.DSAT].fitted(0.9) == pytest.approx(0.5, abs=0.1)
    fitted = FittedConfidences(version="v", curves=lesson.curves)
    found = fitted.applied([Finding("Praise", 0.9, 0, 1), Finding("Ignored", 0.7, 0, 1)])
    assert (found[0].probability, found[1].probability < 0.5) == (0.9, True)


def test_confidences_that_hold_are_left_alone() -> None:
    lesson = learn_confidences([*claims(0.9, right=54, wrong=6), *claims(0.7, right=42, wrong=18, first=60)])
    assert lesson.curves[Polarity.DSAT].fitted(0.9) == pytest.approx(0.9, abs=0.03)


def mined(project, *, right: int, wrong: int, version: str = "2-prompt-model", probability: float = 0.9):
    """Claims of `llm`, each in a conversation of its own, confirmed or rejected."""
    run = MiningRun.objects.create(project=project, detector="llm", detector_version=version, threshold=0.5)
    reviewer = make_user()
    for place in range(right + wrong):
        turns = [("user", "Write."), ("assistant", "So."), ("user", f"Version {version}, remark {place}.")]
        message = make_conversation(project, turns).messages.get(position=2)
        Signal.objects.create(
            project=project,
            run=run,
            message=message,
            response_message=message.conversation.messages.get(position=1),
            detector="llm",
            detector_version=version,
            criterion="Ignored",
            polarity="dsat",
            probability=probability,
            span_start=0,
            span_end=3,
        )
        SignalReview.objects.create(
            project=project,
            message=message,
            criterion="Ignored",
            reviewer=reviewer,
            verdict="confirmed" if place < right else "rejected",
        )


def test_reviews_teach_what_the_confidences_of_that_very_version_are_worth(project) -> None:
    mined(project, right=20, wrong=20)
    (row,) = fit_confidences(project=project)
    assert (row.detector, row.stating_version, row.is_used) == ("llm", "2-prompt-model", True)
    used = used_confidences(project)
    assert set(used) == {"2-prompt-model"}
    assert used["2-prompt-model"].version == "2-prompt-model-c1"
    assert used["2-prompt-model"].of("Ignored").fitted(0.9) == pytest.approx(0.5, abs=0.15)


def test_claims_that_went_by_fitted_confidences_teach_by_those_first_stated(project) -> None:
    mined(project, right=20, wrong=20)
    (row,) = fit_confidences(project=project)
    fitted = used_confidences(project)[row.stating_version].of("Ignored").fitted(0.9)
    mined(project, right=3, wrong=0, version=row.fitted_version, probability=round(fitted, 4))
    (reviewed,) = reviewed_detectors(project)
    assert len(reviewed.claims) == 43
    assert {round(claim.stated, 2) for claim in reviewed.claims} == {0.9}


def test_what_was_learned_can_be_left_again(project, researcher) -> None:
    mined(project, right=20, wrong=20)
    fit_confidences(project=project)
    go_back_to_stated_confidences(project=project, actor=researcher)
    assert (used_confidences(project), FittedConfidence.objects.count()) == ({}, 1)


def test_another_project_learns_nothing_of_it(project) -> None:
    mined(project, right=20, wrong=20)
    assert fit_confidences(project=make_project("other")) == []


def test_the_page_says_in_words_how_many_reviews_are_missing_and_then_what_they_taught(
    client_of, researcher, project
) -> None:
    mined(project, right=3, wrong=2)
    address = f"/p/{project.slug}/signals/review/figures/"
    client = client_of(researcher)
    assert "0 and 5 of at least 30" in client.get(address).content.decode()
    mined(project, right=17, wrong=18)
    fit_confidences(project=project)
    page = client.get(address).content.decode()
    assert "learned from 40 judged claims" in page
