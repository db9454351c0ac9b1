"""Findings: a criterion that fires in a user message, how surely, and on which words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import TypedDict

from feedback_mining.domain.contexts import FeedbackContext
from feedback_mining.domain.taxonomy import CRITERIA, Polarity, place_of, polarity_of

# From here on a finding is shown as a signal, being more likely right than not; below it stays a score.
SIGNAL_THRESHOLD = 0.5


class FindingError(ValueError):
    """A finding that cannot be: its probability is no probability, or its span lies outside the text."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One criterion in one user message; the span `text[start:end]` is the evidence."""

    criterion: str
    probability: float
    start: int
    end: int

    def __post_init__(self) -> None:
        # Written so that NaN, which compares false with everything, is refused too.
        if not 0.0 <= self.probability <= 1.0:
            message = f"{self.criterion}: {self.probability} is not a probability between 0 and 1."
            raise FindingError(message)
        if not 0 <= self.start <= self.end:
            message = f"{self.criterion}: {self.start} to {self.end} is not a span."
            raise FindingError(message)


class ScoreRow(TypedDict):
    """A line that `score_feedback` writes; `index` counts from 0, probabilities lie in [0, 1]."""

    id: str
    index: int
    sat: float
    dsat: float
    criteria: dict[str, float]


def check_findings(findings: Iterable[Finding], *, text: str) -> None:
    """Raise unless each criterion is known, occurs once, and its span lies inside the text."""
    seen: set[str] = set()
    for finding in findings:
        polarity_of(finding.criterion)
        if finding.criterion in seen:
            message = f"{finding.criterion} is found twice in one message; keep the surest."
            raise FindingError(message)
        if finding.end > len(text):
            message = f"{finding.criterion}: the span ends at {finding.end}, the text at {len(text)}."
            raise FindingError(message)
        seen.add(finding.criterion)


def surest_per_criterion(findings: Iterable[Finding]) -> list[Finding]:
    """Return each criterion's most probable finding, in the order of the taxonomy; the first of equals.

    A project's own criteria come last.
    """
    best: dict[str, Finding] = {}
    for finding in findings:
        known = best.get(finding.criterion)
        if known is None or finding.probability > known.probability:
            best[finding.criterion] = finding
    return [best[name] for name in sorted(best, key=place_of)]


def confident_findings(findings: Iterable[Finding], *, threshold: float = SIGNAL_THRESHOLD) -> list[Finding]:
    """Return the findings at or above the threshold: those worth showing as signals."""
    return [finding for finding in findings if finding.probability >= threshold]


def evident_findings(findings: Sequence[Finding], *, threshold: float = SIGNAL_THRESHOLD) -> list[Finding]:
    """Return the confident findings, and of a polarity that is sure without any of them its surest finding.

    That one has the polarity's probability: a detector that divides what it is sure of among criteria that are
    equally near loses no complaint so, and signals agree with the published scores.
    """
    evident = confident_findings(findings, threshold=threshold)
    for polarity in Polarity:
        own = [each for each in findings if polarity_of(each.criterion) is polarity]
        probability = _polarity_probability(own, polarity=polarity)
        if probability >= threshold and not any(each in evident for each in own):
            surest = max(own, key=lambda each: each.probability)
            evident.append(replace(surest, probability=round(probability, 4)))
    return evident


def sat_probability(findings: Sequence[Finding]) -> float:
    """Return the probability that any SAT criterion fires, by the noisy-or of `noisy_or`."""
    return _polarity_probability(findings, polarity=Polarity.SAT)


def dsat_probability(findings: Sequence[Finding]) -> float:
    """Return the probability that any DSAT criterion fires, by the noisy-or of `noisy_or`."""
    return _polarity_probability(findings, polarity=Polarity.DSAT)


def noisy_or(probabilities: Iterable[float]) -> float:
    """Return 1 − ∏(1 − p): the probability that at least one of several independent causes is present.

    Criteria of one polarity are not quite independent, so this is an upper estimate; a detector that knows
    the probability of the polarity itself divides it with `shares_of`, and gets exactly that back here.
    """
    return 1.0 - prod(1.0 - probability for probability in probabilities)


def shares_of(probability: float, *, weights: Sequence[float]) -> list[float]:
    """Divide a probability among criteria by their weights, so that `noisy_or` of the shares returns it.

    Each share is 1 − (1 − P)^w with the weights scaled to sum to 1.
    """
    total = sum(weights)
    return [1.0 - (1.0 - probability) ** (weight / total) for weight in weights]


def score_row(findings: Sequence[Finding], *, context: FeedbackContext) -> ScoreRow:
    """Return the row of one message, with every criterion of the taxonomy; what was not found counts 0."""
    criteria = dict.fromkeys(CRITERIA, 0.0)
    for finding in surest_per_criterion(findings):
        criteria[finding.criterion] = finding.probability
    return ScoreRow(
        id=context.conversation,
        index=context.index,
        sat=sat_probability(findings),
        dsat=dsat_probability(findings),
        criteria=criteria,
    )


def _polarity_probability(findings: Sequence[Finding], *, polarity: Polarity) -> float:
    return noisy_or(
        finding.probability
        for finding in surest_per_criterion(findings)
        if polarity_of(finding.criterion) is polarity
    )
