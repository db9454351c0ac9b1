"""The detector `llm`: one structured question per conversation to a language model."""

from feedback_mining.detectors.llm.detector import LanguageModelDetector, LanguageModelPlugin

__all__ = ["LanguageModelDetector", "LanguageModelPlugin"]
