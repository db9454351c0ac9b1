"""The answers that a run of a measure takes, by id in a fixed order, and which of them are scored."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from curation.domain.errors import HarkenError
from curation.domain.scoring.scopes import ScoringScope
from curation.domain.versions.recipes import parse_recipe
from curation.models import (
    Conversation,
    DatasetRow,
    DatasetVersion,
    Job,
    Project,
    Response,
    ResponseSet,
    ResponseSetEntry,
    SavedView,
    Score,
    Scorer,
)
from curation.queries.corpus.preferences import standing
from curation.queries.corpus.saved_views import conversations_of_view, view_of, views_of
from curation.queries.versions.candidates import Candidate, candidates
from curation.queries.versions.datasets import find_version

SCORING_JOB = "scoring"


def standing_responses(project: Project) -> QuerySet[Response]:
    """Return the answers whose conversation is neither archived nor withdrawn."""
    return Response.objects.for_project(project).filter(**standing("prompt__"))


def conversations_in(project: Project, scope: ScoringScope) -> QuerySet[Conversation]:
    """Return the conversations whose logged answers a scope takes: those of a view, or all."""
    if scope.kind == "view":
        return conversations_of_view(_view(project, scope))
    rows = Conversation.objects.for_project(project)
    return rows.filter(archived_at__isnull=True, withdrawn_at__isnull=True)


def responses_in(project: Project, scope: ScoringScope) -> list[int]:
    """Return the answers of a scope, the oldest first; what was withdrawn is not among them."""
    rows = standing_responses(project)
    if scope.kind == "view":
        rows = rows.filter(prompt__conversation__in=conversations_in(project, scope).values("id"))
    elif scope.kind == "version":
        rows = rows.filter(pk__in=_answers_of_version(project, scope))
    elif scope.kind == "responses":
        entries = ResponseSetEntry.objects.filter(response_set=_set(project, scope), response__isnull=False)
        rows = rows.filter(pk__in=entries.values("response"))
    elif scope.kind == "recipe":
        rows = rows.filter(pk__in=answers_of_recipe(project, scope.recipe))
    return list(rows.order_by("id").values_list("id", flat=True))


def answers_of_recipe(project: Project, document: Any) -> set[int]:
    """Return the answers that a recipe may choose; where it rates answers, all of the response sets it may rate."""
    recipe = parse_recipe(document)
    found = candidates(project, recipe=recipe)
    chosen = {entry.keys.chosen for entry in found if isinstance(entry, Candidate)}
    rated = answers_to_rate(project) if {"ratings", "answers"} & set(recipe.sources) else set()
    return {answer for answer in chosen if answer is not None} | rated


def answers_to_rate(project: Project) -> set[int]:
    """Return the standing answers of the response sets that may be trained on."""
    written = ResponseSetEntry.objects.for_project(project).filter(
        response__isnull=False,
        response_set__archived_at__isnull=True,
        response_set__purpose=ResponseSet.Purpose.CURATION,
        **standing("prompt__"),
    )
    return set(filter(None, written.values_list("response_id", flat=True)))


def scope_named(project: Project, *, view: str, version: str, responses: str) -> ScoringScope:
    """Return the scope that names mean, all answers where none is given; raises HarkenError."""
    if version:
        return ScoringScope(kind="version", uuid=str(find_version(project, version).uuid))
    if view:
        saved = views_of(project).filter(name=view).first()
        if saved is None:
            raise HarkenError(_("The project has no saved view named %(name)s.") % {"name": view})
        return ScoringScope(kind="view", uuid=str(saved.uuid))
    if responses:
        sets = ResponseSet.objects.for_project(project).filter(name=responses, archived_at__isnull=True)
        found = sets.first()
        if found is None:
            raise HarkenError(_("The project has no response set named %(name)s.") % {"name": responses})
        return ScoringScope(kind="responses", uuid=str(found.uuid))
    return ScoringScope()


def scored_among(scorer: Scorer | int, responses: Iterable[int]) -> set[int]:
    """Return those of these answers that a measure has scored."""
    rows = Score.objects.filter(scorer=scorer, response_id__in=list(responses))
    return set(filter(None, rows.values_list("response_id", flat=True)))


def cases_of(responses: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Return (the last user message, the answer) by the answer's id, the oldest first; one query."""
    rows = Response.objects.filter(pk__in=list(responses)).order_by("id")
    texts = rows.values_list("id", "prompt__last_message__text", "message__text", "body_text")
    return {response: (asked, logged or body) for response, asked, logged, body in texts}


def scope_words(project: Project, scope: ScoringScope) -> str:
    """Say in words what a run takes."""
    if scope.kind == "view":
        return _("the saved view %(name)s") % {"name": _view(project, scope).name}
    if scope.kind == "version":
        return _("the dataset version %(name)s") % {"name": _version(project, scope)}
    if scope.kind == "responses":
        return _("the response set %(name)s") % {"name": _set(project, scope).name}
    return _("what a recipe takes") if scope.kind == "recipe" else _("all answers of the project")


def scoring_jobs(scorer: Scorer, *, limit: int = 5) -> list[Job]:
    """Return the newest runs of a measure."""
    jobs = Job.objects.for_project(scorer.project).filter(
        kind=SCORING_JOB, arguments__scorer=str(scorer.uuid)
    )
    return list(jobs.order_by("-id")[:limit])


def _view(project: Project, scope: ScoringScope) -> SavedView:
    found = view_of(project, scope.uuid)  # type: ignore[arg-type]
    if found is None:
        raise HarkenError(_("The saved view is gone. Choose another."))
    return found


def _version(project: Project, scope: ScoringScope) -> DatasetVersion:
    rows = DatasetVersion.objects.for_project(project).filter(uuid=scope.uuid).select_related("dataset")
    found = rows.first()
    if found is None:
        raise HarkenError(_("The dataset version is gone. Choose another."))
    return found


def _set(project: Project, scope: ScoringScope) -> ResponseSet:
    found = ResponseSet.objects.for_project(project).filter(uuid=scope.uuid).first()
    if found is None:
        raise HarkenError(_("The response set is gone. Choose another."))
    return found


def _answers_of_version(project: Project, scope: ScoringScope) -> set[int]:
    sides = DatasetRow.objects.filter(version=_version(project, scope)).values_list(
        "chosen_id", "rejected_id"
    )
    return {answer for pair in sides for answer in filter(None, pair)}
