"""Asking a language model about whole conversations, and keeping what it can prove."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from feedback_mining.detectors.llm.prompt import answer_schema, prompt_digest, system_message
from feedback_mining.detectors.llm.reading import Reading, read_answer
from feedback_mining.domain.confidences import AS_ALL_STATED, FittedConfidences
from feedback_mining.domain.contexts import FeedbackContext
from feedback_mining.domain.detection import DetectorTools, Found, found_in, version_of
from feedback_mining.domain.hindsight import with_hindsight
from feedback_mining.domain.questions import Part, Questions
from feedback_mining.domain.taxonomy import CRITERIA, TAXONOMY_VERSION, Criterion
from language_models.chat.asking import AskableModel
from language_models.chat.expense import Expense


class LanguageModelPlugin:
    """The detector before it has a model."""

    name = "llm"
    cost = "Costs what its endpoint asks: one question per conversation, priced first by a dry run."
    needs = frozenset({"model"})

    def build(self, tools: DetectorTools) -> "LanguageModelDetector":
        """Return the detector; raises MissingToolError without a model."""
        return LanguageModelDetector(
            tools.require_model(detector=self.name),
            own_criteria=tools.own_criteria,
            confidences=tools.confidences,
            before_each=tools.before_each,
        )


class LanguageModelDetector:
    """Finds criteria by asking; what it quotes must stand in the message, else it does not count."""

    name = LanguageModelPlugin.name
    cost = LanguageModelPlugin.cost

    def __init__(
        self,
        model: AskableModel,
        *,
        own_criteria: Sequence[Criterion] = (),
        confidences: Mapping[str, FittedConfidences] = MappingProxyType({}),
        before_each: Callable[[], None] = lambda: None,
    ) -> None:
        self._known = frozenset({*CRITERIA, *(criterion.name for criterion in own_criteria)})
        stating = version_of(TAXONOMY_VERSION, prompt_digest(own_criteria), model.model)
        self._confidences = confidences.get(stating, AS_ALL_STATED)
        self.version = self._confidences.version or stating
        self._questions = Questions(
            model,
            instructions=system_message(own_criteria),
            schema=answer_schema(own_criteria),
            read=self._read,
            before_each=before_each,
        )

    @property
    def expense(self) -> Expense:
        """Return what all reading took since the detector was built."""
        return self._questions.expense

    def knows(self, language: str) -> bool:
        """Tell that a language model reads any language; how well is its own matter."""
        return bool(language)

    def estimate(self, contexts: Sequence[FeedbackContext]) -> Expense:
        """Return about what asking each once would take; what is stored already is not taken off."""
        return self._questions.estimate(contexts)

    def detect(self, contexts: Sequence[FeedbackContext]) -> list[Found]:
        """Return the findings of each context; None for those whose conversation got no readable answer."""
        found: Mapping[tuple[str, int], Found] = {
            (context.conversation, context.index): self._fitted(reading.findings.get(context.index))
            for part, reading in self._questions.ask(contexts)
            if reading is not None
            for context in part
        }
        judged = [found_in(context, found) for context in contexts]
        self._questions.note({"messages_unread": judged.count(None)})
        return with_hindsight(judged, contexts=contexts)

    def _fitted(self, findings: Found) -> Found:
        return None if findings is None else self._confidences.applied(findings)

    def _read(self, answer: str, part: Part) -> Reading:
        reading = read_answer(answer, contexts=part, known=self._known)
        self._questions.note(reading.dropped)
        return reading
