"""What the confidences that detectors state are worth: the reviewed claims, and what was learned of them."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from curation.models import Project
from feedback_mining.domain.confidences import (
    AS_ALL_STATED,
    FEWEST_CLAIMS,
    ConfidenceCurve,
    FittedConfidences,
    ReviewedConfidence,
)
from feedback_mining.domain.taxonomy import Polarity
from feedback_mining.models import FittedConfidence, Signal, SignalReview
from feedback_mining.queries.signals import standing_reviews

# The detectors that say how sure they are in words of a language model; embedding has heads for that.
STATING = ("llm", "spur")
_JUDGED = {
    SignalReview.Verdict.CONFIRMED.value: True,
    SignalReview.Verdict.CORRECTED.value: False,
    SignalReview.Verdict.REJECTED.value: False,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewedDetector:
    """A version of a detector with its current claims that people judged, by the confidence that was first stated."""

    detector: str
    stating_version: str
    claims: Sequence[ReviewedConfidence]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfidenceCard:
    """Where a detector stands: how many claims were judged of each polarity, and what was learned last, if anything."""

    detector: str
    judged: Mapping[str, int]
    fewest: int
    newest: FittedConfidence | None

    @property
    def is_short(self) -> bool:
        """Tell whether too few claims were judged of either polarity to learn anything."""
        return max(self.judged.values()) < self.fewest


def used_confidences(project: Project) -> dict[str, FittedConfidences]:
    """Return what is used, by the version of the detector that states confidences."""
    rows = FittedConfidence.objects.for_project(project).filter(is_used=True).order_by("id")
    return {row.stating_version: fitted_of(row) for row in rows}


def fitted_of(row: FittedConfidence) -> FittedConfidences:
    """Return stored curves."""
    curves = {Polarity(name): ConfidenceCurve(**numbers) for name, numbers in row.curves.items()}
    return FittedConfidences(version=row.fitted_version, curves=curves)


def reviewed_detectors(project: Project) -> list[ReviewedDetector]:
    """Return the detectors that state confidences and have claims that stand, each in the version that made most."""
    return [found for name in STATING if (found := _reviewed(project, name)) is not None]


def confidence_cards(project: Project) -> list[ConfidenceCard]:
    """Return a card for each such detector."""
    return [
        ConfidenceCard(
            detector=each.detector,
            judged={
                polarity.value: sum(claim.polarity is polarity for claim in each.claims)
                for polarity in Polarity
            },
            fewest=FEWEST_CLAIMS,
            newest=FittedConfidence.objects.for_project(project)
            .filter(detector=each.detector, stating_version=each.stating_version)
            .order_by("-version")
            .first(),
        )
        for each in reviewed_detectors(project)
    ]


def _reviewed(project: Project, detector: str) -> ReviewedDetector | None:
    signals = list(Signal.objects.for_project(project).standing().filter(detector=detector))
    if not signals:
        return None
    rows = FittedConfidence.objects.for_project(project).filter(detector=detector)
    fitted = {row.fitted_version: (row.stating_version, fitted_of(row)) for row in rows}
    stating = Counter(_stating(signal, fitted)[0] for signal in signals).most_common(1)[0][0]
    return ReviewedDetector(
        detector=detector,
        stating_version=stating,
        claims=list(_claims(project, signals, fitted, stating=stating)),
    )


def _claims(
    project: Project,
    signals: Sequence[Signal],
    fitted: Mapping[str, tuple[str, FittedConfidences]],
    *,
    stating: str,
) -> Iterator[ReviewedConfidence]:
    rows = SignalReview.objects.for_project(project).filter(message__in={each.message_id for each in signals})
    verdicts = {key: row.verdict for key, row in standing_reviews(rows.order_by("id")).items()}
    for signal in signals:
        version, confidences = _stating(signal, fitted)
        verdict = verdicts.get((signal.message_id, signal.criterion))
        if version == stating and verdict in _JUDGED:
            yield ReviewedConfidence(
                polarity=Polarity(signal.polarity),
                stated=confidences.of(signal.criterion).stated(signal.probability),
                is_right=_JUDGED[verdict],
                message=signal.message_id,
            )


def _stating(
    signal: Signal, fitted: Mapping[str, tuple[str, FittedConfidences]]
) -> tuple[str, FittedConfidences]:
    """Return the version that stated a claim's confidence, and what was made of it."""
    return fitted.get(signal.detector_version, (signal.detector_version, AS_ALL_STATED))
