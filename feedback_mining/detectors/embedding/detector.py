"""Finding criteria by nearness in meaning, and requests that say again what was asked before."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from math import exp

import numpy as np

from feedback_mining.detectors.embedding.fitting import head_for
from feedback_mining.detectors.embedding.head import Scores, Vectors
from feedback_mining.detectors.embedding.prototypes import prototypes_digest
from feedback_mining.detectors.embedding.units import Unit, beginning_of, units_of
from feedback_mining.domain.contexts import FeedbackContext
from feedback_mining.domain.detection import DetectorTools, Expense, Found
from feedback_mining.domain.findings import Finding, noisy_or, shares_of, surest_per_criterion
from feedback_mining.domain.hindsight import with_hindsight
from feedback_mining.domain.repetition import names_something_new
from feedback_mining.domain.taxonomy import CRITERIA, DSAT_CRITERIA, SAT_CRITERIA
from language_models.embedders import Embedder

# Below it a finding says nothing, and eighteen of them a message would only fill tables.
_LEAST_PROBABILITY = 0.02
# How clearly the nearest criterion leads among those of a polarity: weights are odds to this power.
_SHARPNESS = 1.5
# Cosine of two requests from which on the second is more likely a rephrasing than a new request, and how fast the
# probability grows there; by pairs of requests written for this project.
_REPHRASED_FROM = 0.82
_REPHRASED_STEEPNESS = 25.0
_REPHRASED_AT_MOST = 0.8
# The head's outputs are SAT, DSAT, then the criteria.
_FIRST_CRITERION = 2
# Who rephrases does so soon.
_COMPARED_REQUESTS = 4


class EmbeddingPlugin:
    """The detector before it has an embedder."""

    name = "embedding"
    cost = "Free: needs the embedder, some hundred messages a second on one processor core."
    needs = frozenset({"embedder"})

    def build(self, tools: DetectorTools) -> "EmbeddingDetector":
        """Return the detector; raises MissingToolError without an embedder."""
        return EmbeddingDetector(tools.require_embedder(detector=self.name))


class EmbeddingDetector:
    """Compares each sentence of a message with example sentences; detection may raise EmbedderUnavailableError."""

    name = EmbeddingPlugin.name
    cost = EmbeddingPlugin.cost
    version = f"1-{prototypes_digest()}"
    expense = Expense()

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def knows(self, language: str) -> bool:
        """Tell whether findings can be relied on: the examples and MiniLM are English."""
        return language == "en"

    def estimate(self, _contexts: Sequence[FeedbackContext]) -> Expense:
        """Return that reading costs nothing."""
        return Expense()

    def detect(self, contexts: Sequence[FeedbackContext]) -> list[Found]:
        """Return the findings of each context; every sentence is embedded once, all in one call."""
        units = [units_of(context) for context in contexts]
        vectors = self._vectors(_sentences(contexts, units=units))
        scores = self._scores(_distinct(unit.text for unit in chain.from_iterable(units)), vectors=vectors)
        findings = [
            _findings(context, units=found, scores=scores, vectors=vectors)
            for context, found in zip(contexts, units, strict=True)
        ]
        return with_hindsight(findings, contexts=contexts)

    def _vectors(self, sentences: Sequence[str]) -> Mapping[str, Vectors]:
        if not sentences:
            return {}
        return dict(zip(sentences, self._embedder.embed(sentences), strict=True))

    def _scores(self, sentences: Sequence[str], *, vectors: Mapping[str, Vectors]) -> Mapping[str, Scores]:
        if not sentences:
            return {}
        probabilities = head_for(self._embedder).probabilities(
            np.stack([vectors[each] for each in sentences])
        )
        return dict(zip(sentences, probabilities, strict=True))


def _sentences(contexts: Sequence[FeedbackContext], *, units: Sequence[Sequence[Unit]]) -> list[str]:
    compared = (unit for context in contexts for text in _compared(context) for unit in beginning_of(text))
    return _distinct(unit.text for unit in chain(chain.from_iterable(units), compared))


def _compared(context: FeedbackContext) -> tuple[str, ...]:
    """Return the texts whose likeness is judged: the message, and the requests that it may repeat."""
    recent = context.earlier_requests[-_COMPARED_REQUESTS:]
    return (context.text, *recent) if recent else ()


def _findings(
    context: FeedbackContext,
    *,
    units: Sequence[Unit],
    scores: Mapping[str, Scores],
    vectors: Mapping[str, Vectors],
) -> list[Finding]:
    if not units:
        return []
    by_unit = np.stack([scores[unit.text] * unit.weight for unit in units])
    found = chain(
        _of_polarity(by_unit, units=units, output=0, criteria=SAT_CRITERIA),
        _of_polarity(by_unit, units=units, output=1, criteria=DSAT_CRITERIA),
    )
    joined = _with_repetition(list(found), context=context, vectors=vectors)
    return surest_per_criterion(each for each in joined if each.probability >= _LEAST_PROBABILITY)


def _of_polarity(
    by_unit: Scores, *, units: Sequence[Unit], output: int, criteria: Sequence[str]
) -> Iterator[Finding]:
    """Divide the probability of a polarity among its criteria, by how near each is in its nearest sentence."""
    columns = [_FIRST_CRITERION + list(CRITERIA).index(name) for name in criteria]
    nearest = by_unit[:, columns].argmax(axis=0)
    highest = by_unit[:, columns].max(axis=0).clip(1e-6, 1 - 1e-6)
    shares = shares_of(float(by_unit[:, output].max()), weights=(highest / (1 - highest)) ** _SHARPNESS)
    for name, place, share in zip(criteria, nearest, shares, strict=True):
        yield Finding(name, round(float(share), 4), units[place].start, units[place].end)


def _with_repetition(
    found: list[Finding], *, context: FeedbackContext, vectors: Mapping[str, Vectors]
) -> list[Finding]:
    """Add to Revision what the likeness to an earlier request tells; the evidence is then the whole message."""
    rephrased = _rephrasing_probability(context, vectors=vectors)
    if rephrased < _LEAST_PROBABILITY:
        return found
    revision = next(finding for finding in found if finding.criterion == "Revision")
    both = round(noisy_or([revision.probability, rephrased]), 4)
    span = (revision.start, revision.end)
    if rephrased > revision.probability:
        span = (0, len(context.text))
    return [*found, Finding("Revision", both, *span)]


def _rephrasing_probability(context: FeedbackContext, *, vectors: Mapping[str, Vectors]) -> float:
    texts = _compared(context)
    asked = _mean_vector(texts[0], vectors=vectors) if texts else None
    if asked is None:
        return 0.0
    cosines = [
        float(asked @ earlier)
        for text in texts[1:]
        if not names_something_new(context.text, text)
        and (earlier := _mean_vector(text, vectors=vectors)) is not None
    ]
    if not cosines:
        return 0.0
    return _REPHRASED_AT_MOST / (1 + exp(-_REPHRASED_STEEPNESS * (max(cosines) - _REPHRASED_FROM)))


def _mean_vector(text: str, *, vectors: Mapping[str, Vectors]) -> Vectors | None:
    """Return the direction of the first sentences of a text; None where it has none."""
    sentences = [vectors[unit.text] for unit in beginning_of(text)]
    if not sentences:
        return None
    mean: Vectors = np.mean(sentences, axis=0)
    return mean / max(float(np.linalg.norm(mean)), 1e-9)


def _distinct(texts: Iterable[str]) -> list[str]:
    """Return each text once, in order of first occurrence."""
    return list(dict.fromkeys(texts))
