"""Finding criteria by nearness in meaning, and requests that say again what was asked before."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain
from math import exp

import numpy as np

from feedback_mining.detectors.embedding.features import DIMENSION, features_of
from feedback_mining.detectors.embedding.fitting import head_for, linear_digest, linear_head_for, shipped_key
from feedback_mining.detectors.embedding.head import Scores, Vectors
from feedback_mining.detectors.embedding.linear import LinearHead
from feedback_mining.detectors.embedding.prototypes import prototypes_digest
from feedback_mining.detectors.embedding.units import Unit, beginning_of, units_of
from feedback_mining.detectors.embedding.worded import worded_odds, words_digest
from feedback_mining.detectors.phrases import PhraseDetector
from feedback_mining.domain.contexts import FeedbackContext
from feedback_mining.domain.detection import DetectorStoppedError, DetectorTools, Found
from feedback_mining.domain.findings import (
    Finding,
    dsat_probability,
    noisy_or,
    sat_probability,
    shares_of,
    surest_per_criterion,
)
from feedback_mining.domain.hindsight import with_hindsight
from feedback_mining.domain.languages import is_mostly_latin, language_of
from feedback_mining.domain.repetition import asks_for_something_else, may_ask_again
from feedback_mining.domain.taxonomy import CRITERIA, DSAT_CRITERIA, SAT_CRITERIA
from language_models.chat.expense import Expense
from language_models.embedders import Embedder, EmbedderUnavailableError

# Below it a finding says nothing, and eighteen of them a message would only fill tables.
_LEAST_PROBABILITY = 0.02
# How clearly the nearest criterion leads among those of a polarity: weights are odds to this power.
_SHARPNESS = 1.5
# Cosine of two requests from which on the second is more likely a rephrasing than a new request, and how fast the
# probability grows there; by pairs of requests written for this project.
_REPHRASED_FROM = 0.855
_REPHRASED_STEEPNESS = 40.0
_REPHRASED_AT_MOST = 0.8
# The head's outputs are SAT, DSAT, then the criteria.
_FIRST_CRITERION = 2
# Who rephrases does so soon.
_COMPARED_REQUESTS = 4
# From here on the wording is the evidence, being shorter than its sentence.
_WORDED_FROM = 0.5
_ENGLISH = "en"
# The heads read English, and what is too short to tell as if it were; elsewhere the rules of wording are surer.
_KNOWN = ("", _ENGLISH)
_PLACES = {name: place for place, name in enumerate(CRITERIA)}


def base_version() -> str:
    """Return the version of the shipped heads: what a project's own head was drawn towards."""
    return f"5-{prototypes_digest()}-{linear_digest()}-{words_digest()}"


