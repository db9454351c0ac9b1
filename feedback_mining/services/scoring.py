"""Score plain files with a detector: no database, one line for each user message after the first response."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from curation.domain.errors import HarkenError
from curation.domain.exporting import unfinished
from curation.domain.json_decoding import JsonRecord
from curation.domain.json_reading import json_records
from curation.domain.reading import Source, open_source
from curation.domain.records import Position, Refusal
from curation.services.jobs import Listener
from feedback_mining.domain.contexts import FeedbackContext, contexts_of
from feedback_mining.domain.detection import Detector
from feedback_mining.domain.findings import score_row
from feedback_mining.services.mining import BATCH_MESSAGES, detect, detector_of

SHAPE = '{"id": …, "messages": [{"role": …, "content": …}, …]}'


@dataclass(frozen=True, slots=True)
class Turn:
    """A message of a plain file."""

    role: str
    text: str
    is_repeat: bool = False


def score_file(*, path: Path, out: Path, detector: str, listener: Listener | None = None) -> dict[str, Any]:
    """Score every conversation of a JSONL file; raises HarkenError that names the line of bad input.

    `out` is written whole or not at all.
    """
    plugin = detector_of(detector)
    contexts = _contexts(open_source(path), listener=listener)
    written = 0
    with unfinished(out) as place, place.open("w", encoding="utf-8") as target:
        while batch := list(islice(contexts, BATCH_MESSAGES)):
            written += _write(plugin, batch, target)
    return {"scored": written, "detector": plugin.name, "version": plugin.version, "out": str(out)}


def _write(plugin: Detector, batch: list[FeedbackContext], target: TextIO) -> int:
    rows = zip(batch, detect(plugin, batch), strict=True)
    target.writelines(
        json.dumps(score_row(findings, context=context), ensure_ascii=False) + "\n"
        for context, findings in rows
    )
    return len(batch)


def _contexts(source: Source, *, listener: Listener | None) -> Iterator[FeedbackContext]:
    for record in json_records(source):
        if listener:
            listener(min(source.bytes_read.count, source.size), source.size)
        if isinstance(record, Refusal):
            raise HarkenError(f"{_place(record.position)}: {record.sentence}")
        yield from _contexts_of(record)


def _contexts_of(record: JsonRecord) -> list[FeedbackContext]:
    value: Any = record.value
    try:
        turns = [Turn(role=str(turn["role"]), text=_text(turn["content"])) for turn in value["messages"]]
        identity = str(value["id"])
    except (KeyError, TypeError) as error:
        where = _place(record.position)
        message = f"{where} cannot be scored: each line must be {SHAPE} ({type(error).__name__}: {error})."
        raise HarkenError(message) from error
    return contexts_of(turns, conversation=identity)


def _place(position: Position) -> str:
    return f"{position.file}, line {position.line}" if position.line else position.file


def _text(content: Any) -> str:
    """Return a message's plain text: content is text, null, or a list of parts."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    return "\n".join(str(part.get("text") or "") for part in content if isinstance(part, dict))
