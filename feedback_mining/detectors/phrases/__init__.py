"""The detector `phrases`: rules of wording, by language, that need nothing but the text."""

from feedback_mining.detectors.phrases.detector import PhraseDetector

__all__ = ["PhraseDetector"]
