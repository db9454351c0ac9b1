"""An embedder without a model, for tests: texts that share words are near, and nothing has to be loaded."""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np

from language_models.embedders.contract import Vectors, encodable


class FakeEmbedder:
    """Hashes each word to a direction and adds the directions up."""

    model_name = "fake-words"
    name = "fake-words@1"
    dimension = 384

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector per text."""
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            vectors[row] = self._vector(text)
        return vectors

    def _vector(self, text: str) -> Vectors:
        # The empty word keeps a text without words from having no direction.
        words = ["", *encodable(text).lower().split()]
        total: Vectors = np.sum([self._direction(word) for word in words], axis=0, dtype=np.float32)
        return total / np.float32(np.linalg.norm(total))

    def _direction(self, word: str) -> Vectors:
        seed = int.from_bytes(blake2b(word.encode(), digest_size=8).digest(), "big")
        return np.random.default_rng(seed).standard_normal(self.dimension, dtype=np.float32)
