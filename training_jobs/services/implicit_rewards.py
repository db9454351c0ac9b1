"""What a trained model makes of held-out answers, published as scores: its implicit reward, which others can read."""

from curation.models import DatasetRow, Scorer
from curation.services.corpus.preferences import publish_scorer, publish_scores
from training_jobs.models import Evaluation, TrainingRun

# β (log π(y|x) − log π_ref(y|x)): what DPO's model would pay for an answer. Rafailov et al. 2023, eq. 5.
EQUATION = "beta * (logp - ref_logp), token sums in nats"
SIDES = ("chosen", "rejected")


def publish_implicit_rewards(*, run: TrainingRun, evaluation: Evaluation) -> int:
    """Publish the rewards of an evaluation's rows, by answer; returns how many.

    A row whose answers are no responses any more, or that has no log-probabilities, is left out.
    """
    beta = float(run.config.get("objective_settings", {}).get("beta", 1.0))
    rows = {row["id"]: row for row in evaluation.report.get("rows", ())}
    values: dict[int, float] = {}
    for name, *answers in _answers(run, split=evaluation.split):
        row = rows.get(name, {})
        for side, answer in zip(SIDES, answers, strict=True):
            logp, reference = row.get(f"logp_{side}"), row.get(f"ref_logp_{side}")
            if answer is not None and logp is not None and reference is not None:
                values[answer] = beta * (logp - reference)
    if not values:
        return 0
    scorer = publish_scorer(
        project=run.project,
        name=f"{run.name}: implicit reward",
        version=str(run.uuid),
        kind=Scorer.Kind.REWARD_MODEL,
        specification={
            "equation": EQUATION,
            "beta": beta,
            "run": str(run.uuid),
            "split": evaluation.split,
        },
    )
    return publish_scores(scorer=scorer, target="response", values=values)


def _answers(run: TrainingRun, *, split: str) -> list[tuple[str, int | None, int | None]]:
    """Return the id of each held-out row, as the trainer knows it, with its answers."""
    rows = DatasetRow.objects.filter(version=run.version, split=split)
    fields = ("sha256", "position", "chosen_id", "rejected_id")
    return [
        (f"{sha256[:32]}-{position}", chosen, rejected)
        for sha256, position, chosen, rejected in rows.values_list(*fields)
    ]
