"""Mined conversations, and the pairs that a recipe proposes from them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from feedback_mining.domain.constraints import Binding, Constraint, binding_after
from feedback_mining.domain.findings import Finding, dsat_probability, sat_probability


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownWish:
    """An entry of a conversation's checklist; `constraint` is what code checks of it, where it can."""

    text: str
    constraint: Constraint | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MinedConversation:
    """A conversation as (role, text) turns, with what is known of each user message by its index."""

    conversation: str
    messages: tuple[tuple[str, str], ...]
    findings: Mapping[int, tuple[Finding, ...]]
    constraints: Mapping[int, tuple[Constraint, ...]] = field(default_factory=dict)
    wishes: Mapping[int, tuple[KnownWish, ...]] = field(default_factory=dict)
    # What binds before each message, filled when it is first asked for.
    _bindings: list[list[Binding]] = field(default_factory=list, init=False, repr=False, compare=False)

    def role(self, index: int) -> str:
        """Return who wrote a message."""
        return self.messages[index][0]

    def text(self, index: int) -> str:
        """Return what a message says."""
        return self.messages[index][1]

    def found(self, index: int) -> tuple[Finding, ...]:
        """Return the findings of a message; none where nothing was found."""
        return tuple(self.findings.get(index, ()))

    def dsat(self, index: int) -> float:
        """Return the probability that a message voices dissatisfaction."""
        return dsat_probability(self.found(index))

    def sat(self, index: int) -> float:
        """Return the probability that a message voices satisfaction."""
        return sat_probability(self.found(index))

    def binding(self, index: int) -> list[Binding]:
        """Return the constraints that bind the answer at an index."""
        if not self._bindings:
            self._bindings.extend(self._binding_before_each())
        return self._bindings[index]

    def _binding_before_each(self) -> Iterator[list[Binding]]:
        binding: list[Binding] = []
        for at, (role, text) in enumerate(self.messages):
            yield binding
            if role == "user":
                set_here = self.constraints.get(at, ())
                binding = binding_after(binding, at=at, text=text, constraints=set_here)
        yield binding


class SkipReason(StrEnum):
    """Why a place in a conversation gives no pair: a short code that is counted."""

    NO_REQUEST = "no_request"
    NOT_ABOUT_THE_ANSWER = "not_about_the_answer"
    REQUEST_CHANGED = "request_changed"
    NEW_TOPIC = "new_topic"
    NO_LATER_ANSWER = "no_later_answer"
    ANSWERED_WITH_TOOLS = "answered_with_tools"
    SAME_ANSWER = "same_answer"
    REFERS_TO_COMPLAINT = "refers_to_complaint"
    CARRIES_WISH = "carries_wish"
    CHOSEN_DREW_COMPLAINT = "chosen_drew_complaint"
    NOT_ACCEPTED = "not_accepted"
    MIXED_FEEDBACK = "mixed_feedback"
    NONE_FOLLOWS = "none_follows"
    # The last ones are of recipes that have answers written.
    NO_WISH = "no_wish"
    NOT_SENT = "not_sent"
    NOT_WRITTEN = "not_written"
    CUT_SHORT = "cut_short"
    UNSAFE = "unsafe"
    NOT_PREFERRED = "not_preferred"
    NOT_JUDGED = "not_judged"
    WITHDRAWN = "withdrawn"


SKIP_SENTENCES: Mapping[SkipReason, str] = {
    SkipReason.NO_REQUEST: "No user message comes right before the answer, so there is no prompt to answer.",
    SkipReason.NOT_ABOUT_THE_ANSWER: "The user turned away, but did not complain of what the answer said.",
    SkipReason.REQUEST_CHANGED: "The user corrected the request, so the first answer was not at fault.",
    SkipReason.NEW_TOPIC: "The user went on to something else, so the next answer is to another request.",
    SkipReason.NO_LATER_ANSWER: "No answer follows the complaint.",
    SkipReason.ANSWERED_WITH_TOOLS: "The later answer rests on tools that the first one did not have.",
    SkipReason.SAME_ANSWER: "The later answer is the same as the first.",
    SkipReason.REFERS_TO_COMPLAINT: "The later answer refers to the complaint, which the prompt does not hold.",
    SkipReason.CARRIES_WISH: "The later answer carries out a wish that the prompt does not hold.",
    SkipReason.CHOSEN_DREW_COMPLAINT: "The later answer drew a complaint as well.",
    SkipReason.NOT_ACCEPTED: "The conversation ended with the later answer, and silence accepts nothing.",
    SkipReason.MIXED_FEEDBACK: "The user praised the answer and found fault with it.",
    SkipReason.NONE_FOLLOWS: "No later answer to the same request follows every constraint.",
    SkipReason.NO_WISH: "Nothing says what the user would rather have had. Collect wishes first.",
    SkipReason.NOT_SENT: "The prompt carries attachments, which are not sent.",
    SkipReason.NOT_WRITTEN: "The model gave no answer, or declined.",
    SkipReason.CUT_SHORT: "The model's answer was longer than allowed, so it ends in the middle.",
    SkipReason.UNSAFE: "The moderation scorer refused what the model wrote.",
    SkipReason.NOT_PREFERRED: "The judge did not prefer the chosen answer in both orders.",
    SkipReason.NOT_JUDGED: "The judge gave no answer that could be read.",
    SkipReason.WITHDRAWN: "The conversation was withdrawn while the answer was written.",
}


