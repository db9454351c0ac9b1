"""What a crossed experiment takes, and what the project has for it."""

from collections.abc import Mapping
from dataclasses import dataclass

from annotation.domain.protocol_comparison.planning import (
    Design,
    Plan,
    PlanError,
    expected_half_width,
    plan_judgements,
)
from annotation.models import Queue
from annotation.services.queues.sources import is_writing, subjects_of
from curation.models import Project

CHOICE = "pairwise"


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossedPlan:
    """What ± half_width takes; what is there, and the half width that all of it would give.

    `there` is None for a source that is written out only when a queue is opened over it; `problem` says why there
    is no plan.
    """

    plan: Plan | None
    half_width: float
    people_per_item: int
    there: int | None
    reachable: float | None = None
    problem: str = ""

    @property
    def points(self) -> str:
        """Half the interval's width that the plan gives, in points."""
        return "" if self.plan is None else f"{100 * self.plan.half_width:.1f}"

    @property
    def reachable_points(self) -> str:
        """Half the width that the whole source gives, in points; nothing where it is empty."""
        return "" if self.reachable is None else f"{100 * self.reachable:.1f}"

    @property
    def is_enough(self) -> bool:
        """Whether the source holds as many items as the plan asks for."""
        return self.plan is not None and (self.there is None or self.there >= self.plan.items)


def plan_crossing(
    *, project: Project, source: Mapping[str, str], half_width: float, design: Design
) -> CrossedPlan:
    """Return how many items and people ± half_width takes, and how far the source goes."""
    there = _items_there(project, source)
    judgements = (there or 0) * design.judgements_per_item
    reachable = expected_half_width(judgements, design=design) if judgements else None
    try:
        plan, problem = plan_judgements(half_width, design=design), ""
    except PlanError as error:
        plan, problem = None, str(error)
    return CrossedPlan(
        plan=plan,
        half_width=half_width,
        people_per_item=design.judgements_per_item,
        there=there,
        reachable=reachable,
        problem=problem,
    )


def _items_there(project: Project, source: Mapping[str, str]) -> int | None:
    """Return how many pairs the source holds; None where looking would write."""
    if is_writing(source):
        return None
    return sum(1 for _ in subjects_of(Queue(project=project, protocol=CHOICE, source=dict(source))))
