"""User-guided evaluation: judges compare two models' answers with each user's checklist, and without."""

from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from curation.domain.errors import HarkenError
from curation.models import ModelEndpoint, ModelVersion, Project, ResponseSet, ResponseSetEntry
from curation.services.judging.runs import JudgePlan, judge_named, two_models
from feedback_mining.queries.held_out import checklists_of_prompts

# With the checklist, and the yardstick that it is read against.
GUIDED, PLAIN = "checklist", "pairwise"


def judge_plan(
    *,
    response_set: ResponseSet,
    judge: str,
    endpoint: ModelEndpoint,
    models: tuple[ModelVersion, ModelVersion] | None = None,
) -> JudgePlan:
    """Return what a judge is to compare, with the users' wishes where it reads them; raises HarkenError."""
    reads = judge_named(judge).reads
    return JudgePlan(
        response_set=response_set,
        judge=judge,
        endpoint=endpoint,
        models=models or two_models(response_set),
        checklists=_checklists(response_set) if "checklist" in reads else {},
    )


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
