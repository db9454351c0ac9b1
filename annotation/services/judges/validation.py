"""Validating a judge: it is asked about pairs that people decided and about controls, and reported as an annotator."""

from contextlib import closing
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotation.dispatch import VALIDATE_JUDGE
from annotation.domain.judges.dummies import DummyCount, count_right, dummies_of
from annotation.domain.judges.pairs import report_pairs
from annotation.domain.judges.ratings import report_ratings
from annotation.models import JudgeThresholds, JudgeValidation
from annotation.queries.judges.checklists import with_checklists
from annotation.queries.judges.probation import on_probation
from annotation.queries.judges.ratings import rated_answers
from annotation.queries.judges.slices import decided_pairs, human_verdicts, slice_words
from annotation.queries.judges.verdicts import pair_verdicts, preferred_answers, preferred_questions
from curation.domain.errors import HarkenError
from curation.models import Job, JudgeRun, Project, User
from curation.queries.judging.runs import run_counts
from curation.services.judging.judging import judge_waiting_pairs
from curation.services.judging.runs import (
    JudgeChoice,
    PairsPlan,
    fitting,
    judge_of,
    open_pairs_run,
    price_pairs,
)
from curation.services.work.audit import record_event
from curation.services.work.jobs import JobProgress, Listener, run_job
from language_models.chat.expense import Expense
from language_models.judges.contract import JudgeStoppedError, PairJudge

# A price is for somebody who waits for the page.
_READ_FOR_A_PRICE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedValidation:
    """How many pairs and control answers a judge would be asked about, and at most what that takes."""

    pairs: int
    controls: int
    expense: Expense


def price_validation(
    *, project: Project, choice: JudgeChoice, slice_key: str, most: int | None
) -> PricedValidation:
    """Return what holding a judge against people would take at most, without asking anybody."""
    decided = decided_pairs(project, slice_key=slice_key, most=most)
    fitted = fitting(choice)
    pairs = with_checklists([each.pair for each in decided], project=project, judge=fitted.judge)
    controls = list(dummies_of(preferred_answers(decided)))
    expense = price_pairs(choice=fitted, pairs=pairs, sample=_READ_FOR_A_PRICE)
    asked = judge_of(fitted).estimate(control.question for control in controls)
    return PricedValidation(pairs=len(pairs), controls=len(controls), expense=expense + asked)


@transaction.atomic
def open_validation(
    *,
    project: Project,
    choice: JudgeChoice,
    slice_key: str,
    most: int | None = None,
    actor: User | None = None,
) -> JudgeValidation:
    """Open a run over pairs that people decided; `ring_job` wakes a worker for its job."""
    decided = decided_pairs(project, slice_key=slice_key, most=most)
    if not decided:
        raise HarkenError(
            _(
                "People decided no pair there yet. Let them judge a queue first, then validate the judge on it."
            )
        )
    plan = PairsPlan(
        project=project,
        choice=fitting(choice),
        pairs=with_checklists([each.pair for each in decided], project=project, judge=choice.judge),
        purpose=JudgeRun.Purpose.VALIDATION,
        source_name=slice_words(project, slice_key),
        task_name=VALIDATE_JUDGE,
    )
    run = open_pairs_run(plan=plan, actor=actor)
    return JudgeValidation.objects.create(project=project, run=run, slice=slice_key, created_by=actor)


def run_validation(*, job_id: int, listener: Listener | None = None) -> Job | None:
    """Do the work of a validation: the pairs, the controls, the report."""

    def work(progress: JobProgress) -> dict[str, Any]:
        rows = JudgeValidation.objects.select_related("run__project", "run__endpoint", "project")
        validation = rows.filter(run__job=progress.job).first()
        if validation is None:
            raise HarkenError(_("The validation of this job is gone. Start a new one on the page of judges."))
        judge = judge_waiting_pairs(validation.run, progress=progress)
        return _report(validation, judge=judge, progress=progress)

    return run_job(job_id=job_id, work=work, listener=listener)


def _report(validation: JudgeValidation, *, judge: PairJudge, progress: JobProgress) -> dict[str, Any]:
    run = validation.run
    humans = human_verdicts(validation.project, slice_key=validation.slice)
    controls = _judged_controls(run, judge, humans=humans, progress=progress)
    rated = rated_answers(run)
    cost = run_counts(run).cost
    validation.report = {
        **report_pairs(list(pair_verdicts(run, humans=humans))).as_json(),
        "ratings": report_ratings(rated).as_json() if rated else {},
        "dummies": [each.as_json() for each in controls],
        "cost": None if cost is None else str(cost),
    }
    validation.reported_at = timezone.now()
    validation.save(update_fields=["report", "reported_at"])
    earned = on_probation(validation.project, validation.uuid)
    return {
        "validation": str(validation.uuid),
        **{
            name: validation.report[name]
            for name in ("asked", "decided", "agreement", "cohen_kappa", "scott_pi")
        },
        "may_label": earned.may_label,
        "may_rank": earned.may_rank,
        "may_score": earned.may_score,
    }


def _judged_controls(
    run: JudgeRun, judge: PairJudge, *, humans: dict[tuple[int, int], str], progress: JobProgress
) -> list[DummyCount]:
    """Return how often the judge was right about control answers; their replies are stored, so resuming is free."""
    dummies = list(dummies_of(preferred_questions(run, humans=humans)))
    total = run_counts(run).total
    judged = []
    try:
        verdicts = judge.judge(
            ((dummy, dummy.question) for dummy in dummies),
            before_each=lambda: progress.report(total, total=total),
        )
        with closing(verdicts):
            judged = list(verdicts)
    except JudgeStoppedError as error:
        raise HarkenError(str(error)) from error
    failed = next((verdict.failed for _dummy, verdict in judged if verdict.failed), None)
    if failed is not None:
        raise HarkenError(
            _("Control answers could not be judged: %(error)s Resume the job to ask again.")
            % {"error": failed.error}
        )
    return count_right(judged)


@transaction.atomic
def set_thresholds(*, thresholds: JudgeThresholds, actor: User) -> JudgeThresholds:
    """Set what a project asks of its judges; what each validation earns changes with it."""
    thresholds.full_clean(exclude=["project"])
    thresholds.save()
    names = ("kappa", "pi", "pairs", "dummies", "rank", "systems")
    record_event(
        action="judging.thresholds_set",
        project=thresholds.project,
        actor=actor,
        target=thresholds,
        details={name: getattr(thresholds, name) for name in names},
    )
    return thresholds
