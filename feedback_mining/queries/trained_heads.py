"""What the embedding detector learned from reviews, and how it did before and after."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from curation.models import Job, Project
from feedback_mining.domain.taxonomy import Polarity
from feedback_mining.models import Signal, TrainedHead

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


def taught_at(project: Project) -> dict[str, datetime]:
    """Return for each detector whose current claims are of a trained head when that head had learned."""
    moments: dict[str, datetime] = {}
    versions = Signal.objects.for_project(project).standing().values_list("detector", "detector_version")
    for detector, version in versions.distinct().order_by():
        for head in TrainedHead.objects.for_project(project).defer("weights"):
            # A cascade's version joins those of two detectors.
            if (head.base_version, str(head.version)) in pairwise(version.split("+")):
                moments[detector] = max(head.created_at, moments.get(detector, head.created_at))
    return moments


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
