import asyncio
from collections.abc import Sequence

import numpy as np
import pytest

from language_models.embedders import Vectors
from language_models.embedders.batching import Batcher, batches_of
from language_models.embedders.fake import FakeEmbedder


class RecordingEmbedder(FakeEmbedder):
    """Remembers the batches it was given, and refuses a text that says so."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.batches.append(list(texts))
        if "refuse" in texts:
            message = "asked to"
            raise ValueError(message)
        return super().embed(texts)


def embed_all(embedder: FakeEmbedder, requests: list[list[str]]) -> list[Vectors]:
    """Embed requests that wait together before the model is free; a refused one has no vectors."""
    none: Vectors = np.zeros((0, 384), np.float32)

    async def run() -> list[Vectors]:
        batcher = Batcher(embedder)
        asked = [asyncio.create_task(batcher.embed(request)) for request in requests]
        await asyncio.sleep(0)
        running = asyncio.create_task(batcher.run())
        replies = await asyncio.gather(*asked, return_exceptions=True)
        running.cancel()
        return [none if isinstance(reply, BaseException) else reply for reply in replies]

    return asyncio.run(run())


def test_small_requests_share_a_batch_and_each_gets_its_vectors() -> None:
    embedder = RecordingEmbedder()
    replies = embed_all(embedder, [["a", "b"], ["c"], ["d"]])
    assert embedder.batches == [["a", "b", "c", "d"]]
    np.testing.assert_allclose(np.concatenate(replies), FakeEmbedder().embed(["a", "b", "c", "d"]))


def test_a_small_request_overtakes_bulk_work() -> None:
    embedder = RecordingEmbedder()
    embed_all(embedder, [[f"bulk {n}" for n in range(100)], ["query"]])
    assert embedder.batches[0] == ["query"]
    assert [len(batch) for batch in embedder.batches[1:]] == [32, 32, 32, 4]


def test_a_failing_batch_fails_its_callers_alone() -> None:
    refused, answered = embed_all(RecordingEmbedder(), [["refuse"] * 9, ["fine"]])
    assert (len(refused), len(answered)) == (0, 1)


def test_long_texts_come_in_smaller_batches_and_short_ones_are_counted() -> None:
    texts = ["x" * 900] * 5 + ["y" * 50_000] + ["z"] * 40
    assert [len(batch) for batch in batches_of(texts)] == [4, 32, 10]


@pytest.mark.parametrize("count", [1, 31, 32, 33, 200])
def test_no_vector_is_lost_at_the_edges_of_batches(count: int) -> None:
    texts = [f"text {number}" for number in range(count)]
    (vectors,) = embed_all(FakeEmbedder(), [texts])
    np.testing.assert_allclose(vectors, FakeEmbedder().embed(texts))
