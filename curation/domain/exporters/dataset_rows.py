"""A row of a dataset as exporters write it: the texts, what is known of each side, and who decided."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

from curation.domain.corpus.records import ROLES, Part, parts_as_json, parts_from_json
from curation.domain.errors import HarkenError

DECIDED_BY = ("people", "miner", "imported", "judge")


class ExportError(HarkenError):
    """A row that cannot be exported; the sentence names it."""


class Turn(NamedTuple):
    """One message; `parts` only where it is more than text, and then `content` is its plain text."""

    role: str
    content: str
    parts: tuple[Part, ...] = ()


Turns: TypeAlias = tuple[Turn, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteRecord:
    """One person's vote on a row; `order_shown` is a_chosen or a_rejected, "" where the order is not known."""

    annotator: str
    value: str
    protocol: str = ""
    order_shown: str = ""
    strength: float | None = None
    decided_at: datetime | None = None
    guideline_version: str = ""
    saw_signal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLabel:
    """One step of an answer, and whether it is right."""

    text: str
    is_correct: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SideRecord:
    """What is known of one answer; `rank` is its place in the row's list, lower is better, equal ranks tie.

    `terms` are those of the model that wrote it; `judgement` is what a person wrote about it.
    """

    response_id: str = ""
    model: str = ""
    terms: str = ""
    origin: str = ""
    scores: Mapping[str, float] = field(default_factory=dict)
    attributes: Mapping[str, float] = field(default_factory=dict)
    judgement: str = ""
    steps: tuple[StepLabel, ...] = ()
    rank: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetRowRecord:
    """A preference: the prompt, both answers, and where it came from.

    A row of one answer alone has () on the other side: no `chosen` means that the rejected answer was found bad by
    itself. `rejected_prompt` is () unless the sides answer different prompts. `score` is the confidence that the
    dataset's recipe gave the row, None where it gave none; `strength` how clear the preference is; `weight` what the
    row counts in training, None where the recipe weighs nothing.
    """

    id: str
    prompt: Turns
    chosen: Turns
    rejected: Turns
    decided_by: str
    source: str
    split: str
    score: float | None = None
    rejected_prompt: Turns = ()
    chosen_about: SideRecord = SideRecord()
    rejected_about: SideRecord = SideRecord()
    list_id: str = ""
    is_tie: bool = False
    strength: float | None = None
    weight: float | None = None
    conversation_id: str = ""
    language: str = ""
    votes: tuple[VoteRecord, ...] = ()

    @property
    def turns(self) -> Turns:
        """Every turn of the row, for checks that look at all of them."""
        return (*self.prompt, *self.rejected_prompt, *self.chosen, *self.rejected)


def checked_rows(rows: Iterable[DatasetRowRecord]) -> Iterator[DatasetRowRecord]:
    """Yield the rows unchanged; raises ExportError at the first that no file could hold."""
    for number, row in enumerate(rows, start=1):
        fault = fault_of(row)
        if fault:
            raise ExportError(f"Row {row.id or number} cannot be exported: {fault}")
        yield row


def fault_of(row: DatasetRowRecord) -> str:
    """Return what is wrong with a row, as the rest of a sentence; "" where nothing is."""
    if not row.id:
        return "it has no id. Every row needs one."
    if row.decided_by not in DECIDED_BY:
        return f"nobody named '{row.decided_by}' decides pairs. Known: {', '.join(DECIDED_BY)}."
    return _fault_of_texts(row)


def turn_as_json(turn: Turn) -> dict[str, Any]:
    """Return a turn in the form that is stored."""
    stored: dict[str, Any] = {"role": turn.role, "content": turn.content}
    if turn.parts:
        stored["parts"] = parts_as_json(turn.parts)
    return stored


def turn_from_json(stored: Mapping[str, Any]) -> Turn:
    """Read a turn back from its stored form."""
    parts = stored.get("parts")
    return Turn(stored["role"], stored["content"], parts_from_json(parts) if parts else ())


def turns_from_json(stored: Iterable[Mapping[str, Any]]) -> Turns:
    """Read turns back from their stored form."""
    return tuple(turn_from_json(turn) for turn in stored)


def turns_as_json(turns: Turns) -> list[dict[str, str]]:
    """Return turns as the list of messages that trainers read, text alone."""
    return [{"role": turn.role, "content": turn.content} for turn in turns]


def vote_as_json(vote: VoteRecord) -> dict[str, Any]:
    """Return a vote in the form that is frozen in a row's values."""
    return {
        "annotator": vote.annotator,
        "value": vote.value,
        "protocol": vote.protocol,
        "order_shown": vote.order_shown,
        "strength": vote.strength,
        "decided_at": vote.decided_at.isoformat() if vote.decided_at else None,
        "guideline_version": vote.guideline_version,
        "saw_signal": vote.saw_signal,
    }


def vote_from_json(stored: Mapping[str, Any]) -> VoteRecord:
    """Read a vote back from its stored form."""
    moment = stored.get("decided_at")
    return VoteRecord(**{**stored, "decided_at": datetime.fromisoformat(moment) if moment else None})


def side_as_json(side: SideRecord) -> dict[str, Any]:
    """Return what is known of a side in the form that is frozen in a row's values; the unknown is left out."""
    stored = {
        "response_id": side.response_id,
        "model": side.model,
        "terms": side.terms,
        "origin": side.origin,
        "scores": dict(side.scores),
        "attributes": dict(side.attributes),
        "judgement": side.judgement,
        "steps": [{"text": step.text, "is_correct": step.is_correct} for step in side.steps],
        "rank": side.rank,
    }
    return {name: value for name, value in stored.items() if value not in ("", None, {}, [])}


def side_from_json(stored: Mapping[str, Any]) -> SideRecord:
    """Read what is known of a side back from its stored form."""
    steps = tuple(StepLabel(**step) for step in stored.get("steps", ()))
    return SideRecord(**{**stored, "steps": steps})


def _fault_of_texts(row: DatasetRowRecord) -> str:
    if not row.chosen and not row.rejected:
        return "it has no answer."
    for name, turns in _named_turns(row).items():
        if turns and (fault := _fault_of_turns(turns, name=name)):
            return fault
    if not row.prompt:
        return "its prompt is empty."
    if row.chosen == row.rejected and not row.rejected_prompt:
        return "its chosen and its rejected answer are the same."
    return ""


def _named_turns(row: DatasetRowRecord) -> Mapping[str, Turns]:
    return {
        "prompt": row.prompt,
        "rejected prompt": row.rejected_prompt,
        "chosen answer": row.chosen,
        "rejected answer": row.rejected,
    }


def _fault_of_turns(turns: Turns, *, name: str) -> str:
    for turn in turns:
        if turn.role not in ROLES:
            return f"its {name} holds the role '{turn.role}'. Known: {', '.join(ROLES)}."
        if not turn.content.strip() and not turn.parts:
            return f"its {name} holds an empty message."
        if not _is_encodable(turn.content):
            return f"its {name} holds half a surrogate pair, which no file can."
    return _fault_of_end(turns[-1].role, name=name)


def _fault_of_end(role: str, *, name: str) -> str:
    if name.endswith("prompt"):
        # An answer may follow what a tool gave.
        return (
            ""
            if role in ("user", "tool")
            else f"its {name} ends with a message of the {role}, not of the user."
        )
    return (
        "" if role == "assistant" else f"its {name} ends with a message of the {role}, not of the assistant."
    )


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