class EmbeddingPlugin:
    """The detector before it has an embedder."""

    name = "embedding"
    cost = "Free: needs the embedder, some hundred messages a second on one processor core."
    needs = frozenset({"embedder"})

    def build(self, tools: DetectorTools) -> "EmbeddingDetector":
        """Return the detector; raises MissingToolError without an embedder."""
        head = tools.head if isinstance(tools.head, LinearHead) else None
        return EmbeddingDetector(tools.require_embedder(detector=self.name), head=head)


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A message as the heads see it: its sentences with their vectors and scores, what its words and the rules tell.

    `worded`: the log-odds that its words add to either polarity, shape (2,).
    """

    context: FeedbackContext
    units: Sequence[Unit]
    by_unit: Scores
    vectors: Sequence[Vectors]
    wording: Sequence[Finding]
    worded: Scores
    rephrased: float

    @property
    def features(self) -> Scores:
        """Return what the linear head sees, shape (features,)."""
        return features_of(
            self.context, by_unit=self.by_unit, vectors=self.vectors, wording=self.wording, worded=self.worded
        )


class EmbeddingDetector:
    """Compares sentences with examples and weighs the whole message; may raise EmbedderUnavailableError."""

    name = EmbeddingPlugin.name
    cost = EmbeddingPlugin.cost
    expense = Expense()

    def __init__(self, embedder: Embedder, *, head: LinearHead | None = None) -> None:
        self._embedder = embedder
        self._wording = PhraseDetector()
        self._own_head = head
        # The shipped encoder knows no words of other scripts: to it, all complaints in Thai are one and the same text.
        self._reads_all_scripts = bool(_other_encoder(embedder))

    @property
    def version(self) -> str:
        """Return the versions of the heads, and what tells another encoder from the one that they came with."""
        own = f"+{self._own_head.version}" if self._own_head else ""
        return f"{base_version()}{own}{_other_encoder(self._embedder)}"

    def knows(self, language: str) -> bool:
        """Tell whether findings can be relied on: the examples and MiniLM are English."""
        return language == _ENGLISH

    def estimate(self, _contexts: Sequence[FeedbackContext]) -> Expense:
        """Return that reading costs nothing."""
        return Expense()

    def detect(self, contexts: Sequence[FeedbackContext]) -> list[Found]:
        """Return the findings of each context; every sentence is embedded once, all in one call."""
        read = self.read(contexts)
        told = [each for each in read if each is not None]
        if not told:
            return [[] for _ in contexts]
        head = self._own_head or linear_head_for(self._embedder)
        shares = iter(head.probabilities(np.stack([each.features for each in told])))
        findings = [
            _findings(each, self._shares(each, next(shares)), head.shifts) if each else [] for each in read
        ]
        return with_hindsight(findings, contexts=contexts)

    def _shares(self, read: Read, shares: Scores) -> tuple[float, float]:
        """Return how surely a message is SAT and DSAT: by the heads, by the rules of wording, or by the surer."""
        by_heads = (float(shares[0]), float(shares[1]))
        by_rules = (sat_probability(read.wording), dsat_probability(read.wording))
        if not self._reads_all_scripts and not is_mostly_latin(read.context.text):
            return by_rules
        if language_of(read.context) in _KNOWN:
            return by_heads
        return max(by_heads[0], by_rules[0]), max(by_heads[1], by_rules[1])

    def read(self, contexts: Sequence[FeedbackContext]) -> list[Read | None]:
        """Return each message as the heads see it; None where the user says nothing of their own.

        Raises DetectorStoppedError where the embedder's vectors are of another length than the heads take.
        """
        if contexts:
            _require_dimension(self._embedder)
        units = [units_of(context) for context in contexts]
        vectors = self._vectors(_sentences(contexts, units=units))
        scores = self._scores(_distinct(unit.text for unit in chain.from_iterable(units)), vectors=vectors)
        told = zip(self._wording.detect(contexts), worded_odds(contexts, units=units), strict=True)
        return [
            _read(context, found, scores=scores, vectors=vectors, told=by_words) if found else None
            for context, found, by_words in zip(contexts, units, told, strict=True)
        ]

    def _vectors(self, sentences: Sequence[str]) -> Mapping[str, Vectors]:
        if not sentences:
            return {}
        # Batches of about one length hold no padding: the resident embedder takes texts as they come.
        ordered = sorted(sentences, key=len)
        return dict(zip(ordered, self._embedder.embed(ordered), strict=True))

    def _scores(self, sentences: Sequence[str], *, vectors: Mapping[str, Vectors]) -> Mapping[str, Scores]:
        if not sentences:
            return {}
        probabilities = head_for(self._embedder).probabilities(
            np.stack([vectors[each] for each in sentences]), sentences=sentences
        )
        return dict(zip(sentences, probabilities, strict=True))


def _other_encoder(embedder: Embedder) -> str:
    """Return a digest of the encoder's name; none for the shipped one, and where nobody answers, who then reads not."""
    try:
        name = embedder.name
    except EmbedderUnavailableError:
        return ""
    return "" if name == shipped_key()[0] else f"+~{sha256(name.encode()).hexdigest()[:6]}"


def _require_dimension(embedder: Embedder) -> None:
    if embedder.dimension != DIMENSION:
        raise DetectorStoppedError(
            f"The embedding detector takes vectors of {DIMENSION} numbers, and those of the embedder "
            f"{embedder.name} have {embedder.dimension}. Start the embedder with a model of that length, or choose "
            "another detector."
        )


