"""Planning and opening the run of a judge: which pairs of a set's answers it compares, and what that may cost."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from curation.dispatch import RUN_JUDGING
from curation.domain.errors import HarkenError
from curation.models import JudgedPair, JudgeRun, ModelEndpoint, ModelVersion, Project, ResponseSet, User
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
from curation.services.writing.asking import askable_endpoint, recalling_endpoint
from language_models.chat.asking import AskableModel
from language_models.chat.expense import Expense, scaled, spread
from language_models.judges import JUDGES, UnknownJudgeError
from language_models.judges.contract import (
    JudgePlugin,
    JudgeSettings,
    JudgeSettingsError,
    PairJudge,
    PairQuestion,
)

KIND = "judging"
PURPOSE = "judging"


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeChoice:
    """Which judge is asked, through which endpoints: the first one, and the others of a jury or cascade."""

    judge: str
    endpoint: ModelEndpoint
    others: tuple[ModelEndpoint, ...] = ()
    rubric: str = ""

    def configuration(self) -> dict[str, Any]:
        """Return what makes this judge another than the same words asked of other models, in plain values."""
        asked = [
            {"endpoint": str(each.uuid), "model": each.model, "address": each.base_url}
            for each in (self.endpoint, *self.others)
        ]
        return {"rubric": self.rubric.strip(), "asked": asked}


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgePlan:
    """Which judge, asked through which endpoints, compares the answers of which two models of a set.

    `checklists` are the users' wishes by the prompt's id, for judges that read them.
    """

    response_set: ResponseSet
    judge: str
    endpoint: ModelEndpoint
    models: tuple[ModelVersion, ModelVersion]
    checklists: Mapping[int, Sequence[str]] = field(default_factory=dict)
    others: tuple[ModelEndpoint, ...] = ()
    rubric: str = ""

    @property
    def choice(self) -> JudgeChoice:
        """Who judges."""
        return JudgeChoice(judge=self.judge, endpoint=self.endpoint, others=self.others, rubric=self.rubric)


@dataclass(frozen=True, slots=True, kw_only=True)
class PairsPlan:
    """Pairs from anywhere that a judge is asked about, and for what; `task_name` is the task that carries it out."""

    project: Project
    choice: JudgeChoice
    pairs: Sequence[AnswerPair]
    purpose: JudgeRun.Purpose
    source_name: str
    task_name: str = RUN_JUDGING


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


def fitting(choice: JudgeChoice) -> JudgeChoice:
    """Return a choice without what its judge does not want to be told: it would be another judge by that alone."""
    wants = judge_named(choice.judge).wants
    return replace(
        choice,
        others=choice.others if "others" in wants else (),
        rubric=choice.rubric.strip() if "rubric" in wants else "",
    )


def judge_of(choice: JudgeChoice) -> PairJudge:
    """Return the judge, ready to ask; raises HarkenError where it may not ask or was not told what it needs."""
    endpoints = (choice.endpoint, *choice.others)
    return _built(choice, [askable_endpoint(endpoint=each, purpose=PURPOSE) for each in endpoints])


def recalled_judge_of(choice: JudgeChoice) -> PairJudge:
    """Return the judge that says again what it said, from stored replies alone; what is gone is a failed request."""
    endpoints = (choice.endpoint, *choice.others)
    return _built(choice, [recalling_endpoint(endpoint=each) for each in endpoints])


def _built(choice: JudgeChoice, models: Sequence[AskableModel]) -> PairJudge:
    model, *others = models
    settings = JudgeSettings(rubric=choice.rubric, others=tuple(others))
    try:
        return judge_named(choice.judge).build(model, settings=settings)
    except JudgeSettingsError as error:
        raise HarkenError(str(error)) from error


def choice_of(run: JudgeRun) -> JudgeChoice:
    """Return who was asked in a run; raises HarkenError where an endpoint is gone or asks another model now."""
    first, *others = run.configuration.get("asked") or [{}]
    endpoints = ModelEndpoint.objects.for_project(run.project)
    found = {
        str(each.uuid): each for each in endpoints.filter(uuid__in=[each["endpoint"] for each in others])
    }
    named = [(run.endpoint, first), *((found.get(each["endpoint"]), each) for each in others)]
    if any(each is None or written.get("model", each.model) != each.model for each, written in named):
        raise HarkenError(
            _("An endpoint that this run asks is gone, or asks another model now. Start a new run.")
        )
    return JudgeChoice(
        judge=run.judge,
        endpoint=run.endpoint,
        others=tuple(each for each, _written in named[1:] if each is not None),
        rubric=run.configuration.get("rubric", ""),
    )


def judge_of_run(run: JudgeRun) -> PairJudge:
    """Return the judge of a run; raises HarkenError where its words changed since the run began."""
    judge = judge_of(choice_of(run))
    if judge.prompt_version != run.prompt_version:
        raise HarkenError(
            _("The words that this judge is asked with changed since the run began. Start a new run.")
        )
    return judge


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
    found = _pairs_of(plan)
    return PricedPlan(
        pairs=len(found.pairs),
        with_checklist=sum(bool(pair.checklist) for pair in found.pairs),
        left_out=found.left_out,
        expense=price_pairs(choice=plan.choice, pairs=found.pairs, sample=sample),
    )


def price_pairs(*, choice: JudgeChoice, pairs: Sequence[AnswerPair], sample: int | None = None) -> Expense:
    """Return at most what asking about these pairs takes, without asking anybody; see `price_judging`."""
    judge, reads = judge_of(choice), judge_named(choice.judge).reads
    read = spread(pairs, most=sample)
    return scaled(judge.estimate(_questions(read, reads=reads)), read=len(read), of=len(pairs))


def _questions(pairs: Sequence[AnswerPair], *, reads: Collection[str]) -> Iterator[PairQuestion]:
    for start in range(0, len(pairs), CHUNK_PAIRS):
        questions = pair_questions(pairs[start : start + CHUNK_PAIRS], reads=reads)
        yield from (each for each in questions if each is not None)


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
    pairs_plan = PairsPlan(
        project=response_set.project,
        choice=plan.choice,
        pairs=found.pairs,
        purpose=JudgeRun.Purpose.EVALUATION,
        source_name=response_set.name,
    )
    about = {
        "response_set": response_set,
        "model_a": plan.models[0],
        "model_b": plan.models[1],
        "left_out": dict(found.left_out),
    }
    return _opened(pairs_plan, actor=actor, about=about)


@transaction.atomic
def open_pairs_run(*, plan: PairsPlan, actor: User | None = None) -> JudgeRun:
    """Make a run over pairs from anywhere, and the job that asks; `ring_job` wakes a worker for it."""
    take_turns_with_withdrawals(plan.project)
    if not plan.pairs:
        raise HarkenError(_("There is no pair to ask about here."))
    return _opened(plan, actor=actor, about={})


def _opened(plan: PairsPlan, *, actor: User | None, about: Mapping[str, Any]) -> JudgeRun:
    choice = plan.choice
    judge = judge_of(choice)
    job = open_job(
        project=plan.project,
        kind=KIND,
        task_name=plan.task_name,
        actor=actor,
        arguments={"judge": choice.judge, "set": plan.source_name},
        unit="pairs",
    )
    run = JudgeRun.objects.create(
        project=plan.project,
        purpose=plan.purpose,
        source_name=plan.source_name[:200],
        judge=choice.judge,
        prompt_version=judge.prompt_version,
        configuration=choice.configuration(),
        endpoint=choice.endpoint,
        job=job,
        created_by=actor,
        **about,
    )
    JudgedPair.objects.bulk_create((_row(run, pair) for pair in plan.pairs), batch_size=1000)
    record_event(
        action="judging.asked_for",
        project=plan.project,
        actor=actor,
        target=run,
        details={"set": plan.source_name, "judge": choice.judge, "pairs": len(plan.pairs)},
    )
    return run


def _row(run: JudgeRun, pair: AnswerPair) -> JudgedPair:
    return JudgedPair(
        project_id=run.project_id,
        run=run,
        prompt_id=pair.prompt,
        response_a_id=pair.response_a,
        response_b_id=pair.response_b,
        preference_pair_id=pair.preference_pair,
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
