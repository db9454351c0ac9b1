"""What the embedding detector learned from reviews, and how it did before and after."""

from collections.abc import Sequence
from dataclasses import dataclass

from curation.models import Job, Project
from feedback_mining.domain.taxonomy import Polarity
from feedback_mining.models import TrainedHead

SHOWN = 5
FIGURES = ("precision", "recall", "average_precision", "calibration_error")


@dataclass(frozen=True, slots=True, kw_only=True)
class BeforeAfter:
    """One figure of one polarity on held-out reviews; None where it is not defined."""

    polarity: str
    figure: str
    before: float | None
    after: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadCard:
    """A trained head with its figures."""

    head: TrainedHead
    figures: Sequence[BeforeAfter]


def trained_heads(project: Project) -> list[HeadCard]:
    """Return the newest heads of a project, the newest first."""
    heads = TrainedHead.objects.for_project(project).defer("weights").order_by("-version")[:SHOWN]
    return [HeadCard(head=head, figures=_figures(head)) for head in heads]


def newest_retraining(project: Project) -> Job | None:
    """Return the newest job that trained on reviews."""
    return Job.objects.for_project(project).filter(kind="retraining").order_by("-id").first()


def _figures(head: TrainedHead) -> list[BeforeAfter]:
    return [
        BeforeAfter(
            polarity=polarity.value,
            figure=figure,
            before=head.before.get(polarity.value, {}).get(figure),
            after=head.after.get(polarity.value, {}).get(figure),
        )
        for polarity in Polarity
        for figure in FIGURES
    ]