def skipped_in_words(skipped: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return the sentences of reasons with their counts, the commonest first; an unknown reason as it is."""
    known = {str(reason): sentence for reason, sentence in SKIP_SENTENCES.items()}
    commonest = sorted(skipped.items(), key=lambda each: -each[1])
    return [(known.get(reason, reason), count) for reason, count in commonest]


# Why a person may rewrite the chosen answer rather than lose the pair.
FOR_REWRITING = frozenset({SkipReason.REFERS_TO_COMPLAINT, SkipReason.CARRIES_WISH})


class Reads(StrEnum):
    """Which conversations a recipe reads: those that hold what it starts from."""

    COMPLAINTS = "complaints"
    APPROVALS = "approvals"
    CONSTRAINTS = "constraints"


@dataclass(frozen=True, slots=True, kw_only=True)
class PairCandidate:
    """A proposed pair; indexes count the conversation's messages, `span` the characters of the complaint.

    `prompt_length` messages come before the rejected answer, the last of them from the user. `confidence` in
    [0, 1] is how surely the chosen answer is the better one. Where a constraint decides, `complaint_index` is the
    message that sets it, and `by_constraint` is true.
    """

    prompt_length: int
    rejected_index: int
    chosen_index: int
    complaint_index: int
    confidence: float
    criteria: tuple[str, ...]
    span: tuple[int, int]
    wish: str
    by_constraint: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerCandidate:
    """A proposed answer without a counterpart: good by the user's praise, or bad by the user's complaint."""

    answer_index: int
    is_good: bool
    feedback_index: int
    confidence: float
    criteria: tuple[str, ...]
    span: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class WritingCandidate:
    """A pair that lacks an answer: chosen is written under the checklist, to the first `prompt_length` messages.

    Rejected is the message at `rejected_index`, or with `writes_rejected` what the same model writes without the
    checklist. `said_at` are the messages in which the user made the wishes of the checklist plain. The other fields are
    as a PairCandidate has them.
    """

    prompt_length: int
    rejected_index: int
    complaint_index: int
    checklist: tuple[str, ...]
    said_at: tuple[int, ...]
    confidence: float
    criteria: tuple[str, ...]
    span: tuple[int, int]
    wish: str
    writes_rejected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RewriteOffer:
    """What a person gets who rewrites the chosen answer: the pair, and the words that refer to the complaint."""

    candidate: PairCandidate
    reference: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairSkip:
    """A place that gives no pair, and why; where a person can mend it, the offer to do so."""

    complaint_index: int
    reason: SkipReason
    sentence: str
    offer: RewriteOffer | None = None


Proposal = PairCandidate | AnswerCandidate | WritingCandidate | PairSkip


def skip(index: int, reason: SkipReason, *, offer: RewriteOffer | None = None) -> PairSkip:
    """Return a skip with the sentence of its reason."""
    return PairSkip(complaint_index=index, reason=reason, sentence=SKIP_SENTENCES[reason], offer=offer)


class PairRecipe(Protocol):
    """How pairs, or answers judged alone, are proposed from a mined conversation."""

    @property
    def name(self) -> str:
        """Return the name in the catalogue."""
        ...

    @property
    def title(self) -> str:
        """Return what people choose the recipe by."""
        ...

    @property
    def reads(self) -> Reads:
        """Return which conversations it is given."""
        ...

    @property
    def needs(self) -> frozenset[str]:
        """Return the models that it asks: among "writer" and "judge"; none for one that pairs what is there."""
        ...

    def propose(self, conversation: MinedConversation) -> Sequence[Proposal]:
        """Return a candidate or a reason for each place where the recipe starts, in the conversation's order."""
        ...
