"""What a trained model makes of held-out answers, as scores that pages of figures read."""

import pytest

from curation.models import Score
from tests.training_jobs.run_setup import make_run, make_version
from training_jobs.models import Evaluation
from training_jobs.services.implicit_rewards import publish_implicit_rewards

pytestmark = pytest.mark.django_db


@pytest.fixture
def evaluation(project, researcher):
    """An evaluation of the first held-out row, whose chosen answer training raised by 2 nats."""
    version = make_version(project)
    run = make_run(version, actor=researcher)
    row = version.rows.filter(split="test").order_by("position").first()
    told = {"logp_chosen": -1.0, "ref_logp_chosen": -3.0, "logp_rejected": -4.0, "ref_logp_rejected": -3.0}
    report = {"rows": [{"id": f"{row.sha256[:32]}-{row.position}", **told}, {"id": "gone", **told}]}
    return Evaluation.objects.create(project=project, run=run, split="test", pair_count=2, report=report), row


def test_the_reward_of_an_answer_is_beta_times_its_log_ratio(evaluation) -> None:
    made, row = evaluation
    made.run.config["objective_settings"] = {"beta": 0.5}
    assert publish_implicit_rewards(run=made.run, evaluation=made) == 2
    values = dict(Score.objects.values_list("response_id", "value"))
    assert values == {row.chosen_id: 1.0, row.rejected_id: -0.5}


def test_rewards_are_published_once(evaluation) -> None:
    made, _row = evaluation
    for _time in range(2):
        publish_implicit_rewards(run=made.run, evaluation=made)
    assert Score.objects.count() == 2


def test_an_evaluation_without_rows_publishes_nothing(evaluation) -> None:
    made, _row = evaluation
    made.report = {}
    assert publish_implicit_rewards(run=made.run, evaluation=made) == 0
