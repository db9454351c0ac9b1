"""Score plain files with a detector: no database, one line for each user message after the first response."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curation.domain.corpus.records import Position, Refusal
from curation.domain.errors import HarkenError
from curation.domain.exporters.exporting import unfinished
from curation.domain.importers.json_decoding import JsonRecord
from curation.domain.importers.json_reading import json_records
from curation.domain.importers.reading import Source, open_source
from curation.services.work.jobs import Listener
from feedback_mining.domain.contexts import FeedbackContext, contexts_of
from feedback_mining.domain.detection import Detector, Found
from feedback_mining.domain.feedback_classes import dialogue_state, feedback_class
from feedback_mining.domain.findings import score_row
from feedback_mining.services.detecting import BATCH_MESSAGES, detect, unknown_languages
from language_models.chat.expense import Expense

SHAPE = '{"id": …, "messages": [{"role": …, "content": …}, …]}'


# What the file calls a conversation, and what a detector sees of a message in it.
Identified = tuple[str, FeedbackContext]


@dataclass(frozen=True, slots=True)
class Turn:
    """A message of a plain file."""

    role: str
    text: str
    is_repeat: bool = False


def score_file(
    *, path: Path, out: Path, detector: Detector, listener: Listener | None = None
) -> dict[str, Any]:
    """Score every conversation of a JSONL file; raises HarkenError that names the line of bad input.

    `out` is written whole or not at all, and never in place of `path`. A message that could not be read has a line
    with nulls, and is counted.
    """
    if out.resolve() == path.resolve():
        raise HarkenError(f"{out.name} is the file that is read. Name another one to write.")
    scored_lines = _contexts(open_source(path), listener=listener)
    scored = unread = 0
    unknown = Expense()
    with unfinished(out) as place, place.open("w", encoding="utf-8") as target:
        for batch in _batches(scored_lines):
            contexts = [context for _identity, context in batch]
            found = detect(detector, contexts)
            target.writelines(map(_line, batch, found))
            scored, unread = scored + len(batch), unread + found.count(None)
            unknown += unknown_languages(detector, contexts)
    return {
        "scored": scored,
        "unread": unread,
        "detector": detector.name,
        "version": detector.version,
        "out": str(out),
        "expense": (detector.expense + unknown).as_json(),
    }


def _line(read: Identified, findings: Found) -> str:
    identity, context = read
    if findings is None:
        nothing = {"id": identity, "index": context.index, "sat": None, "dsat": None}
        return json.dumps({**nothing, "criteria": {}}, ensure_ascii=False) + "\n"
    row = {
        **score_row(findings, context=context),
        "id": identity,
        "class": feedback_class(findings, context=context),
        "state": dialogue_state(findings, context=context),
    }
    return json.dumps(row, ensure_ascii=False) + "\n"


def _batches(contexts: Iterable[Identified]) -> Iterator[list[Identified]]:
    """Yield whole conversations together, some hundred messages at once."""
    batch: list[Identified] = []
    for identity, context in contexts:
        if len(batch) >= BATCH_MESSAGES and context.conversation != batch[-1][1].conversation:
            yield batch
            batch = []
        batch.append((identity, context))
    if batch:
        yield batch


def _contexts(source: Source, *, listener: Listener | None) -> Iterator[Identified]:
    for number, record in enumerate(json_records(source)):
        if listener:
            listener(min(source.bytes_read.count, source.size), source.size)
        if isinstance(record, Refusal):
            raise HarkenError(f"{_place(record.position)}: {record.sentence}")
        yield from _contexts_of(record, number=number)


def _contexts_of(record: JsonRecord, *, number: int) -> list[Identified]:
    """Return the contexts of a line; two lines of one id are two conversations."""
    value: Any = record.value
    try:
        turns = [Turn(role=str(turn["role"]), text=_text(turn["content"])) for turn in value["messages"]]
        identity = str(value["id"])
    except KeyError as error:
        raise _misshapen(record, f"it has no {error}") from error
    except TypeError as error:
        raise _misshapen(record, "its parts are of another kind") from error
    return [(identity, context) for context in contexts_of(turns, conversation=str(number))]


def _misshapen(record: JsonRecord, problem: str) -> HarkenError:
    where = _place(record.position)
    return HarkenError(f"{where} cannot be scored, because {problem}: each line must be {SHAPE}.")


def _place(position: Position) -> str:
    return f"{position.file}, line {position.line}" if position.line else position.file


def _text(content: Any) -> str:
    """Return a message's plain text: content is text, null, or a list of parts."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    return "\n".join(str(part.get("text") or "") for part in content if isinstance(part, dict))
