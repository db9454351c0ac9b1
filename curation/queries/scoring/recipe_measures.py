"""The measures that a recipe names: which version each means, and how much of their scores is missing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from curation.domain.scoring.guards import parse_guard
from curation.domain.versions.recipe_steps import NOT_SCORED, LeftOut
from curation.domain.versions.recipes import DatasetRecipe
from curation.models import Project, Scorer
from curation.queries.scoring.measures import is_runnable, scorers_named
from curation.queries.scoring.scopes import answers_to_rate, scored_among


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A measure of a recipe: `least` is what a veto asks for, None for the one that gives weights."""

    name: str
    scorer_id: int
    least: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingScores:
    """How many answers a recipe asks a measure about that it has not scored."""

    scorer: Scorer
    count: int

    def as_json(self) -> dict[str, Any]:
        """Return what a preview keeps."""
        return {
            "measure": self.scorer.name,
            "version": self.scorer.version,
            "uuid": str(self.scorer.uuid),
            "count": self.count,
            "is_runnable": is_runnable(self.scorer),
        }


def measures_of_recipe(project: Project, recipe: DatasetRecipe) -> list[Measure]:
    """Return the vetoes in their order, then what gives the weights; raises RecipeError."""
    vetoes = [parse_guard(text) for text in recipe.veto]
    weights = [parse_guard(recipe.weight_by, field="weight_by")] if recipe.weight_by else []
    if not vetoes and not weights:
        return []
    scorers = scorers_named(project, [*vetoes, *weights])
    return [
        *(Measure(name=each.whole, scorer_id=scorers[each].pk, least=each.least) for each in vetoes),
        *(Measure(name=each.whole, scorer_id=scorers[each].pk, least=None) for each in weights),
    ]


def missing_scores(
    project: Project, recipe: DatasetRecipe, *, left_out: Iterable[LeftOut]
) -> list[MissingScores]:
    """Return the measures that have not scored all that a recipe asks about, with how many answers each lacks."""
    counts: dict[int, int] = {}
    names = {measure.name: measure.scorer_id for measure in measures_of_recipe(project, recipe)}
    for entry in left_out:
        if entry.reason.startswith(NOT_SCORED):
            scorer = names[entry.reason.removeprefix(NOT_SCORED)]
            counts[scorer] = counts.get(scorer, 0) + 1
    if {"ratings", "answers"} & set(recipe.sources):
        counts |= _unrated(project, recipe)
    scorers = Scorer.objects.in_bulk([scorer for scorer, count in counts.items() if count])
    return [MissingScores(scorer=scorers[key], count=counts[key]) for key in sorted(scorers)]


def _unrated(project: Project, recipe: DatasetRecipe) -> Mapping[int, int]:
    """Return how many answers of the project's response sets each measure of kind checks has not scored.

    What upper layers score by themselves, such as detectors, cannot be run from here, and is not counted.
    """
    rows = Scorer.objects.for_project(project).filter(name__in=recipe.scorers, kind=Scorer.Kind.CHECKS)
    newest = dict(rows.order_by("id").values_list("name", "id"))
    answers = answers_to_rate(project) if newest else set()
    return {scorer: len(answers - scored_among(scorer, answers)) for scorer in newest.values()}
