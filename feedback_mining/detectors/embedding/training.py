"""Fitting the linear head: on conversations written for it for the shipped one, on reviews for a project's own.

Beside the shipped one lies reliability.json: how it does on topics that it was not fitted on.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from curation.demo import FOLDER, true_labels
from curation.domain.versions.calibration import calibration_error, reliability
from feedback_mining.detectors.embedding.detector import EmbeddingDetector
from feedback_mining.detectors.embedding.exchanges import exchanges, moved_requests
from feedback_mining.detectors.embedding.features import FEATURE_COUNT, without_wording
from feedback_mining.detectors.embedding.fitting import SHIPPED_LINEAR_HEAD
from feedback_mining.detectors.embedding.head import DSAT_SHARE, SAT_SHARE, Scores, importance_of
from feedback_mining.detectors.embedding.linear import POLARITIES, Labelled, LinearHead, fit_linear
from feedback_mining.detectors.embedding.reliability import RELIABILITY
from feedback_mining.domain.contexts import FeedbackContext, contexts_of
from feedback_mining.domain.taxonomy import CRITERIA, Polarity, polarity_of
from language_models.embedders import Embedder

# How strongly weights are drawn to where they start: the shipped ones by the best average precision over topics that
# were held out, a project's own weaker, since its reviews are about its own users.
_SHIPPED_PULL = 5.0
_PROJECT_PULL = 8.0
# How much an example counts whose words the rules are made not to know.
_UNKNOWN_WORDS = 0.5
_FOLDS = 5
# Topics and kinds of exchanges are held out so many folds at a time.
_SHIPPED_FOLDS = 7
_BINS = 10
_SURE = 0.5


@dataclass(frozen=True, slots=True)
class _Turn:
    role: str
    text: str
    is_repeat: bool = False


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
    after = _held_out(labelled, groups, start=start.weights, pull=_PROJECT_PULL, folds=_FOLDS)
    head = fit_linear(labelled, start=start.weights.astype(np.float64), pull=_PROJECT_PULL, shifts=shifts)
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


def _held_out(
    labelled: Labelled,
    groups: NDArray[np.str_],
    *,
    start: Any,
    pull: float,
    folds: int | None = None,
    augment: Callable[[Labelled], Labelled] = lambda fitted: fitted,
) -> Scores:
    """Return the probabilities of each message by a head that was fitted without its fold of groups."""
    names = sorted(set(groups.tolist()))
    fold_of = {name: place % (folds or len(names)) for place, name in enumerate(names)}
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


def shipped_examples() -> list[Example]:
    """Return the labelled messages of the demo conversations and of exchanges, and requests that judge no answer.

    A topic is a group, and so is a kind of exchange.
    """
    return [*_labelled_examples(), *_unrelated_examples(), *_exchanged_examples()]


def _exchanged_examples() -> list[Example]:
    return [
        Example(context=each.context, sat=each.sat, dsat=each.dsat, group=f"exchanges: {each.group}")
        for each in (*exchanges(), *moved_requests())
    ]


def _unrelated_examples() -> list[Example]:
    """Return each conversation's first request as if it came after the first answer of a conversation before it.

    It was written before any answer, so it is no feedback, whatever words it has.
    """
    first = {context.conversation: (topic, context) for topic, context in reversed(list(_demo_contexts()))}
    ordered = list(reversed(first.values()))
    examples = []
    for place, (topic, context) in enumerate(ordered):
        _topic, before = ordered[place - len(ordered) // 2]
        moved = replace(before, text=context.earlier_requests[0]) if context.earlier_requests else None
        if moved is not None:
            examples.append(Example(context=moved, sat=False, dsat=False, group=topic))
    return examples


def _labelled_examples() -> list[Example]:
    labels = {(label.conversation, label.index): label for label in true_labels()}
    examples = []
    for topic, context in _demo_contexts():
        label = labels.get((context.conversation, context.index))
        if label is not None:
            polarities = {polarity_of(name) for name in label.criteria}
            examples.append(
                Example(
                    context=context,
                    sat=Polarity.SAT in polarities,
                    dsat=Polarity.DSAT in polarities,
                    group=topic,
                )
            )
    return examples


def _demo_contexts() -> Iterator[tuple[str, FeedbackContext]]:
    for path in sorted((FOLDER / "labels").glob("*.jsonl")):
        for line in (FOLDER / "corpus" / path.name).read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            turns = [_Turn(each["role"], str(each["content"] or "")) for each in record["messages"]]
            for context in contexts_of(turns, conversation=record["id"], language=record.get("language", "")):
                yield path.stem, context


def weighted(labelled: Labelled) -> Labelled:
    """Return the examples weighed so that feedback is as rare among them as in conversations."""
    importance = np.column_stack(
        [
            importance_of(labelled.labels[:, 0], share=SAT_SHARE),
            importance_of(labelled.labels[:, 1], share=DSAT_SHARE),
        ]
    )
    return Labelled(features=labelled.features, labels=labelled.labels, importance=importance)


def with_unknown_words(labelled: Labelled) -> Labelled:
    """Return the examples, each also as if no rule knew its words: silence of the rules is then no proof."""
    return Labelled(
        features=np.concatenate([labelled.features, without_wording(labelled.features)]),
        labels=np.concatenate([labelled.labels, labelled.labels]),
        importance=np.concatenate([labelled.importance, _UNKNOWN_WORDS * labelled.importance]),
    )


def ship_linear_head(embedder: Embedder) -> None:
    """Fit and write the shipped head, and how it does on topics that were held out."""
    labelled, topics = labelled_of(EmbeddingDetector(embedder), shipped_examples())
    start = np.zeros((FEATURE_COUNT + 1, len(POLARITIES)))
    held_out = _held_out(
        weighted(labelled),
        topics,
        start=start,
        pull=_SHIPPED_PULL,
        folds=_SHIPPED_FOLDS,
        augment=with_unknown_words,
    )
    fitted = with_unknown_words(weighted(labelled))
    head = fit_linear(fitted, start=start, pull=_SHIPPED_PULL, shifts=[0.0] * len(CRITERIA))
    SHIPPED_LINEAR_HEAD.write_bytes(head.as_bytes())
    RELIABILITY.write_text(json.dumps(measured(labelled, held_out), indent=2) + "\n", encoding="utf-8")
