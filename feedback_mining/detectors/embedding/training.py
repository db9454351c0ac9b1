"""Fitting a project's own linear head on its reviews, and measuring heads on messages that they were not fitted on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from curation.domain.versions.calibration import calibration_error, reliability
from feedback_mining.detectors.embedding.detector import EmbeddingDetector
from feedback_mining.detectors.embedding.features import FEATURE_COUNT
from feedback_mining.detectors.embedding.head import Scores
from feedback_mining.detectors.embedding.linear import POLARITIES, Labelled, LinearHead, fit_linear
from feedback_mining.domain.contexts import FeedbackContext
from feedback_mining.domain.taxonomy import CRITERIA

# How strongly a project's weights are drawn to the shipped ones.
_PROJECT_PULL = 8.0
_FOLDS = 5
_BINS = 10
_SURE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A message and what is known of it, None where nobody said; a `group` is held out whole."""

    context: FeedbackContext
    sat: bool | None
    dsat: bool | None
    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrained:
    """A project's head, and how the shipped one and it do on reviews that they were not fitted on."""

    head: LinearHead
    before: Mapping[str, Any]
    after: Mapping[str, Any]

    @property
    def is_better(self) -> bool:
        """Tell whether the new head makes held-out reviews likelier."""
        return bool(self.after["log_loss"] < self.before["log_loss"])


def retrain(
    detector: EmbeddingDetector, examples: Sequence[Example], *, start: LinearHead, shifts: Sequence[float]
) -> Retrained:
    """Fit a project's head on its reviews, in seconds; before and after are measured on folds that were held out."""
    labelled, groups = labelled_of(detector, examples)
    weights = start.weights.astype(np.float64)
    after = held_out(labelled, groups, start=weights, pull=_PROJECT_PULL, folds=_FOLDS)
    head = fit_linear(labelled, start=weights, pull=_PROJECT_PULL, shifts=shifts)
    return Retrained(
        head=head,
        before=measured(labelled, start.probabilities(labelled.features)),
        after=measured(labelled, after),
    )


def labelled_of(
    detector: EmbeddingDetector, examples: Sequence[Example]
) -> tuple[Labelled, NDArray[np.str_]]:
    """Return features and labels of the examples in which the user says something of their own, and their groups."""
    read = detector.read([example.context for example in examples])
    kept = [(each, example) for each, example in zip(read, examples, strict=True) if each is not None]
    known = [(example.sat, example.dsat) for _, example in kept]
    labels = np.array([[sat is True, dsat is True] for sat, dsat in known]).reshape(len(kept), 2)
    features = np.stack([each.features for each, _ in kept]) if kept else np.zeros((0, FEATURE_COUNT))
    importance = np.array([[sat is not None, dsat is not None] for sat, dsat in known], dtype=float)
    labelled = Labelled(features=features, labels=labels, importance=importance.reshape(len(kept), 2))
    return labelled, np.array([example.group for _, example in kept])


def measured(labelled: Labelled, probabilities: Scores) -> dict[str, Any]:
    """Return the figures of both polarities, each over the messages whose label is known."""
    figures: dict[str, Any] = {"log_loss": _log_loss(labelled, probabilities)}
    for at, polarity in enumerate(POLARITIES):
        known = labelled.importance[:, at] > 0
        figures[polarity] = _figures(probabilities[known, at], labelled.labels[known, at])
    return figures


def _figures(probabilities: Scores, labels: NDArray[np.bool_]) -> dict[str, Any]:
    found = probabilities >= _SURE
    bins = reliability(probabilities.tolist(), labels.tolist(), bins=_BINS)
    has_both = 0 < labels.sum() < len(labels)
    return {
        "messages": len(labels),
        "true": int(labels.sum()),
        "precision": float(labels[found].mean()) if found.any() else None,
        "recall": float(found[labels].mean()) if labels.any() else None,
        "average_precision": float(average_precision_score(labels, probabilities)) if has_both else None,
        "calibration_error": calibration_error(bins),
        "bins": [asdict(each) for each in bins],
    }


def _log_loss(labelled: Labelled, probabilities: Scores) -> float:
    right = np.where(labelled.labels, probabilities, 1 - probabilities).clip(1e-9)
    return float(-(labelled.importance * np.log(right)).sum() / max(labelled.importance.sum(), 1))


def held_out(
    labelled: Labelled,
    groups: NDArray[np.str_],
    *,
    start: Scores,
    pull: float,
    folds: int,
    augment: Callable[[Labelled], Labelled] = lambda fitted: fitted,
) -> Scores:
    """Return the probabilities of each message by a head that was fitted without its fold of groups."""
    names = sorted(set(groups.tolist()))
    fold_of = {name: place % folds for place, name in enumerate(names)}
    fold = np.array([fold_of[name] for name in groups.tolist()])
    probabilities: Scores = np.zeros(labelled.labels.shape)
    for number in sorted(set(fold.tolist())):
        rest = fold != number
        fitted = Labelled(
            features=labelled.features[rest],
            labels=labelled.labels[rest],
            importance=labelled.importance[rest],
        )
        head = fit_linear(augment(fitted), start=start, pull=pull, shifts=[0.0] * len(CRITERIA))
        probabilities[~rest] = head.probabilities(labelled.features[~rest])
    return probabilities
