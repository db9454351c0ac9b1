"""What a project taught its detectors: criteria of its own, rubrics, heads."""

from curation.models import Project
from feedback_mining.domain.rubrics import Rubric, RubricItem
from feedback_mining.domain.taxonomy import (
    CRITERIA,
    TAXONOMY_VERSION,
    Criterion,
    Polarity,
    own_criterion_name,
)
from feedback_mining.models import LearnedRubric, ProjectCriterion, TrainedHead


def own_criteria(project: Project) -> tuple[Criterion, ...]:
    """Return the criteria that the project added and did not take back, oldest first."""
    rows = ProjectCriterion.objects.for_project(project).filter(archived_at__isnull=True).order_by("id")
    return tuple(criterion_of(row) for row in rows)


def criteria_of(project: Project) -> list[Criterion]:
    """Return the eighteen criteria and the project's own."""
    return [*CRITERIA.values(), *own_criteria(project)]


def taxonomy_version(project: Project) -> str:
    """Return the version of the taxonomy with the project's own criteria: "2", or "2+3" with three of them."""
    count = ProjectCriterion.objects.for_project(project).filter(archived_at__isnull=True).count()
    return f"{TAXONOMY_VERSION}+{count}" if count else TAXONOMY_VERSION


def newest_rubric(project: Project) -> Rubric | None:
    """Return the rubric that the project learned last."""
    row = LearnedRubric.objects.for_project(project).order_by("-version").first()
    if row is None:
        return None
    return Rubric(
        version=row.version,
        items=items_of(row),
        threshold=row.threshold,
        steepness=row.steepness,
    )


def items_of(row: LearnedRubric) -> tuple[RubricItem, ...]:
    """Return the signs of a rubric."""
    return tuple(
        RubricItem(**{**written, "polarity": Polarity(written["polarity"])}) for written in row.rubric_items
    )


def used_head(project: Project) -> TrainedHead | None:
    """Return the head that the project trained and uses; None where it uses the shipped one."""
    return TrainedHead.objects.for_project(project).filter(is_used=True).order_by("-version").first()


def criterion_of(row: ProjectCriterion) -> Criterion:
    """Return a project's own criterion as detectors see it."""
    return Criterion(
        name=own_criterion_name(row.name, polarity=row.polarity),
        polarity=Polarity(row.polarity),
        definition=row.definition,
        examples=(row.example,) if row.example else (),
        counter_examples=(row.counter_example,) if row.counter_example else (),
    )
