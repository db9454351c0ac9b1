"""What a detector is, what one may need to be built, and what its work takes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Protocol, TypeAlias, runtime_checkable

from feedback_mining.domain.confidences import FittedConfidences
from feedback_mining.domain.contexts import FeedbackContext
from feedback_mining.domain.findings import Finding
from feedback_mining.domain.rubrics import Rubric
from feedback_mining.domain.taxonomy import Criterion
from language_models.chat.asking import AskableModel
from language_models.chat.expense import Expense
from language_models.embedders import Embedder

# The findings of one message; None where it could not be read, which says nothing about what it holds.
Found: TypeAlias = list[Finding] | None


# What the column of a version holds.
_LONGEST_VERSION, _DIGEST = 60, 6


def version_of(*parts: object) -> str:
    """Return a version that names all of these; where it would be too long, its end is a digest of the whole."""
    whole = "-".join(map(str, parts))
    if len(whole) <= _LONGEST_VERSION:
        return whole
    digest = sha256(whole.encode()).hexdigest()[:_DIGEST]
    return f"{whole[: _LONGEST_VERSION - _DIGEST - 1]}~{digest}"


def found_in(context: FeedbackContext, found: Mapping[tuple[str, int], Found]) -> Found:
    """Return what a model found in a message, by conversation and index; one without words carries no feedback."""
    return found.get((context.conversation, context.index)) if context.text.strip() else []


class MissingToolError(RuntimeError):
    """A detector was asked for without what it works with."""


class DetectorStoppedError(RuntimeError):
    """A detector cannot go on at all (budget spent, endpoint gone); the text is written for people."""


class TunedHead(Protocol):
    """What the embedding detector learned from a project's reviews (`feedback_mining.detectors.embedding.tuning`)."""

    @property
    def version(self) -> str:
        """Return what tells these weights from others."""
        ...


def _go_on() -> None:
    """Let another question be asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorTools:
    """What a detector may be given; each takes what it needs and says what it misses.

    `model` is a language model with its budget, pace and cache; `own_criteria` are those that the project added;
    `confidences` say what the stated ones are worth, by the version of the detector that stated them.
    `before_each` is called before each question to the model, and raises where no more are to be asked.
    """

    embedder: Embedder | None = None
    model: AskableModel | None = None
    own_criteria: tuple[Criterion, ...] = ()
    rubric: Rubric | None = None
    head: TunedHead | None = None
    confidences: Mapping[str, FittedConfidences] = field(default_factory=dict)
    before_each: Callable[[], None] = _go_on

    def require_embedder(self, *, detector: str) -> Embedder:
        """Return the embedder; raises MissingToolError."""
        if self.embedder is None:
            message = (
                f"The detector {detector!r} needs an embedder. Start it, or choose the detector 'phrases'."
            )
            raise MissingToolError(message)
        return self.embedder

    def require_model(self, *, detector: str) -> AskableModel:
        """Return the language model; raises MissingToolError."""
        if self.model is None:
            message = (
                f"The detector {detector!r} asks a language model. Choose an endpoint of the project (in a command: "
                "--endpoint NAME), or the detector 'embedding', which needs none."
            )
            raise MissingToolError(message)
        return self.model

    def require_rubric(self, *, detector: str) -> Rubric:
        """Return the rubric; raises MissingToolError."""
        if self.rubric is None:
            message = (
                f"The detector {detector!r} needs a rubric of this project. Learn one from its thumbs first, on the "
                "page of rubrics or by `manage.py learn_rubric --project P --endpoint NAME`."
            )
            raise MissingToolError(message)
        return self.rubric


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

    @property
    def expense(self) -> Expense:
        """Return what all reading took since the detector was built."""
        ...

    def knows(self, language: str) -> bool:
        """Tell whether findings in texts of this language (ISO 639-1) can be relied on."""
        ...

    def estimate(self, contexts: Sequence[FeedbackContext]) -> Expense:
        """Return about what reading these takes where every question is asked once, without reading them."""
        ...

    def detect(self, contexts: Sequence[FeedbackContext]) -> list[Found]:
        """Return the findings of each context, in the order given; None for one that could not be read.

        Contexts of a conversation should come together. Raises DetectorStoppedError where nothing more can be read.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Satisfaction:
    """What a detector says of a whole conversation: its score, and the probability that the user is satisfied."""

    score: float
    probability: float


@runtime_checkable
class ScoresConversations(Protocol):
    """What a detector fits that besides scores whole conversations."""

    @property
    def satisfaction(self) -> Mapping[str, Satisfaction]:
        """Return what `detect` found of the conversations that it was given whole, by their names."""
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

    @property
    def needs(self) -> frozenset[str]:
        """Return the tools that it works with: among "embedder", "model" and "rubric"."""
        ...

    def build(self, tools: DetectorTools) -> Detector:
        """Return the detector; raises MissingToolError where it needs a tool that is not given."""
        ...
