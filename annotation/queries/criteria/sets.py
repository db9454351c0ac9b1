"""The criteria sets of a project, and the wordings that a criterion had."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q

from annotation.models import CriteriaSet, Criterion, Grade
from curation.models import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSummary:
    """A criteria set as a list shows it."""

    criteria_set: CriteriaSet
    criteria: int
    assertions: int
    chosen: int
    has_grades: bool


def criteria_sets(project: Project) -> Sequence[SetSummary]:
    """Return the project's sets with what is in them, newest first; two queries."""
    is_current = Q(criteria__archived_at__isnull=True)
    counted = CriteriaSet.objects.for_project(project).annotate(
        criteria_count=Count("criteria", filter=is_current, distinct=True),
        assertion_count=Count("criteria__assertions", filter=is_current, distinct=True),
        chosen_count=Count(
            "criteria__assertions",
            filter=is_current & Q(criteria__assertions__is_selected=True),
            distinct=True,
        ),
    )
    graded = set(Grade.objects.for_project(project).values_list("criteria_set_id", flat=True).distinct())
    return [
        SetSummary(
            criteria_set=found,
            criteria=found.criteria_count,
            assertions=found.assertion_count,
            chosen=found.chosen_count,
            has_grades=found.pk in graded,
        )
        for found in counted.order_by("-id")
    ]


def earlier_wordings(criterion: Criterion) -> Sequence[Criterion]:
    """Return the wordings that this one replaced, newest first."""
    wordings = Criterion.objects.for_project(criterion.project).filter(key=criterion.key)
    return list(wordings.filter(version__lt=criterion.version).order_by("-version"))
