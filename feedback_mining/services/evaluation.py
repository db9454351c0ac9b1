"""User-guided evaluation: judges compare two models' answers with each user's checklist, and without."""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from curation.domain.errors import HarkenError
from curation.models import (
    JudgeRun,
    ModelVersion,
    Project,
    ResponseSet,
    ResponseSetEntry,
    User,
)
from curation.services.judging.runs import (
    JudgeChoice,
    JudgePlan,
    fitting,
    judge_named,
    open_judge_run,
    two_models,
)
from curation.services.work.jobs import ring_job
from feedback_mining.queries.held_out import checklists_of_prompts

# The judge that a comparison with checklists asks unless another is named.
GUIDED = "checklist"


def judge_plan(
    *,
    response_set: ResponseSet,
    choice: JudgeChoice,
    models: tuple[ModelVersion, ModelVersion] | None = None,
) -> JudgePlan:
    """Return what a judge is to compare, with the users' wishes where it reads them; raises HarkenError."""
    fitted, reads = fitting(choice), judge_named(choice.judge).reads
    return JudgePlan(
        response_set=response_set,
        judge=fitted.judge,
        endpoint=fitted.endpoint,
        others=fitted.others,
        rubric=fitted.rubric,
        models=models or two_models(response_set),
        checklists=_checklists(response_set) if "checklist" in reads else {},
    )


@transaction.atomic
def start_judging(*, plans: Iterable[JudgePlan], actor: User) -> list[JudgeRun]:
    """Open a run of each plan and wake a worker for it; none where one cannot be opened."""
    runs = [open_judge_run(plan=plan, actor=actor) for plan in plans]
    for run in runs:
        if run.job is not None:
            ring_job(job=run.job)
    return runs


def _checklists(response_set: ResponseSet) -> dict[int, tuple[str, ...]]:
    prompts = ResponseSetEntry.objects.filter(response_set=response_set).values_list("prompt_id", flat=True)
    return checklists_of_prompts(response_set.project, set(prompts))


def response_set_named(name: str, *, project: Project) -> ResponseSet:
    """Return the project's set of this name or uuid; raises HarkenError with the known names."""
    standing = ResponseSet.objects.for_project(project).filter(archived_at__isnull=True)
    found = standing.filter(name=name).first() or _of_uuid(standing, name)
    if found is None:
        known = ", ".join(standing.order_by("-id").values_list("name", flat=True)[:20]) or _("none")
        raise HarkenError(
            _("The project has no response set named %(name)s. Known: %(known)s.")
            % {"name": name, "known": known}
        )
    return found


def _of_uuid(standing: QuerySet[ResponseSet], name: str) -> ResponseSet | None:
    try:
        return standing.filter(uuid=UUID(name)).first()
    except ValueError:
        return None
