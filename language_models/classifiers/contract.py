"""What every classifier promises."""

from collections.abc import Mapping, Sequence
from typing import Protocol


class ClassifierUnavailableError(RuntimeError):
    """The classifier cannot be loaded; the text is written for people."""


class Classifier(Protocol):
    """Gives texts probabilities; any text is accepted: empty, over-long (cut), with lone surrogates."""

    @property
    def name(self) -> str:
        """Return the model's name with its revision: probabilities of other names cannot be compared."""
        ...

    @property
    def labels(self) -> Sequence[str]:
        """Return the labels that it knows."""
        ...

    def classify(self, texts: Sequence[str]) -> list[Mapping[str, float]]:
        """Return for each text, in order, label → probability in [0, 1]."""
        ...
