"""The detector `cascade`: the cheap one reads everything, the expensive one only where the cheap one is unsure."""

from collections import Counter
from collections.abc import Callable, Sequence
from decimal import Decimal

from feedback_mining.detectors.embedding import EmbeddingPlugin
from feedback_mining.detectors.llm import LanguageModelPlugin
from feedback_mining.detectors.phrases import PhraseDetector
from feedback_mining.domain.contexts import FeedbackContext
from feedback_mining.domain.detection import Detector, DetectorTools, Found, version_of
from feedback_mining.domain.findings import Finding, dsat_probability, sat_probability
from feedback_mining.domain.languages import language_of
from language_models.chat.expense import Expense

# Between these the cheap detector is unsure of a polarity: below, it is rarely there; above, it rarely is not.
_UNSURE = (0.15, 0.85)
# Few remarks use words that the rules of `phrases` know, so their silence proves nothing of a short message. Of those
# written for this project with twenty words and more in which they find nothing, none of 36 is feedback.
_TASK_WORDS = 30


class CascadePlugin:
    """The detector before it has its two."""

    name = "cascade"
    cost = (
        "Costs what its endpoint asks, for the conversations alone of which the embedding detector is unsure; "
        "without an endpoint, phrases read first and the embedder all but long tasks, free."
    )
    needs = frozenset({"embedder"})

    def build(self, tools: DetectorTools) -> "CascadeDetector":
        """Return the detector; without a language model the embedding detector is the expensive one."""
        if tools.model is None:
            embedding = EmbeddingPlugin().build(tools)
            return CascadeDetector(
                cheap=PhraseDetector(),
                expensive=embedding,
                is_unsure=_may_be_remark,
                is_passed_on_whole=False,
            )
        return CascadeDetector(
            cheap=EmbeddingPlugin().build(tools), expensive=LanguageModelPlugin().build(tools)
        )


def _is_between(_context: FeedbackContext, findings: Sequence[Finding]) -> bool:
    """Tell whether a polarity is neither surely there nor surely absent."""
    low, high = _UNSURE
    return any(low < share < high for share in (sat_probability(findings), dsat_probability(findings)))


def _may_be_remark(context: FeedbackContext, findings: Sequence[Finding]) -> bool:
    """Tell whether the embedder has to read a message: all but tasks, in which the rules find nothing."""
    is_silent = max(sat_probability(findings), dsat_probability(findings)) <= _UNSURE[0]
    return not is_silent or len(context.text.split()) < _TASK_WORDS


class CascadeDetector:
    """Joins two detectors; what the expensive one cannot read stays unread.

    A conversation that holds a message of which the cheap one is unsure is passed on whole, or where the expensive
    one reads messages singly, that message alone.
    """

    name = CascadePlugin.name
    cost = CascadePlugin.cost

    def __init__(
        self,
        *,
        cheap: Detector,
        expensive: Detector,
        is_unsure: Callable[[FeedbackContext, Sequence[Finding]], bool] = _is_between,
        is_passed_on_whole: bool = True,
    ) -> None:
        self._cheap, self._expensive = cheap, expensive
        self._is_unsure, self._is_passed_on_whole = is_unsure, is_passed_on_whole
        self._notes = Expense()

    @property
    def version(self) -> str:
        """Return both versions."""
        return version_of(f"{self._cheap.version}+{self._expensive.version}")

    @property
    def expense(self) -> Expense:
        """Return what both took, with how much was passed on and what that saved."""
        return self._cheap.expense + self._expensive.expense + self._notes

    def knows(self, language: str) -> bool:
        """Tell whether either knows the language."""
        return self._cheap.knows(language) or self._expensive.knows(language)

    def estimate(self, contexts: Sequence[FeedbackContext]) -> Expense:
        """Return about what reading takes: the cheap detector reads, to see how much would be passed on."""
        passed_on = self._passed_on(contexts, found=self._cheap.detect(contexts))
        notes = Counter(messages_passed_on=len(passed_on), messages_settled=len(contexts) - len(passed_on))
        return self._expensive.estimate(passed_on) + Expense(notes=notes)

    def detect(self, contexts: Sequence[FeedbackContext]) -> list[Found]:
        """Return the cheap findings of conversations that are settled by them, else the expensive ones."""
        found = self._cheap.detect(contexts)
        passed_on = self._passed_on(contexts, found=found)
        judged = {
            (context.conversation, context.index): findings
            for context, findings in zip(passed_on, self._expensive.detect(passed_on), strict=True)
        }
        self._note([context for context in contexts if (context.conversation, context.index) not in judged])
        self._notes += Expense(notes={"messages_passed_on": len(passed_on)})
        return [
            judged.get((context.conversation, context.index), findings)
            for context, findings in zip(contexts, found, strict=True)
        ]

    def _passed_on(
        self, contexts: Sequence[FeedbackContext], *, found: Sequence[Found]
    ) -> list[FeedbackContext]:
        """Return the contexts of which the cheap detector is unsure, and those of their conversations."""
        unsure = [
            context
            for context, findings in zip(contexts, found, strict=True)
            if context.text.strip() and self._needs_reading(context, findings)
        ]
        if not self._is_passed_on_whole:
            return unsure
        conversations = {context.conversation for context in unsure}
        return [context for context in contexts if context.conversation in conversations]

    def _needs_reading(self, context: FeedbackContext, findings: Found) -> bool:
        if findings is None or self._is_unsure(context, findings):
            return True
        language = language_of(context)
        return bool(language) and not self._cheap.knows(language)

    def _note(self, settled: Sequence[FeedbackContext]) -> None:
        """Count what the cheap findings settle, and what asking about it would have taken."""
        saved = self._expensive.estimate(settled)
        self._notes += Expense(
            notes=Counter(
                messages_settled=len(settled),
                requests_saved=saved.requests,
                tokens_saved=saved.prompt_tokens + saved.completion_tokens,
                cost_saved_micro=int((saved.cost or Decimal(0)) * 1_000_000),
            )
        )
