"""What a project's rubrics say, and how well they did on thumbs that they were not learned from."""

from collections.abc import Sequence
from dataclasses import dataclass

from curation.domain.versions.intervals import Interval, wilson_interval
from curation.models import Project
from feedback_mining.domain.rubrics import RubricItem
from feedback_mining.domain.taxonomy import Polarity
from feedback_mining.models import LearnedRubric
from feedback_mining.queries.learning import items_of

SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class RubricCard:
    """A version with its signs by polarity, and the share of held-out thumbs that it told right."""

    rubric: LearnedRubric
    pleased: Sequence[RubricItem]
    displeased: Sequence[RubricItem]

    @property
    def held_out(self) -> int:
        """How many conversations with a thumb were held out."""
        return int(self.rubric.learned_from.get("held_out", 0))

    @property
    def right(self) -> int:
        """How many of these it told right."""
        return int(self.rubric.learned_from.get("held_out_right", 0))

    @property
    def share(self) -> float | None:
        """The share that it told right; None where none was held out."""
        return self.right / self.held_out if self.held_out else None

    @property
    def interval(self) -> Interval | None:
        """The 95 % interval of that share."""
        return wilson_interval(self.right, self.held_out)


def rubric_cards(project: Project) -> list[RubricCard]:
    """Return the newest versions, the newest first."""
    rows = LearnedRubric.objects.for_project(project).select_related("endpoint", "created_by")
    return [_card(row) for row in rows.order_by("-version")[:SHOWN]]


def _card(row: LearnedRubric) -> RubricCard:
    items = items_of(row)
    return RubricCard(
        rubric=row,
        pleased=[item for item in items if item.polarity is Polarity.SAT],
        displeased=[item for item in items if item.polarity is Polarity.DSAT],
    )
