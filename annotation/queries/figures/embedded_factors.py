"""Factors that an embedding model reads in answers: asked of the embedder by a worker, each answer once."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from annotation.domain.factors.embedded import EMBEDDED_FACTORS, embedding_factors
from annotation.domain.factors.surface import sentences_of
from annotation.domain.factors.table import FloatArray, TextPair
from annotation.queries.figures.stored_preferences import PreferenceRow
from curation.domain.errors import HarkenError
from language_models.embedders.contract import Embedder, EmbedderUnavailableError

# Every sentence of both answers is a text for the embedder, so fewer preferences are read than are counted.
MOST_EMBEDDED = 3_000
# Preferences whose texts are embedded between two reports of progress.
CHUNK = 50
# The embedder cuts a text after a few hundred tokens; more than this is not sent to it.
READ_CHARACTERS = 4_000
MOST_SENTENCES = 40

Chunk: TypeAlias = Sequence[tuple[PreferenceRow, TextPair]]


class EmbeddedAnswers:
    """Adds the factors of both answers to preferences; what an answer came to is kept for its next pair."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: dict[int, Mapping[str, float]] = {}

    def beside(self, chunk: Chunk) -> list[tuple[PreferenceRow, TextPair]]:
        """Return these preferences with their embedded factors; raises HarkenError where no embedder answers."""
        new = {
            response: (words.prompt, text)
            for row, words in chunk
            for response, text in ((row.chosen, words.chosen), (row.rejected, words.rejected))
            if response not in self._known
        }
        try:
            self._read(new)
        except EmbedderUnavailableError as error:
            raise HarkenError(str(error)) from error
        return [(row, replace(words, extra=self._extra(row))) for row, words in chunk]

    def _read(self, new: Mapping[int, tuple[str, str]]) -> None:
        """Embed prompts, answers and sentences in one request, a text that stands in several of them once."""
        sentences = {
            response: sentences_of(text)[:MOST_SENTENCES] for response, (_prompt, text) in new.items()
        }
        place: dict[str, int] = {}
        for response, (prompt, text) in new.items():
            for each in (prompt, text, *sentences[response]):
                place.setdefault(each[:READ_CHARACTERS], len(place))
        vectors = self._embedder.embed(list(place)).astype("float64")
        for response, (prompt, text) in new.items():
            rows = [place[each[:READ_CHARACTERS]] for each in (prompt, text, *sentences[response])]
            self._known[response] = _factors(vectors[rows])

    def _extra(self, row: PreferenceRow) -> dict[str, tuple[float, float]]:
        chosen, rejected = self._known[row.chosen], self._known[row.rejected]
        return {name: (chosen[name], rejected[name]) for name in EMBEDDED_FACTORS}


def _factors(vectors: FloatArray) -> Mapping[str, float]:
    """Return the factors of an answer from the vectors of its prompt, of itself, and of its sentences."""
    return embedding_factors(prompt=vectors[0], answer=vectors[1], sentences=vectors[2:])
