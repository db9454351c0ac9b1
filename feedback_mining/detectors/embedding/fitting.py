"""The fitted head of an embedder: read where it is shipped, else fitted on the example sentences.

After a change of the example sentences, `python -m feedback_mining.detectors.embedding.shipping` fits anew the heads
that are shipped for the installed MiniLM.
"""

from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np

from feedback_mining.detectors.embedding.features import DIMENSION
from feedback_mining.detectors.embedding.head import Head, fit_head
from feedback_mining.detectors.embedding.linear import LinearHead
from feedback_mining.detectors.embedding.prototypes import labels_of, prototypes, prototypes_digest
from language_models.embedders import Embedder

SHIPPED_HEAD = Path(__file__).with_name("head.npz")
SHIPPED_LINEAR_HEAD = Path(__file__).with_name("linear.npz")
_ARRAYS = ("landmarks", "weights", "words", "scale", "offset")
_fitted: dict[tuple[str, str], Head] = {}


def head_for(embedder: Embedder) -> Head:
    """Return the head that belongs to the embedder and to the example sentences.

    The one that is shipped where it fits, else one that is fitted now and kept: some seconds, once per process.
    """
    key = (embedder.name, prototypes_digest())
    if key == shipped_key():
        return shipped_head()
    if key not in _fitted:
        _fitted[key] = fit_on_prototypes(embedder)
    return _fitted[key]


def fit_on_prototypes(embedder: Embedder) -> Head:
    """Embed the example sentences and fit a head on them."""
    sentences = [example.text for example in prototypes()]
    groups = [example.group for example in prototypes()]
    vectors = embedder.embed(sentences)
    return fit_head(vectors, sentences=sentences, labels=labels_of(prototypes()), groups=groups)


@cache
def shipped_key() -> tuple[str, str]:
    """Return the embedder's name and the digest of the example sentences that the shipped head was fitted for."""
    with np.load(SHIPPED_HEAD) as stored:
        return str(stored["embedder"]), str(stored["prototypes"])


@cache
def shipped_head() -> Head:
    """Return the head in the package."""
    with np.load(SHIPPED_HEAD) as stored:
        return Head(**{name: stored[name].astype(np.float32) for name in _ARRAYS})


def ship_head(embedder: Embedder, *, path: Path = SHIPPED_HEAD) -> None:
    """Fit the head of an embedder and store it in the package."""
    head = fit_on_prototypes(embedder)
    np.savez_compressed(
        path,
        embedder=embedder.name,
        prototypes=prototypes_digest(),
        landmarks=head.landmarks.astype(np.float16),
        weights=head.weights.astype(np.float32),
        words=head.words.astype(np.float16),
        scale=head.scale,
        offset=head.offset,
    )


def linear_head_for(embedder: Embedder) -> LinearHead:
    """Return the linear head that is shipped; for another encoder than MiniLM, one that leaves its vector out."""
    head = shipped_linear_head()
    if embedder.name == shipped_key()[0]:
        return head
    weights = head.weights.copy()
    weights[-1 - DIMENSION : -1] = 0
    return LinearHead(weights=weights, shifts=head.shifts)


@cache
def shipped_linear_head() -> LinearHead:
    """Return the linear head in the package."""
    return LinearHead.from_bytes(SHIPPED_LINEAR_HEAD.read_bytes(), version="")


@cache
def linear_digest() -> str:
    """Return the first digits of the sha256 of the linear head in the package."""
    return sha256(SHIPPED_LINEAR_HEAD.read_bytes()).hexdigest()[:6]