def _read(
    context: FeedbackContext,
    units: Sequence[Unit],
    *,
    scores: Mapping[str, Scores],
    vectors: Mapping[str, Vectors],
    told: tuple[Found, Scores],
) -> Read:
    wording, worded = told
    return Read(
        context=context,
        units=units,
        by_unit=np.stack([scores[unit.text] * unit.weight for unit in units]),
        vectors=[vectors[unit.text] for unit in units],
        wording=wording or [],
        worded=worded,
        rephrased=_rephrasing_probability(context, vectors=vectors),
    )


def _sentences(contexts: Sequence[FeedbackContext], *, units: Sequence[Sequence[Unit]]) -> list[str]:
    compared = (unit for context in contexts for text in _compared(context) for unit in beginning_of(text))
    return _distinct(unit.text for unit in chain(chain.from_iterable(units), compared))


def _compared(context: FeedbackContext) -> tuple[str, ...]:
    """Return the texts whose likeness is judged: the message, and the requests that it may repeat."""
    recent = context.earlier_requests[-_COMPARED_REQUESTS:]
    alike = [
        earlier
        for earlier in recent
        if may_ask_again(context.text, earlier) and not asks_for_something_else(context.text, earlier)
    ]
    return (context.text, *alike) if alike else ()


def _findings(read: Read, shares: tuple[float, float], shifts: Vectors) -> list[Finding]:
    sat, dsat = shares
    found = chain(
        _of_polarity(read, sat, criteria=SAT_CRITERIA, shifts=shifts),
        _of_polarity(read, dsat, criteria=DSAT_CRITERIA, shifts=shifts),
    )
    joined = _with_repetition(list(found), read)
    return surest_per_criterion(each for each in joined if each.probability >= _LEAST_PROBABILITY)


def _of_polarity(
    read: Read, probability: float, *, criteria: Sequence[str], shifts: Vectors
) -> Iterator[Finding]:
    """Divide the probability of a polarity among its criteria, by how near each is in its nearest sentence or wording.

    The evidence is the wording where it is the surer sign, else the sentence.
    """
    places = [_PLACES[name] for name in criteria]
    columns = [_FIRST_CRITERION + place for place in places]
    nearest = read.by_unit[:, columns].argmax(axis=0)
    worded = {finding.criterion: finding for finding in read.wording}
    said = np.array([worded[name].probability if name in worded else 0.0 for name in criteria])
    highest = np.maximum(read.by_unit[:, columns].max(axis=0), said).clip(1e-6, 1 - 1e-6)
    weights = (highest / (1 - highest)) ** _SHARPNESS * np.exp(shifts[places])
    for at, (name, share) in enumerate(zip(criteria, shares_of(probability, weights=weights), strict=True)):
        unit = read.units[nearest[at]]
        span = (unit.start, unit.end)
        if said[at] >= _WORDED_FROM:
            span = (worded[name].start, worded[name].end)
        yield Finding(name, round(float(share), 4), *span)


def _with_repetition(found: list[Finding], read: Read) -> list[Finding]:
    """Add to Revision what the likeness to an earlier request tells; the evidence is then the whole message."""
    if read.rephrased < _LEAST_PROBABILITY:
        return found
    revision = next(finding for finding in found if finding.criterion == "Revision")
    both = round(noisy_or([revision.probability, read.rephrased]), 4)
    span = (revision.start, revision.end)
    if read.rephrased > revision.probability:
        span = (0, len(read.context.text))
    return [*found, Finding("Revision", both, *span)]


def _rephrasing_probability(context: FeedbackContext, *, vectors: Mapping[str, Vectors]) -> float:
    texts = _compared(context)
    asked = _mean_vector(texts[0], vectors=vectors) if texts else None
    if asked is None:
        return 0.0
    cosines = [
        float(asked @ earlier)
        for text in texts[1:]
        if (earlier := _mean_vector(text, vectors=vectors)) is not None
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
