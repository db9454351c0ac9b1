"""Detectors: what finds satisfaction and dissatisfaction in user messages.

A detector comes in as a class without arguments that fits `feedback_mining.domain.detection.DetectorPlugin`. To
add one, write a module here and list it below, or name it in the entry-point group `harken.detectors`.
"""

from curation.domain.catalogue import Catalogue
from feedback_mining.domain.detection import Detector, DetectorPlugin, DetectorTools

DETECTORS: Catalogue[DetectorPlugin] = Catalogue(
    "detectors",
    singular="detector",
    built_in={
        "phrases": "feedback_mining.detectors.phrases.PhraseDetector",
        "embedding": "feedback_mining.detectors.embedding.EmbeddingPlugin",
        "llm": "feedback_mining.detectors.llm.LanguageModelPlugin",
        "cascade": "feedback_mining.detectors.cascade.CascadePlugin",
        "spur": "feedback_mining.detectors.spur.SpurPlugin",
    },
)


def build_detector(name: str, *, tools: DetectorTools | None = None) -> Detector:
    """Return the detector of a name.

    Raises UnknownFormatError, with the known names, for another, and MissingToolError where it lacks a tool.
    """
    return DETECTORS.load(name).build(tools or DetectorTools())
