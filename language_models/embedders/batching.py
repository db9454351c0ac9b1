"""How requests share one model: small ones go first, and those that wait together share a batch."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

import numpy as np

from language_models.embedders.contract import Embedder, Vectors

TEXTS_PER_BATCH = 32
# A search waits for one batch of bulk work at most; on a processor short batches cost no more per text.
CHARACTERS_PER_BATCH = 4000
# A longer text is cut by the model, so it takes no more time.
COUNTED_CHARACTERS = 1000
# What a person waits for: a query, or a few sentences.
SMALL_REQUEST = 8


@dataclass(order=True, slots=True)
class _Part:
    """A batch or less of the texts of one request, and where their vectors are awaited."""

    is_bulk: bool
    number: int
    texts: Sequence[str] = field(compare=False)
    vectors: asyncio.Future[Vectors] = field(compare=False)


class Batcher:
    """Feeds an embedder from many requests at once; `run` must be running for `embed` to return."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._waiting: asyncio.PriorityQueue[_Part] = asyncio.PriorityQueue()
        self._numbers = count()

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of one request; what the embedder raises is raised here."""
        if not texts:
            return np.zeros((0, self._embedder.dimension), dtype=np.float32)
        is_bulk = len(texts) > SMALL_REQUEST
        parts = [self._put(part, is_bulk=is_bulk) for part in batches_of(texts)]
        return np.concatenate(await asyncio.gather(*parts))

    async def run(self) -> None:
        """Embed what waits, batch by batch, until cancelled."""
        while True:
            batch = self._joined(await self._waiting.get())
            texts = [text for part in batch for text in part.texts]
            try:
                vectors = await asyncio.to_thread(self._embedder.embed, texts)
            except Exception as error:  # noqa: BLE001 - whoever asked is told, and the next batch is embedded
                _refuse(batch, error=error)
            else:
                _answer(batch, vectors=vectors)

    def _put(self, texts: Sequence[str], *, is_bulk: bool) -> asyncio.Future[Vectors]:
        future: asyncio.Future[Vectors] = asyncio.get_running_loop().create_future()
        self._waiting.put_nowait(
            _Part(is_bulk=is_bulk, number=next(self._numbers), texts=texts, vectors=future)
        )
        return future

    def _joined(self, first: _Part) -> list[_Part]:
        """Return the part with the small ones that wait behind it, as many as a batch holds."""
        batch = [first]
        room = TEXTS_PER_BATCH - len(first.texts)
        while not first.is_bulk and room >= SMALL_REQUEST and not self._waiting.empty():
            part = self._waiting.get_nowait()
            if part.is_bulk:
                self._waiting.put_nowait(part)
                break
            batch.append(part)
            room -= len(part.texts)
        return batch


def batches_of(texts: Sequence[str]) -> Iterator[list[str]]:
    """Split texts, in order, into batches within both limits; a text above a limit is a batch of its own."""
    batch: list[str] = []
    taken = 0
    for text in texts:
        size = min(len(text), COUNTED_CHARACTERS)
        if batch and (taken + size > CHARACTERS_PER_BATCH or len(batch) == TEXTS_PER_BATCH):
            yield batch
            batch, taken = [], 0
        batch.append(text)
        taken += size
    if batch:
        yield batch


def _answer(batch: list[_Part], *, vectors: Vectors) -> None:
    start = 0
    for part in batch:
        end = start + len(part.texts)
        if not part.vectors.done():
            part.vectors.set_result(vectors[start:end])
        start = end


def _refuse(batch: list[_Part], *, error: Exception) -> None:
    for part in batch:
        if not part.vectors.done():
            part.vectors.set_exception(error)
