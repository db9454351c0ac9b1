"""A row of a dataset as exporters write it, and what every exported preference must keep to."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from curation.domain.errors import HarkenError
from curation.domain.records import ROLES

Turns: TypeAlias = tuple[tuple[str, str], ...]

DECIDED_BY = ("people", "miner", "imported")


class ExportError(HarkenError):
    """A row that cannot be exported; the sentence names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetRowRecord:
    """A preference: the turns of the prompt and of both answers as (role, content), and where it came from.

    `score` is the strength that the dataset's recipe gave it, None where it gave none.
    """

    id: str
    prompt: Turns
    chosen: Turns
    rejected: Turns
    decided_by: str
    source: str
    split: str
    score: float | None = None


def checked_rows(rows: Iterable[DatasetRowRecord]) -> Iterator[DatasetRowRecord]:
    """Yield the rows unchanged; raises ExportError at the first that a trainer could not use."""
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
    for name, turns in _parts_of(row).items():
        if fault := _fault_of_turns(turns, name=name):
            return fault
    if row.prompt[-1][0] != "user":
        return f"its prompt ends with a message of the {row.prompt[-1][0]}, not of the user."
    if row.chosen == row.rejected:
        return "its chosen and its rejected answer are the same."
    return ""


def turns_as_json(turns: Turns) -> list[dict[str, str]]:
    """Return turns as the list of messages that trainers read."""
    return [{"role": role, "content": content} for role, content in turns]


def row_as_json(row: DatasetRowRecord) -> dict[str, str | list[dict[str, str]]]:
    """Return the fields of a row that are written, in their order."""
    return {
        "id": row.id,
        "prompt": turns_as_json(row.prompt),
        "chosen": turns_as_json(row.chosen),
        "rejected": turns_as_json(row.rejected),
        "decided_by": row.decided_by,
        "source": row.source,
        "split": row.split,
    }


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _parts_of(row: DatasetRowRecord) -> Mapping[str, Turns]:
    return {"prompt": row.prompt, "chosen answer": row.chosen, "rejected answer": row.rejected}


def _fault_of_turns(turns: Turns, *, name: str) -> str:
    if not turns:
        return f"its {name} is empty."
    for role, content in turns:
        if role not in ROLES:
            return f"its {name} holds the role '{role}'. Known: {', '.join(ROLES)}."
        if not content.strip():
            return f"its {name} holds an empty message."
        if not _is_encodable(content):
            return f"its {name} holds half a surrogate pair, which no file can."
    if name != "prompt" and turns[-1][0] != "assistant":
        return f"its {name} ends with a message of the {turns[-1][0]}, not of the assistant."
    return ""
