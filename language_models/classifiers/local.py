"""A classifier in this process: a transformers sequence-classification model from a folder, safetensors only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from language_models.classifiers.contract import ClassifierUnavailableError

if TYPE_CHECKING:
    import torch

BATCH_SIZE = 16
LONGEST_TOKENS = 512
REVISION_LENGTH = 12


class LocalClassifier:
    """Classifies with a model held in memory; it is loaded when first asked, and no code of its folder runs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        weights = sorted(folder.glob("*.safetensors")) if folder.is_dir() else []
        if not weights or not (folder / "config.json").exists():
            raise ClassifierUnavailableError(
                f"{folder} holds no classifier: a folder with config.json, a tokenizer and weights as "
                "*.safetensors is needed."
            )
        with weights[0].open("rb") as file:
            self.name = f"{folder.name}@{file_digest(file, 'sha256').hexdigest()[:REVISION_LENGTH]}"

    @property
    def labels(self) -> list[str]:
        """Return the labels of the model's configuration."""
        return [str(label) for _, label in sorted(self._model.config.id2label.items())]

    def classify(self, texts: Sequence[str]) -> list[Mapping[str, float]]:
        """Return for each text label → probability."""
        rows: list[Mapping[str, float]] = []
        for start in range(0, len(texts), BATCH_SIZE):
            rows += self._classify(texts[start : start + BATCH_SIZE])
        return rows

    def _classify(self, texts: Sequence[str]) -> list[Mapping[str, float]]:
        from torch import inference_mode

        readable = [text.encode("utf-8", "replace").decode() for text in texts]
        with inference_mode():
            tokens = self._tokenizer(
                readable, padding=True, truncation=True, max_length=self._longest, return_tensors="pt"
            )
            probabilities = self._probabilities(self._model(**tokens).logits)
        return [dict(zip(self.labels, row, strict=True)) for row in probabilities.tolist()]

    def _probabilities(self, logits: torch.Tensor) -> torch.Tensor:
        """Return probabilities, shape (texts, labels): each label's own, or of labels that exclude each other."""
        several = self._model.config.problem_type == "multi_label_classification" or logits.shape[-1] == 1
        return logits.sigmoid() if several else logits.softmax(dim=-1)

    @cached_property
    def _longest(self) -> int:
        return min(LONGEST_TOKENS, getattr(self._model.config, "max_position_embeddings", LONGEST_TOKENS))

    @cached_property
    def _model(self) -> Any:
        # Imported here because it imports torch, which takes seconds.
        from transformers import AutoModelForSequenceClassification

        return AutoModelForSequenceClassification.from_pretrained(
            self._folder, local_files_only=True, use_safetensors=True, trust_remote_code=False
        ).eval()

    @cached_property
    def _tokenizer(self) -> Any:
        from transformers import AutoTokenizer

        return AutoTokenizer.from_pretrained(self._folder, local_files_only=True, trust_remote_code=False)
