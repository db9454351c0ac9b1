"""The detector `embedding`: nearness in meaning to example sentences of every criterion."""

from feedback_mining.detectors.embedding.detector import EmbeddingDetector, EmbeddingPlugin

__all__ = ["EmbeddingDetector", "EmbeddingPlugin"]
