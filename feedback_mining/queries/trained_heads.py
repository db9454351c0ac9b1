"""What the embedding detector learned from reviews, how it did before and after, and whether it still holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.db.models import Count
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from curation.models import Project
from feedback_mining.detectors.embedding.detector import base_version
from feedback_mining.detectors.embedding.reliability import shipped_reliability
from feedback_mining.domain.taxonomy import Polarity
from feedback_mining.models import MiningRun, Signal, SignalReview, TrainedHead
from feedback_mining.queries.learning import used_head
from feedback_mining.queries.report_charts import CalibratedBin, reliability_chart

SHOWN = 5
# The detectors that go by a trained head.
READERS = ("embedding", "cascade")
FIGURES = {
    "precision": _("precision"),
    "recall": _("recall"),
    "average_precision": _("average precision"),
    "calibration_error": _("calibration error"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BeforeAfter:
    """One figure of one polarity on held-out reviews; None where it is not defined."""

    polarity: str
    figure: str
    before: float | None
    after: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """How often what a head claimed was so, on messages that it was not fitted on."""

    bins: Sequence[CalibratedBin]
    chart: SafeString | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadCard:
    """A trained head with its figures."""

    head: TrainedHead
    figures: Sequence[BeforeAfter]
    calibration: Calibration

    @property
    def is_used(self) -> bool:
        """Tell whether the next run goes by it."""
        return self.head.is_used and self.head.base_version == base_version()

    @property
    def is_no_better(self) -> bool:
        """Tell whether it was stored and not taken: held-out reviews are no likelier under it."""
        before, after = (figures.get("log_loss") for figures in (self.head.before, self.head.after))
        return before is not None and after is not None and after >= before


def trained_heads(project: Project) -> list[HeadCard]:
    """Return the newest heads of a project, the newest first."""
    heads = TrainedHead.objects.for_project(project).defer("weights").order_by("-version")[:SHOWN]
    return [
        HeadCard(head=head, figures=_figures(head), calibration=_calibration(head.after)) for head in heads
    ]


def outgrown_head(project: Project) -> TrainedHead | None:
    """Return the head that the project would use, had the detector not come in a newer version since."""
    head = used_head(project)
    return head if head is not None and head.base_version != base_version() else None


def unread_head(project: Project) -> TrainedHead | None:
    """Return the head in use by which no run has read yet; None where one has, or none is in use."""
    head = used_head(project)
    if head is None or outgrown_head(project) is not None:
        return None
    runs = MiningRun.objects.for_project(project).filter(detector__in=READERS, created_at__gt=head.created_at)
    return None if runs.exists() else head


def reviewed_message_count(project: Project) -> int:
    """Return how many messages people reviewed that a head may learn from."""
    reviews = SignalReview.objects.for_project(project).filter(
        message__conversation__withdrawn_at__isnull=True
    )
    count: int = reviews.aggregate(n=Count("message", distinct=True))["n"]
    return count


def shipped_calibration() -> Calibration:
    """Return how the shipped head's probabilities hold on topics that were held out."""
    return _calibration(shipped_reliability())


def _calibration(figures: Mapping[str, Any]) -> Calibration:
    bins = tuple(
        CalibratedBin(polarity=polarity.value, **each)
        for polarity in Polarity
        for each in figures.get(polarity.value, {}).get("bins", ())
    )
    return Calibration(bins=bins, chart=reliability_chart(bins))


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
            figure=str(title),
            before=head.before.get(polarity.value, {}).get(figure),
            after=head.after.get(polarity.value, {}).get(figure),
        )
        for polarity in Polarity
        for figure, title in FIGURES.items()
    ]
