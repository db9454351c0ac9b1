"""Fit the heads that are shipped: `python -m feedback_mining.detectors.embedding.shipping`, after examples changed.

Beside them lies reliability.json: how they do on topics and kinds of exchanges that they were not fitted on.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack, vstack

from feedback_mining.detectors.embedding.detector import EmbeddingDetector
from feedback_mining.detectors.embedding.features import FEATURE_COUNT, WORDED_FEATURES, without_wording
from feedback_mining.detectors.embedding.fitting import (
    SHIPPED_HEAD,
    SHIPPED_LINEAR_HEAD,
    ship_head,
    shipped_head,
    shipped_key,
)
from feedback_mining.detectors.embedding.head import DSAT_SHARE, SAT_SHARE, Scores, importance_of
from feedback_mining.detectors.embedding.linear import POLARITIES, Labelled, LinearHead, fit_linear
from feedback_mining.detectors.embedding.prototypes import prototypes_digest
from feedback_mining.detectors.embedding.reliability import RELIABILITY
from feedback_mining.detectors.embedding.shipped_examples import shipped_examples
from feedback_mining.detectors.embedding.training import held_out, labelled_of, measured
from feedback_mining.detectors.embedding.units import units_of
from feedback_mining.detectors.embedding.worded import message_words, ship_word_weights
from feedback_mining.domain.contexts import FeedbackContext
from feedback_mining.domain.taxonomy import CRITERIA
from language_models.embedders import Embedder
from language_models.embedders.local import LocalEmbedder

# How strongly weights are drawn to zero: by the best average precision over topics that were held out.
_PULL = 5.0
# How much an example counts whose words the rules are made not to know.
_UNKNOWN_WORDS = 0.5
# Topics and kinds of exchanges are held out so many folds at a time.
_FOLDS = 7


def main() -> None:
    """Fit both heads for the installed MiniLM; the one of sentences only where its examples changed."""
    embedder = LocalEmbedder()
    if shipped_key() != (embedder.name, prototypes_digest()):
        ship_head(embedder)
        shipped_key.cache_clear()
        shipped_head.cache_clear()
    _ship_linear_head(embedder)
    sys.stdout.write(f"Wrote {SHIPPED_HEAD.parent}; how well the heads do stands in {RELIABILITY.name}.\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """Examples in which the user says something of their own, each word a feature; a topic is held out whole."""

    contexts: Sequence[FeedbackContext]
    labelled: Labelled
    topics: NDArray[np.str_]

    @property
    def start(self) -> Scores:
        """Return the weights that those of the shipped head are drawn to."""
        return np.zeros((self.labelled.features.shape[1] + 1, len(POLARITIES)))


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """Examples with the probabilities of heads that were fitted without their topic or kind, shape (messages, 2)."""

    contexts: Sequence[FeedbackContext]
    labels: NDArray[np.bool_]
    topics: NDArray[np.str_]
    probabilities: Scores


def held_out_examples(embedder: Embedder) -> HeldOut:
    """Return how heads like the shipped one do on examples that they were not fitted on; takes minutes."""
    read = _read_examples(embedder)
    return HeldOut(
        contexts=read.contexts,
        labels=read.labelled.labels,
        topics=read.topics,
        probabilities=_held_out(read),
    )


def _ship_linear_head(embedder: Embedder) -> None:
    """Fit and write the linear head with the weights of words, and how both do on topics that were held out."""
    read = _read_examples(embedder)
    figures = measured(read.labelled, _held_out(read))
    fitted = _with_unknown_words(_weighted(read.labelled))
    head = fit_linear(fitted, start=read.start, pull=_PULL, shifts=[0.0] * len(CRITERIA))
    ship_word_weights(head.weights[FEATURE_COUNT:-1])
    SHIPPED_LINEAR_HEAD.write_bytes(_without_words(head).as_bytes())
    RELIABILITY.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def _read_examples(embedder: Embedder) -> _Read:
    examples = shipped_examples()
    labelled, topics = labelled_of(EmbeddingDetector(embedder), examples)
    contexts = [example.context for example in examples if units_of(example.context)]
    words = message_words(contexts, units=[units_of(context) for context in contexts])
    return _Read(contexts=contexts, labelled=_with_words(labelled, words=words), topics=topics)


def _held_out(read: _Read) -> Scores:
    return held_out(
        _weighted(read.labelled),
        read.topics,
        start=read.start,
        pull=_PULL,
        folds=_FOLDS,
        augment=_with_unknown_words,
    )


def _with_words(labelled: Labelled, *, words: csr_matrix) -> Labelled:
    """Return the messages with each word as a feature, in place of what words told when their weights were others."""
    features = labelled.features.copy()
    features[:, WORDED_FEATURES] = 0
    return replace(labelled, features=hstack([features, words]).tocsr())


def _without_words(head: LinearHead) -> LinearHead:
    """Return the head that takes what the words tell as it is: the sum of their weights."""
    weights = np.delete(head.weights, slice(FEATURE_COUNT, -1), axis=0)
    weights[WORDED_FEATURES] = np.eye(len(POLARITIES))
    return replace(head, weights=weights)


def _weighted(labelled: Labelled) -> Labelled:
    """Return the examples weighed so that feedback is as rare among them as in conversations."""
    shares = (SAT_SHARE, DSAT_SHARE)
    importance = [importance_of(labelled.labels[:, at], share=share) for at, share in enumerate(shares)]
    return replace(labelled, importance=np.column_stack(importance))


def _with_unknown_words(labelled: Labelled) -> Labelled:
    """Return the examples, each also as if no rule knew its words: silence of the rules is then no proof."""
    return Labelled(
        features=vstack([labelled.features, without_wording(labelled.features)]).tocsr(),
        labels=np.concatenate([labelled.labels, labelled.labels]),
        importance=np.concatenate([labelled.importance, _UNKNOWN_WORDS * labelled.importance]),
    )


if __name__ == "__main__":
    main()
