"""Factors that an embedding model reads in answers: asked of the embedder by a worker, each answer once."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Generic, TypeVar

from annotation.domain.factors.embedded import EMBEDDED_FACTORS, embedding_factors
from annotation.domain.factors.surface import sentences_of
from annotation.domain.factors.table import FloatArray, TextPair
from curation.domain.errors import HarkenError
from language_models.embedders.contract import Embedder, EmbedderUnavailableError

# Every sentence of both answers is a text for the embedder, so fewer preferences are read than are counted.
MOST_EMBEDDED = 3_000
# Preferences whose texts are embedded between two reports of progress.
CHUNK = 50
# The embedder cuts a text after a few hundred tokens; more than this is not sent to it.
READ_CHARACTERS = 4_000
MOST_SENTENCES = 40

# What tells an answer from others: the same key is the same answer.
Key = TypeVar("Key", bound=Hashable)


class EmbeddedAnswers(Generic[Key]):
    """Adds the factors of both answers to preferences; what an answer came to is kept for its next pair."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: dict[Key, Mapping[str, float]] = {}

    def beside(self, pairs: Sequence[TextPair], *, keys: Sequence[tuple[Key, Key]]) -> list[TextPair]:
        """Return these pairs with their embedded factors; raises HarkenError where no embedder answers.

        keys: of the chosen and the rejected answer of each pair.
        """
        new = {
            key: (words.prompt, text)
            for words, both in zip(pairs, keys, strict=True)
            for key, text in zip(both, (words.chosen, words.rejected), strict=True)
            if key not in self._known
        }
        try:
            self._read(new)
        except EmbedderUnavailableError as error:
            raise HarkenError(str(error)) from error
        return [
            replace(words, extra={**words.extra, **self._extra(*both)})
            for words, both in zip(pairs, keys, strict=True)
        ]

    def _read(self, new: Mapping[Key, tuple[str, str]]) -> None:
        """Embed prompts, answers and sentences in one request, a text that stands in several of them once."""
        texts = {key: _texts(prompt, answer) for key, (prompt, answer) in new.items()}
        place: dict[str, int] = {}
        for each in chain.from_iterable(texts.values()):
            place.setdefault(each, len(place))
        vectors = self._embedder.embed(list(place)).astype("float64")
        for key, own in texts.items():
            self._known[key] = _factors(vectors[[place[each] for each in own]])

    def _extra(self, chosen: Key, rejected: Key) -> dict[str, tuple[float, float]]:
        one, other = self._known[chosen], self._known[rejected]
        return {name: (one[name], other[name]) for name in EMBEDDED_FACTORS}


def _texts(prompt: str, answer: str) -> list[str]:
    """Return what is embedded of an answer: its prompt, itself, and its sentences."""
    return [each[:READ_CHARACTERS] for each in (prompt, answer, *sentences_of(answer)[:MOST_SENTENCES])]


def _factors(vectors: FloatArray) -> Mapping[str, float]:
    """Return the factors of an answer from the vectors of its prompt, of itself, and of its sentences."""
    return embedding_factors(prompt=vectors[0], answer=vectors[1], sentences=vectors[2:])
