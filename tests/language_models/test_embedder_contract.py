"""What every embedder promises, kept by the fake, the one in memory and the one behind a socket."""

from collections.abc import Iterator

import numpy as np
import pytest

from language_models.embedders import Embedder
from language_models.embedders.client import SocketEmbedder
from language_models.embedders.fake import FakeEmbedder
from language_models.embedders.local import LocalEmbedder
from tests.language_models.embedder_process import running_server

AWKWARD = ["", " ", "\x00", "lone \ud800 surrogate", "word " * 2000, "日本語のテキスト", "👩‍👩‍👧"]


@pytest.fixture(scope="module", params=["fake", "local", "socket"])
def embedder(request: pytest.FixtureRequest) -> Iterator[Embedder]:
    if request.param == "fake":
        yield FakeEmbedder()
    elif request.param == "local":
        yield LocalEmbedder()
    else:
        with running_server() as (path, _):
            yield SocketEmbedder(path)


def test_vectors_are_float32_of_the_named_dimension(embedder: Embedder) -> None:
    vectors = embedder.embed(["one", "two", "three"])
    assert vectors.shape == (3, embedder.dimension) == (3, 384)
    assert vectors.dtype == np.float32


@pytest.mark.parametrize("text", AWKWARD)
def test_any_text_gets_a_unit_vector(embedder: Embedder, text: str) -> None:
    assert np.linalg.norm(embedder.embed([text])[0]) == pytest.approx(1, abs=1e-5)


def test_no_texts_give_no_vectors(embedder: Embedder) -> None:
    assert embedder.embed([]).shape == (0, embedder.dimension)


def test_order_is_kept_and_company_does_not_matter(embedder: Embedder) -> None:
    texts = ["a long text about the weather in the mountains", "short", *AWKWARD]
    alone = np.concatenate([embedder.embed([text]) for text in texts])
    np.testing.assert_allclose(embedder.embed(texts), alone, atol=1e-5)


def test_many_texts_are_embedded_in_one_call(embedder: Embedder) -> None:
    texts = [f"text number {number % 10}" for number in range(600)]
    vectors = embedder.embed(texts)
    np.testing.assert_allclose(vectors[10:20], vectors[590:], atol=1e-5)


def test_related_texts_are_nearer_than_unrelated_ones(embedder: Embedder) -> None:
    asked, same, other = embedder.embed(
        ["how do I bake bread at home", "to bake bread at home I need flour", "the train to Berlin is late"]
    )
    assert asked @ same > asked @ other + 0.1


def test_the_name_holds_the_model_and_its_revision(embedder: Embedder) -> None:
    model, _, revision = embedder.name.partition("@")
    assert model == embedder.model_name
    assert revision


def test_coarser_arithmetic_gives_nearly_the_same_vectors() -> None:
    texts = ["How do I bake bread?", "No, that is wrong.", "word " * 300]
    exact, coarse = LocalEmbedder().embed(texts), LocalEmbedder(bfloat16=True).embed(texts)
    assert (exact * coarse).sum(axis=1).min() > 0.999
