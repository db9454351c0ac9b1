"""What every embedder promises."""

from collections.abc import Sequence
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Vectors: TypeAlias = NDArray[np.float32]


class EmbedderUnavailableError(RuntimeError):
    """No embedder answers; the text is written for people and names the command that starts one."""


class Embedder(Protocol):
    """Turns texts into unit vectors; any text is accepted: empty, over-long (cut), with lone surrogates."""

    @property
    def model_name(self) -> str:
        """Return the model's name alone."""
        ...

    @property
    def name(self) -> str:
        """Return the model's name with its revision: vectors of other names cannot be compared."""
        ...

    @property
    def dimension(self) -> int:
        """Return the length of a vector: 384 for MiniLM."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector per text, in order: float32, shape (texts, dimension)."""
        ...


def encodable(text: str) -> str:
    """Return the text with lone surrogates replaced, which no tokenizer accepts."""
    return text.encode("utf-8", "replace").decode("utf-8")
