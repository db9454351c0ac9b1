"""How well a detector does against true labels: precision, recall and F1 with their intervals."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from curation.domain.versions.intervals import Interval, wilson_interval
from feedback_mining.domain.findings import (
    SIGNAL_THRESHOLD,
    Finding,
    dsat_probability,
    sat_probability,
    surest_per_criterion,
)
from feedback_mining.domain.taxonomy import CRITERIA, DSAT_CRITERIA, SAT_CRITERIA


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """Counts of messages for one criterion or polarity; shares are None where nothing is there to divide by."""

    true_positive: int
    false_positive: int
    false_negative: int

    @property
    def precision(self) -> float | None:
        """Return the share of found messages that are right."""
        return _share(self.true_positive, self.found)

    @property
    def recall(self) -> float | None:
        """Return the share of true messages that were found."""
        return _share(self.true_positive, self.true)

    @property
    def f1(self) -> float | None:
        """Return the harmonic mean of precision and recall."""
        return _share(2 * self.true_positive, self.found + self.true)

    @property
    def precision_interval(self) -> Interval | None:
        """Return Wilson's 95 % interval of the precision."""
        return wilson_interval(self.true_positive, self.found)

    @property
    def recall_interval(self) -> Interval | None:
        """Return Wilson's 95 % interval of the recall."""
        return wilson_interval(self.true_positive, self.true)

    @property
    def found(self) -> int:
        """Return how many messages were found."""
        return self.true_positive + self.false_positive

    @property
    def true(self) -> int:
        """Return how many messages truly belong."""
        return self.true_positive + self.false_negative


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """A detector against true labels: any SAT, any DSAT, and each of the 18 criteria."""

    sat: Detection
    dsat: Detection
    criteria: Mapping[str, Detection]


def measure(
    truth: Sequence[Collection[str]],
    found: Sequence[Sequence[Finding]],
    *,
    threshold: float = SIGNAL_THRESHOLD,
) -> Measurement:
    """Compare the findings of messages with their true criteria, message by message."""
    named = [_confident_names(findings, threshold=threshold) for findings in found]
    return Measurement(
        sat=_detection(
            [bool(set(names) & set(SAT_CRITERIA)) for names in truth],
            [sat_probability(findings) >= threshold for findings in found],
        ),
        dsat=_detection(
            [bool(set(names) & set(DSAT_CRITERIA)) for names in truth],
            [dsat_probability(findings) >= threshold for findings in found],
        ),
        criteria={
            name: _detection([name in names for names in truth], [name in names for names in named])
            for name in CRITERIA
        },
    )


def _confident_names(findings: Sequence[Finding], *, threshold: float) -> set[str]:
    return {each.criterion for each in surest_per_criterion(findings) if each.probability >= threshold}


def _detection(truth: Sequence[bool], claimed: Sequence[bool]) -> Detection:
    pairs = list(zip(truth, claimed, strict=True))
    return Detection(
        true_positive=pairs.count((True, True)),
        false_positive=pairs.count((False, True)),
        false_negative=pairs.count((True, False)),
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
