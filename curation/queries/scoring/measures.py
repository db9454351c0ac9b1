"""Frozen measures of a project: which there are, which version a name means, and what they said."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from curation.domain.errors import RecipeError
from curation.domain.scoring.check_sets import checks_of, part_specification, parts_of, unrunnable
from curation.domain.scoring.guards import Guard
from curation.models import Project, Score, Scorer


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureLine:
    """A measure of kind checks as a list shows it; failing answers are those whose checks do not all hold."""

    scorer: Scorer
    checks: int
    scored: int
    failing: int


def check_measures(project: Project) -> QuerySet[Scorer]:
    """Return the project's measures of kind checks that stand for a whole set, newest first."""
    rows = Scorer.objects.for_project(project).filter(kind=Scorer.Kind.CHECKS)
    return rows.filter(specification__part_of__isnull=True).order_by("-id")


def measure_lines(project: Project, *, limit: int = 100) -> list[MeasureLine]:
    """Return the measures with what they scored, newest first; one query."""
    counted = check_measures(project).annotate(
        scored=Count("scores"), failing=Count("scores", filter=Q(scores__value__lt=1))
    )
    return [
        MeasureLine(
            scorer=row,
            checks=len(row.specification.get("assertions", ())),
            scored=row.scored,
            failing=row.failing,
        )
        for row in counted[:limit]
    ]


def measure_of(project: Project, uuid: UUID) -> Scorer | None:
    """Return a measure of kind checks."""
    rows = Scorer.objects.for_project(project).filter(kind=Scorer.Kind.CHECKS, uuid=uuid)
    return rows.select_related("project").first()


def is_runnable(scorer: Scorer) -> bool:
    """Tell whether curation can run a measure by itself: checks that ask no model."""
    return scorer.kind == Scorer.Kind.CHECKS and not unrunnable(scorer.specification)


def parts_of_measure(scorer: Scorer) -> dict[str, tuple[str, dict[str, Any], list[int]]]:
    """Return criterion → (name, specification, places) of the measures of single criteria that go with a set's."""
    return {
        criterion: (
            f"{scorer.name} / {criterion}"[:120],
            {**part_specification(scorer.specification, places), "part_of": str(scorer.uuid)},
            places,
        )
        for criterion, places in parts_of(scorer.specification).items()
    }


def part_scorers(scorer: Scorer) -> list[tuple[str, Scorer]]:
    """Return (criterion, measure) of a set's criteria, in the set's order; the measure itself where it has no parts."""
    named = {name: criterion for criterion, (name, _spec, _places) in parts_of_measure(scorer).items()}
    rows = Scorer.objects.filter(project_id=scorer.project_id, version=scorer.version, name__in=named)
    found = {named[row.name]: row for row in rows}
    if named:
        return [(criterion, found[criterion]) for criterion in named.values() if criterion in found]
    return [(checks_of(scorer.specification)[0].criterion, scorer)]


def scorers_named(project: Project, guards: Iterable[Guard]) -> dict[Guard, Scorer]:
    """Return the measure that each guard means, the newest where it names no version; raises RecipeError."""
    wanted = list(guards)
    names = {name for guard in wanted for name in (guard.name, guard.whole)}
    rows = list(Scorer.objects.for_project(project).filter(name__in=names).order_by("id"))
    by_version = {(row.name, row.version): row for row in rows}
    newest = {row.name: row for row in rows}
    found = {
        guard: newest.get(guard.whole)
        or (by_version.get((guard.name, guard.version)) if guard.version else newest.get(guard.name))
        for guard in wanted
    }
    missing = [guard.whole for guard, scorer in found.items() if scorer is None]
    if missing:
        raise RecipeError(
            _("The recipe names the measure %(names)s, which this project does not have.")
            % {"names": ", ".join(missing)}
        )
    return {guard: scorer for guard, scorer in found.items() if scorer is not None}


def values_by_response(
    scorer_ids: Iterable[int], response_ids: Iterable[int]
) -> Mapping[tuple[int, int], float]:
    """Return (measure, answer) → value of what is scored; one query."""
    rows = Score.objects.filter(scorer_id__in=list(scorer_ids), response_id__in=list(response_ids))
    return {
        (scorer, response): value
        for scorer, response, value in rows.values_list("scorer_id", "response_id", "value")
    }
