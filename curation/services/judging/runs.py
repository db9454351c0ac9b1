"""Planning and opening the run of a judge: which pairs of a set's answers it compares, and what that may cost."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.utils.translation import gettext as _

from curation.dispatch import RUN_JUDGING
from curation.domain.errors import HarkenError
from curation.models import JudgedPair, JudgeRun, ModelEndpoint, ModelVersion, ResponseSet, User
from curation.queries.judging.questions import (
    CHUNK_PAIRS,
    AnswerPair,
    AnswerPairs,
    answer_pairs,
    contestants,
    pair_questions,
)
from curation.services.work.audit import record_event
from curation.services.work.jobs import open_job
from curation.services.work.turns import take_turns_with_withdrawals
from curation.services.writing.asking import askable_endpoint
from language_models.chat.expense import Expense, scaled, spread
from language_models.judges import JUDGES, UnknownJudgeError
from language_models.judges.contract import JudgePlugin, PairQuestion

KIND = "judging"
PURPOSE = "judging"


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgePlan:
    """Which judge, asked through which endpoint, compares the answers of which two models of a set.

    `checklists` are the users' wishes by the prompt's id, for judges that read them.
    """

    response_set: ResponseSet
    judge: str
    endpoint: ModelEndpoint
    models: tuple[ModelVersion, ModelVersion]
    checklists: Mapping[int, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedPlan:
    """What a plan would ask about, and at most what that takes where every answer can be read at once.

    `left_out` is how many prompts nobody is asked about, by a short code.
    """

    pairs: int
    with_checklist: int
    left_out: Mapping[str, int]
    expense: Expense


def judge_named(name: str) -> JudgePlugin:
    """Return the judge of a name; raises HarkenError with the known names."""
    try:
        return JUDGES.load(name)
    except UnknownJudgeError as error:
        raise HarkenError(str(error)) from error


def two_models(response_set: ResponseSet, *, names: Sequence[str] = ()) -> tuple[ModelVersion, ModelVersion]:
    """Return the two models whose answers are compared, the first as A: those named, or the only two of the set.

    Raises HarkenError where that is not two.
    """
    found = contestants(response_set)
    chosen = found
    if names:
        chosen = [model for name in names for model in found if name in (str(model), model.name)]
    if len(set(chosen)) != 2 or len(chosen) != 2:
        known = ", ".join(str(model) for model in found) or _("none")
        raise HarkenError(
            _("A judge compares two models of a set. Name two of these: %(known)s.") % {"known": known}
        )
    return chosen[0], chosen[1]


def price_judging(*, plan: JudgePlan, sample: int | None = None) -> PricedPlan:
    """Return what a run would take, without asking anybody: a dry run.

    With `sample` the texts of so many pairs are read, and the rest is taken to be alike.
    """
    judge = judge_named(plan.judge).build(askable_endpoint(endpoint=plan.endpoint, purpose=PURPOSE))
    found = _pairs_of(plan)
    read = spread(found.pairs, most=sample)
    return PricedPlan(
        pairs=len(found.pairs),
        with_checklist=sum(bool(pair.checklist) for pair in found.pairs),
        left_out=found.left_out,
        expense=scaled(judge.estimate(_questions(read)), read=len(read), of=len(found.pairs)),
    )


def _questions(pairs: Sequence[AnswerPair]) -> Iterator[PairQuestion]:
    for start in range(0, len(pairs), CHUNK_PAIRS):
        yield from (each for each in pair_questions(pairs[start : start + CHUNK_PAIRS]) if each is not None)


def _pairs_of(plan: JudgePlan) -> AnswerPairs:
    reads = judge_named(plan.judge).reads
    checklists = plan.checklists if "checklist" in reads else {}
    return answer_pairs(plan.response_set, models=plan.models, checklists=checklists)


@transaction.atomic
def open_judge_run(*, plan: JudgePlan, actor: User | None = None) -> JudgeRun:
    """Make a run with all its pairs waiting, and the job that asks; `ring_job` wakes a worker for it."""
    # The wishes of the plan were read before: whoever withdrew since is left out below, and nobody does meanwhile.
    take_turns_with_withdrawals(plan.response_set.project)
    response_set = ResponseSet.objects.select_for_update(of=("self",)).get(pk=plan.response_set.pk)
    found = _pairs_of(plan)
    _require_sensible(response_set, plan, found)
    job = open_job(
        project=response_set.project,
        kind=KIND,
        task_name=RUN_JUDGING,
        actor=actor,
        arguments={"judge": plan.judge, "set": response_set.name},
        unit="pairs",
    )
    run = JudgeRun.objects.create(
        project=response_set.project,
        response_set=response_set,
        judge=plan.judge,
        prompt_version=judge_named(plan.judge).prompt_version,
        endpoint=plan.endpoint,
        model_a=plan.models[0],
        model_b=plan.models[1],
        job=job,
        left_out=dict(found.left_out),
        created_by=actor,
    )
    JudgedPair.objects.bulk_create((_row(run, pair) for pair in found.pairs), batch_size=1000)
    record_event(
        action="judging.asked_for",
        project=response_set.project,
        actor=actor,
        target=run,
        details={"set": response_set.name, "judge": plan.judge, "pairs": len(found.pairs)},
    )
    return run


def _row(run: JudgeRun, pair: AnswerPair) -> JudgedPair:
    return JudgedPair(
        project_id=run.project_id,
        run=run,
        prompt_id=pair.prompt,
        response_a_id=pair.response_a,
        response_b_id=pair.response_b,
        checklist=list(pair.checklist),
    )


def _require_sensible(response_set: ResponseSet, plan: JudgePlan, found: AnswerPairs) -> None:
    if response_set.job is not None and not response_set.job.is_finished:
        raise HarkenError(
            _("The answers of this set are still being written. Judge them when all are there.")
        )
    if not found.pairs:
        raise HarkenError(
            _(
                "There is no prompt of this set that both models answered, each in its own words, so there is nothing "
                "to compare."
            )
        )
    runs = JudgeRun.objects.filter(response_set=response_set, judge=plan.judge, endpoint=plan.endpoint)
    alike = runs.filter(model_a__in=plan.models, model_b__in=plan.models).select_related("job")
    if any(run.job is not None and not run.job.is_finished for run in alike):
        raise HarkenError(_("This judge compares these models already. Wait until it ends, or cancel it."))
