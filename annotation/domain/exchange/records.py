"""What a file of annotations holds, whichever platform wrote it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from curation.domain.corpus.records import JsonValue
from curation.domain.importers.importing import JsonObject
from curation.domain.importers.judged_answers import JudgedAnswers

EXAMPLES = 5


class Platform(StrEnum):
    """Who wrote a file; the first two are importers of conversations, too."""

    ARGILLA = "argilla"
    LABEL_STUDIO = "label_studio"
    HARKEN = "harken"


class Kind(StrEnum):
    """What a question asks for."""

    RATING = "rating"
    CHOICE = "choice"
    RANKING = "ranking"
    TEXT = "text"
    LABELS = "labels"
    SPANS = "spans"
    UNKNOWN = "unknown"


class Why(StrEnum):
    """Why something of a file has no place here."""

    SUGGESTION = "suggestions"
    DRAFT = "drafts"
    DISCARDED = "discarded"
    LABELS = "labels"
    SPANS = "spans"
    UNKNOWN_QUESTION = "unknown_questions"
    WHICH_ANSWER = "which_answer"
    NOT_TWO = "not_two_answers"
    RANKING_INCOMPLETE = "incomplete_rankings"
    RANKING_STRANGE = "strange_rankings"
    RATING_ODD = "odd_ratings"
    OFF_SCALE = "off_the_scale"
    TOO_LONG = "too_long"
    UNCHANGED = "unchanged"
    TWICE = "said_twice"
    UNREADABLE = "unreadable_records"
    NO_CONVERSATION = "no_conversation"
    NO_ANSWERS = "answers_not_here"
    SAME_ANSWER = "answers_that_are_one"
    ACTS = "other_acts"
    GOLD = "known_answers"
    ROUND = "later_rounds"
    MESSAGE = "reviews_of_messages"
    DECISION = "decisions"


SENTENCES: Mapping[Why, str] = {
    Why.SUGGESTION: "No person's annotation; its numbers, choices and rankings are kept as a model's.",
    Why.DRAFT: "A draft was never submitted.",
    Why.DISCARDED: "Whoever discarded, skipped or cancelled gave no answer.",
    Why.LABELS: "Labels that name no answer have no protocol here.",
    Why.SPANS: "Marked passages have no question of their own here.",
    Why.UNKNOWN_QUESTION: "No protocol asks a question of this kind.",
    Why.WHICH_ANSWER: "It does not say which of several answers it is about, or the record has no answer.",
    Why.NOT_TWO: "A choice is kept where it is between two answers.",
    Why.RANKING_INCOMPLETE: "A ranking is kept where it places every answer of its record once.",
    Why.RANKING_STRANGE: "A ranking into several groups, or of things that are no answers, is no order of answers.",
    Why.RATING_ODD: "A rating is kept where it is a whole number.",
    Why.OFF_SCALE: "The rating is not on the scale of its question, or the scale has more than 11 steps.",
    Why.TOO_LONG: "The text is longer than a judgement may be.",
    Why.UNCHANGED: "The rewritten answer says what the answer says, or the text is empty.",
    Why.TWICE: "One person answered the same twice; what stands last in the file counts.",
    Why.UNREADABLE: "The record cannot be read as this format; the import of its conversations says why.",
    Why.NO_CONVERSATION: "Its conversation is not in the project: it was refused, withdrawn, or never imported.",
    Why.NO_ANSWERS: "The answers that it is about are not in the project. Import their conversations first.",
    Why.SAME_ANSWER: "Two of its answers say the same, and are one answer here.",
    Why.ACTS: "Skips, earlier revisions and what was taken back are no standing judgements.",
    Why.GOLD: "Tasks with a known answer stay with the queue that they test.",
    Why.ROUND: "A judgement of a later round goes with the review that asked for it.",
    Why.MESSAGE: "A review of a signal is about a message of the project that it was made in.",
    Why.DECISION: "An adjudicator's decision is no vote; decide again here where people disagree.",
}


class LeftOut:
    """Counts what has no place here, by reason, and names the first records of each."""

    def __init__(self) -> None:
        self._counts: dict[tuple[Why, str], int] = {}
        self._examples: dict[tuple[Why, str], list[str]] = {}

    def add(self, why: Why, *, where: str = "", question: str = "", count: int = 1) -> None:
        """Count something of a record."""
        if count <= 0:
            return
        key = (why, question[: EXAMPLES * 12])
        self._counts[key] = self._counts.get(key, 0) + count
        named = self._examples.setdefault(key, [])
        if where and where not in named and len(named) < EXAMPLES:
            named.append(where[:80])

    def as_json(self) -> list[dict[str, Any]]:
        """Return each reason with its count, its sentence, and the first records, the most frequent first."""
        keys = sorted(self._counts, key=lambda key: (-self._counts[key], key))
        return [
            {
                "what": str(why),
                "question": question,
                "count": self._counts[why, question],
                "why": SENTENCES[why],
                "records": self._examples[why, question],
            }
            for why, question in keys
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question as the file declares it: its kind, and the values to choose from."""

    kind: Kind
    options: Sequence[JsonValue] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one person said to one question; `answer` and `among` name answers, where the file does."""

    question: str
    kind: Kind
    value: JsonValue
    person: str
    answer: str = ""
    among: Sequence[str] = ()
    at: datetime | None = None
    wall_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignRecord:
    """One record: what was shown, in the form that the importer of conversations reads, and what was said of it."""

    key: str
    shown: JsonObject
    judged: JudgedAnswers
    said: Sequence[Said] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the answers; one without a name where a chat ends with the answer."""
        return tuple(self.judged.answers) or ("",)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignProject:
    """All that a file says."""

    platform: Platform
    name: str
    guideline: str = ""
    questions: Mapping[str, Question] = field(default_factory=dict)
    records: Sequence[ForeignRecord] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One person's answer under a protocol, about the answers of these names; the names stand where ids will."""

    protocol: str
    names: tuple[str, ...]
    person: str
    answer: Mapping[str, Any]
    at: datetime | None = None
    wall_ms: int | None = None
