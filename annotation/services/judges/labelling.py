"""Labels by a judge that earned it: pairs that nobody decided; what it is not sure of goes to people first."""

from hashlib import sha256
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils.translation import gettext as _

from annotation.dispatch import LABEL_BY_JUDGE
from annotation.models import JudgeLabelling, Queue, Task
from annotation.queries.judges.checklists import with_checklists
from annotation.queries.judges.gate_words import refusal_sentence
from annotation.queries.judges.probation import OnProbation, identity_of, on_probation
from annotation.queries.judges.ratings import scores_of
from curation.domain.errors import HarkenError
from curation.models import Comparison, Job, JudgedPair, JudgeRun, Scorer, User
from curation.queries.judging.questions import AnswerPair
from curation.queries.judging.runs import run_counts
from curation.services.corpus.preferences import (
    publish_scorer,
    publish_scores,
    retract_comparisons,
    retract_scores,
)
from curation.services.judging.judging import judge_waiting_pairs
from curation.services.judging.runs import PairsPlan, choice_of, open_pairs_run, price_pairs
from curation.services.work.audit import record_event
from curation.services.work.jobs import JobProgress, Listener, run_job
from language_models.chat.expense import Expense
from language_models.judges import JUDGES

# Before every task of the queue that the judge was sure of.
FIRST = 1_000
_READ_FOR_A_PRICE = 200


class JudgeRefusedError(HarkenError):
    """A judge that has not earned that its verdicts become labels."""


def undecided_pairs(queue: Queue) -> list[AnswerPair]:
    """Return the pairs of a queue's open tasks that no person decided and no judge labelled."""
    decided = Comparison.objects.filter(
        pair=OuterRef("pair"),
        retracted_at__isnull=True,
        source__in=[Comparison.Source.PERSON, Comparison.Source.JUDGE],
    )
    tasks = Task.objects.askable().filter(queue=queue, is_gold=False, pair__isnull=False)
    rows = tasks.filter(~Exists(decided)).order_by("id")
    pairs = rows.values_list("pair_id", "pair__prompt_id", "pair__chosen_id", "pair__rejected_id")
    return [
        AnswerPair(prompt=prompt, response_a=min(sides), response_b=max(sides), preference_pair=pair)
        for pair, prompt, *sides in pairs
    ]


def price_labelling(*, earned: OnProbation, queue: Queue) -> tuple[int, Expense]:
    """Return how many pairs nobody decided, and at most what labelling them takes; raises JudgeRefusedError."""
    _require_earned(earned)
    pairs = _asked_about(earned, queue)
    return len(pairs), price_pairs(choice=choice_of(earned.run), pairs=pairs, sample=_READ_FOR_A_PRICE)


@transaction.atomic
def open_labelling(*, earned: OnProbation, queue: Queue, actor: User | None = None) -> JudgeLabelling:
    """Open a run over the queue's pairs that nobody decided; raises JudgeRefusedError where it is not earned."""
    _require_earned(earned)
    plan = PairsPlan(
        project=queue.project,
        choice=choice_of(earned.run),
        pairs=_asked_about(earned, queue),
        purpose=JudgeRun.Purpose.LABELLING,
        source_name=_("queue %(name)s") % {"name": queue.name},
        task_name=LABEL_BY_JUDGE,
    )
    run = open_pairs_run(plan=plan, actor=actor)
    return JudgeLabelling.objects.create(
        project=queue.project, run=run, validation=earned.validation, queue=queue, created_by=actor
    )


def _asked_about(earned: OnProbation, queue: Queue) -> list[AnswerPair]:
    return with_checklists(undecided_pairs(queue), project=queue.project, judge=earned.run.judge)


def _require_earned(earned: OnProbation) -> None:
    if not earned.may_label:
        raise JudgeRefusedError(refusal_sentence(earned))


def run_labelling(*, job_id: int, listener: Listener | None = None) -> Job | None:
    """Do the work of a labelling run, then put what the judge was not sure of before people."""

    def work(progress: JobProgress) -> dict[str, Any]:
        rows = JudgeLabelling.objects.select_related("run__project", "run__endpoint", "queue")
        labelling = rows.filter(run__job=progress.job).first()
        if labelling is None:
            raise HarkenError(_("The labelling of this job is gone. Start a new one on the judge's page."))
        judge_waiting_pairs(labelling.run, progress=progress)
        return {"labelling": str(labelling.uuid), **_settled(labelling), "scores": _scored(labelling)}

    return run_job(job_id=job_id, work=work, listener=listener)


@transaction.atomic
def _settled(labelling: JudgeLabelling) -> dict[str, Any]:
    """Put undecided pairs first in their queue, and return what came of the run."""
    pairs = JudgedPair.objects.filter(run=labelling.run).exclude(outcome="")
    unsure = pairs.filter(outcome__in=[JudgedPair.Outcome.INCONSISTENT, JudgedPair.Outcome.UNREADABLE])
    tasks = Task.objects.filter(
        queue=labelling.queue, pair__in=unsure.values("preference_pair"), priority__lt=FIRST
    )
    tasks.update(priority=F("priority") + FIRST)
    to_people, cost = unsure.count(), run_counts(labelling.run).cost
    return {
        "pairs": pairs.count(),
        "labelled": pairs.count() - to_people,
        "to_people": to_people,
        "cost": None if cost is None else str(cost),
    }


def _scored(labelling: JudgeLabelling) -> int:
    """Publish the scores of single answers, where the judge earned that too; returns how many."""
    if not on_probation(labelling.project, labelling.validation.uuid).may_score:
        return 0
    run = labelling.run
    return publish_scores(scorer=_scorer_of(run), target="response", values=scores_of(run))


def _retract_scores(run: JudgeRun) -> int:
    """Take back the scores of a run's answers, where any were published."""
    scorer = Scorer.objects.for_project(run.project).filter(**_name_of_scorer(run)).first()
    if scorer is None:
        return 0
    return retract_scores(scorer=scorer, target="response", ids=scores_of(run))


def _name_of_scorer(run: JudgeRun) -> dict[str, str]:
    """Return the name and version of the measure of a judge: another for other words, models or rubric."""
    return {
        "name": f"judge: {run.judge}",
        "version": sha256(identity_of(run).encode()).hexdigest()[:12],
    }


def _scorer_of(run: JudgeRun) -> Scorer:
    return publish_scorer(
        project=run.project,
        **_name_of_scorer(run),
        kind=Scorer.Kind.JUDGE,
        specification={
            "prompt_version": run.prompt_version,
            "scale": list(JUDGES.load(run.judge).scale or ()),
            **run.configuration,
        },
    )


@transaction.atomic
def retract_labels(*, labelling: JudgeLabelling, actor: User) -> int:
    """Take back every label of a run; the verdicts stay on record and their pairs are undecided again."""
    uuids = JudgedPair.objects.filter(run=labelling.run).values_list("uuid", flat=True)
    count = retract_comparisons(source_uuids=uuids)
    scores = _retract_scores(labelling.run)
    record_event(
        action="judging.labels_retracted",
        project=labelling.project,
        actor=actor,
        target=labelling.run,
        details={"labels": count, "scores": scores},
    )
    return count
