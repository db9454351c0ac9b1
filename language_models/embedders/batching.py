"""How requests share one model: small ones go first, and those that wait together share a batch."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

import numpy as np

from language_models.embedders.contract import Embedder, Vectors

# A search waits for one batch of bulk work at most.
TEXTS_PER_BATCH = 32
# What a person waits for: a query, or a few sentences.
SMALL_REQUEST = 8


@dataclass(order=True, slots=True)
class _Part:
    """Up to TEXTS_PER_BATCH texts of one request, and where their vectors are awaited."""

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
        starts = range(0, len(texts), TEXTS_PER_BATCH)
        is_bulk = len(texts) > SMALL_REQUEST
        parts = [self._put(texts[start : start + TEXTS_PER_BATCH], is_bulk=is_bulk) for start in starts]
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
