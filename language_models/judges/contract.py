"""What a judge of two answers is asked, what it says, and what every one promises."""

from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field
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


class JudgeSettingsError(ValueError):
    """A judge that was not told what it needs to know; the text is written for people."""


class StrengthFrom(StrEnum):
    """Where a strength comes from."""

    LOG_CHANCES = "log_chances"
    VOTES = "votes"
    WORDS = "words"
    SCORES = "scores"


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
    want; it, the `reference` answer and the `others`, further answers to the same prompt that are judged beside these
    two, may be empty. `sources` are the ids of the conversations whose words stand in it: they are not sent, and say
    whose withdrawal erases the stored replies.
    """

    prompt: tuple[Turn, ...]
    answer_a: str
    answer_b: str
    checklist: tuple[str, ...] = ()
    reference: str = ""
    others: tuple[str, ...] = ()
    sources: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeSettings:
    """What a judge is told beside its own words: the project's rubric, and the further models that it asks."""

    rubric: str = ""
    others: tuple[AskableModel, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One time that the judge was asked.

    `text` is its answer word for word, "" where none came; `error` then says why. `is_read` where something was read
    of it: `value`, in terms of the question and not of the place shown (Outcome.A, B or TIE), or `scores` by the name
    of the answer, or the model's own answer, which is neither. `step` names where in the method it was asked ("" where
    there is one step), `shown` the answers in the order shown where there are more than two. `strength` is positive
    where a is better, in the judge's words; `log_odds` is the same from the chances of its words; each is None where
    there is none. Tokens, cost and seconds count every time that it was asked, and nothing for a stored reply; `cost`
    is None where no price is known. `is_failed` where the request failed the last time (a time-out, an error of the
    endpoint): that says nothing of the answers.
    """

    order: Order | None
    text: str
    value: Outcome | None
    is_read: bool = True
    step: str = ""
    shown: tuple[str, ...] = ()
    scores: Mapping[str, float] = field(default_factory=dict)
    strength: float | None = None
    log_odds: float | None = None
    model: str = ""
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

    `strength_from` says where that comes from, `method` which step settled it, `votes` how the models of a jury, or the
    rounds, voted. `model` is what the endpoint called itself; `judge` and `prompt_version` say how it was asked.
    """

    outcome: Outcome
    rounds: tuple[Round, ...]
    judge: str
    prompt_version: str
    model: str
    strength: float | None = None
    strength_from: str = ""
    method: str = ""
    votes: Mapping[str, int] = field(default_factory=dict)

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
        """Return which extras of a question it weighs: among "checklist", "reference" and "others"."""
        ...

    @property
    def prompt_version(self) -> str:
        """Return what changes with any word that the judge is asked with."""
        ...

    @property
    def scale(self) -> tuple[int, int] | None:
        """Return the worst and the best score that it gives an answer by itself; None where it gives none."""
        ...

    @property
    def wants(self) -> frozenset[str]:
        """Return what it has to be told: among "rubric" (it has one of its own where none is given) and "others"."""
        ...

    def build(self, model: AskableModel, *, settings: JudgeSettings | None = None) -> PairJudge:
        """Return the judge that asks this model; raises JudgeSettingsError where the settings lack what it wants."""
        ...
