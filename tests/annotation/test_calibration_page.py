"""What a scorer claims of two answers, held against the people who chose between them."""

import pytest

from annotation.queries.figures.calibration import claims_of, compute
from annotation.queries.figures.computing import nobody_listens
from curation.models import Comparison, Score, Scorer
from tests.cast import make_pair, make_project

pytestmark = pytest.mark.django_db


def judge(pair, outcome, **more) -> None:
    Comparison.objects.create(
        project=pair.project,
        response_a=pair.chosen,
        response_b=pair.rejected,
        pair=pair,
        outcome=outcome,
        source="person",
        **more,
    )


def test_the_confidence_of_a_mined_pair_meets_what_people_chose(project) -> None:
    pair = make_pair(project)
    pair.confidence = 0.7
    pair.save()
    judge(pair, "b", source_name="Pairs")
    (claim,) = claims_of(project, {})
    assert (claim.probability, claim.outcome, claim.group) == (0.7, 0.0, "Pairs")


def test_verdicts_that_saw_the_complaint_are_held_against_nothing(project) -> None:
    judge(make_pair(project), "a", saw_signal=True)
    assert compute(project, {}, report=nobody_listens)["calibration"] is None


def test_a_scorer_of_answers_claims_by_the_difference_of_its_scores(project) -> None:
    pair = make_pair(project)
    judge(pair, "a")
    scorer = Scorer.objects.create(project=project, name="reward", version="1", kind="reward_model")
    for response, value in ((pair.chosen, 3.0), (pair.rejected, 1.0)):
        Score.objects.create(project=project, scorer=scorer, response=response, value=value)
    (claim,) = claims_of(project, {"scorer": str(scorer.uuid)})
    assert max(claim.probability, 1 - claim.probability) == pytest.approx(0.8808, abs=1e-4)
    assert (claim.probability > 0.5) == (claim.outcome == 1.0)


def test_a_scorer_of_another_project_claims_nothing(project) -> None:
    judge(make_pair(project), "a")
    other = Scorer.objects.create(
        project=make_project("elsewhere"), name="reward", version="1", kind="reward_model"
    )
    assert claims_of(project, {"scorer": str(other.uuid)}) == []
