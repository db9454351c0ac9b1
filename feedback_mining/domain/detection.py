"""What a detector is, and what one may need to be built."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from feedback_mining.domain.contexts import FeedbackContext
from feedback_mining.domain.findings import Finding
from language_models.embedders import Embedder


class MissingToolError(RuntimeError):
    """A detector was asked for without what it works with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorTools:
    """What a detector may be given; each takes what it needs and says what it misses."""

    embedder: Embedder | None = None

    def require_embedder(self, *, detector: str) -> Embedder:
        """Return the embedder; raises MissingToolError."""
        if self.embedder is None:
            message = (
                f"The detector {detector!r} needs an embedder. Start it, or choose the detector 'phrases'."
            )
            raise MissingToolError(message)
        return self.embedder


class Detector(Protocol):
    """Finds the criteria that fire in user messages, in one pass over many.

    Findings may be faint: `confident_findings` keeps those worth showing. A criterion occurs at most once per
    message, its span lies inside the message, and silence or moving on is never a finding of satisfaction.
    """

    @property
    def name(self) -> str:
        """Return the name in the catalogue."""
        ...

    @property
    def version(self) -> str:
        """Return what changes whenever the same message may get another finding."""
        ...

    def knows(self, language: str) -> bool:
        """Tell whether findings in texts of this language (ISO 639-1) can be relied on."""
        ...

    def detect(self, contexts: Sequence[FeedbackContext]) -> list[list[Finding]]:
        """Return the findings of each context, in the order given."""
        ...


class DetectorPlugin(Protocol):
    """What the catalogue holds: a detector that is not yet built, with what people choose it by."""

    @property
    def name(self) -> str:
        """Return the name in the catalogue."""
        ...

    @property
    def cost(self) -> str:
        """Return one sentence for people on what a run costs and needs."""
        ...

    def build(self, tools: DetectorTools) -> Detector:
        """Return the detector; raises MissingToolError where it needs a tool that is not given."""
        ...
