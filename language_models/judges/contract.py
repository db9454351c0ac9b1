"""What a judge of two answers is asked, what it says, and what every one promises."""

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Protocol, TypeVar

from language_models.chat.asking import AskableModel
from language_models.chat.expense import Expense

Key = TypeVar("Key")

# The scale of `strength`, as a comparison has it: positive where a is better.
STRONGEST = 3
# A checklist is a handful of sentences; more of them would bury the answers. Of more the newest count.
MOST_WISHES = 20


class JudgeStoppedError(Exception):
    """A judge cannot go on at all (budget spent, endpoint gone); the text is written for people."""


class Outcome(StrEnum):
    """What became of a question: a verdict, or why there is none."""

    A = "a"
    B = "b"
    TIE = "tie"
    # The judge said one thing in one order and another in the other: nobody won, nor was it a tie.
    INCONSISTENT = "inconsistent"
    # In at least one order no answer came, or none that could be read.
    UNREADABLE = "unreadable"

    @property
    def is_decided(self) -> bool:
        """Whether the judge stands by it in both orders."""
        return self in (Outcome.A, Outcome.B, Outcome.TIE)


class Order(StrEnum):
    """Which answer was shown first."""

    A_FIRST = "a_first"
    B_FIRST = "b_first"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One message of the conversation that both answers continue: role user, assistant, system or tool."""

    role: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PairQuestion:
    """Two answers to one prompt, to be told apart.

    `prompt` is the conversation, ending with the user's message. `checklist` is what this user made plain that they
    want; it and the `reference` answer may be empty. `sources` are the ids of the conversations whose words stand
    in it: they are not sent, and say whose withdrawal erases the stored replies.
    """

    prompt: tuple[Turn, ...]
    answer_a: str
    answer_b: str
    checklist: tuple[str, ...] = ()
    reference: str = ""
    sources: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One time that the judge was asked.

    `text` is its answer word for word, "" where none came; `error` then says why. `value` is what was read of it, in
    terms of the question and not of the place shown: Outcome.A, B or TIE, None where it cannot be read. `strength`
    is positive where a is better, None where the judge gave none. Tokens, cost and seconds count every time that it
    was asked, and nothing for a stored reply; `cost` is None where no price is known. `is_failed` where the request
    failed the last time (a time-out, an error of the endpoint): that says nothing of the answers.
    """

    order: Order
    text: str
    value: Outcome | None
    strength: float | None = None
    error: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: Decimal | None = None
    seconds: float = 0.0
    is_cached: bool = False
    is_failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a judge says of a question after all its rounds; `strength` from -3 to 3, positive where a is better.

    `model` is what the endpoint called itself; `judge` and `prompt_version` say how it was asked.
    """

    outcome: Outcome
    rounds: tuple[Round, ...]
    judge: str
    prompt_version: str
    model: str
    strength: float | None = None

    @property
    def failed(self) -> Round | None:
        """The round whose request failed, where there is one: the question may be asked again."""
        return next((each for each in self.rounds if each.is_failed), None)

    @property
    def cost(self) -> Decimal | None:
        """What its rounds cost together; None where a price is not known."""
        costs = [each.cost for each in self.rounds]
        known = [cost for cost in costs if cost is not None]
        return sum(known, Decimal(0)) if len(known) == len(costs) else None

    @property
    def seconds(self) -> float:
        """How long the judge took over its rounds together; what was stored already took nothing."""
        return sum(each.seconds for each in self.rounds)


class PairJudge(Protocol):
    """Tells which of two answers is better, always asked in both orders; a win is what both orders say alike."""

    @property
    def name(self) -> str:
        """Return the name in the catalogue."""
        ...

    @property
    def prompt_version(self) -> str:
        """Return what changes with any word that the judge is asked with: verdicts of other versions differ."""
        ...

    @property
    def expense(self) -> Expense:
        """Return what all judging took since the judge was built."""
        ...

    def estimate(self, questions: Iterable[PairQuestion]) -> Expense:
        """Return what judging these would take at most, without asking; a dry run."""
        ...

    def judge(
        self,
        questions: Iterable[tuple[Key, PairQuestion]],
        *,
        before_each: Callable[[], None] = lambda: None,
    ) -> Generator[tuple[Key, Verdict], None, None]:
        """Yield each key with its verdict, in any order, as soon as it is known.

        Asks in parallel, at the model's pace and within its budget; takes stored replies to equal questions.
        `before_each` runs in the caller's thread before every request and may raise to stop; what is under way is
        then settled and stored. Raises JudgeStoppedError where no more can be asked; verdicts yielded before stand.
        Whoever stops listening closes the iterator (`contextlib.closing`).
        """
        ...


class JudgePlugin(Protocol):
    """What the catalogue holds: a judge that has no model yet, with what people choose it by."""

    @property
    def name(self) -> str:
        """Return the name in the catalogue."""
        ...

    @property
    def title(self) -> str:
        """Return the name for people."""
        ...

    @property
    def explanation(self) -> str:
        """Return for people what it weighs, and what it costs, in a sentence or two."""
        ...

    @property
    def instructions(self) -> str:
        """Return the words that the model is instructed with; nothing in them comes from a conversation."""
        ...

    @property
    def reads(self) -> frozenset[str]:
        """Return which extras of a question it weighs: among "checklist" and "reference"."""
        ...

    @property
    def prompt_version(self) -> str:
        """Return what changes with any word that the judge is asked with."""
        ...

    def build(self, model: AskableModel) -> PairJudge:
        """Return the judge that asks this model."""
        ...


def settle(rounds: Sequence[Round]) -> tuple[Outcome, float | None]:
    """Return what rounds say together, and how strongly: a win only where every one of them says it."""
    values = {each.value for each in rounds}
    if None in values or {each.order for each in rounds} != set(Order):
        return Outcome.UNREADABLE, None
    if len(values) > 1:
        return Outcome.INCONSISTENT, None
    strengths = [each.strength for each in rounds]
    known = [strength for strength in strengths if strength is not None]
    (outcome,) = values
    return outcome or Outcome.UNREADABLE, sum(known) / len(known) if len(known) == len(strengths) else None
