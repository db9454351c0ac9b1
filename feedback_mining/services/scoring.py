"""Score plain files with a detector: no database, one line for each user message after the first response."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from curation.domain.errors import HarkenError
from curation.services.jobs import Listener
from feedback_mining.domain.contexts import FeedbackContext, contexts_of
from feedback_mining.domain.detection import Detector
from feedback_mining.domain.findings import score_row
from feedback_mining.services.mining import BATCH_MESSAGES, detector_of


@dataclass(frozen=True, slots=True)
class Turn:
    """A message of a plain file."""

    role: str
    text: str
    is_repeat: bool = False


def score_file(*, path: Path, out: Path, detector: str, listener: Listener | None = None) -> dict[str, Any]:
    """Score every conversation of a JSONL file; raises HarkenError that names the line of bad input."""
    plugin = detector_of(detector)
    if not path.is_file():
        message = f"There is no file {path}."
        raise HarkenError(message)
    written = 0
    with (
        path.open(encoding="utf-8-sig", errors="surrogateescape") as source,
        out.open("w", encoding="utf-8") as target,
    ):
        contexts = _contexts(source, name=path.name, size=path.stat().st_size, listener=listener)
        while batch := list(islice(contexts, BATCH_MESSAGES)):
            written += _write(plugin, batch, target)
    return {"scored": written, "detector": plugin.name, "version": plugin.version, "out": str(out)}


def _write(plugin: Detector, batch: list[FeedbackContext], target: TextIO) -> int:
    rows = zip(batch, plugin.detect(batch), strict=True)
    target.writelines(
        json.dumps(score_row(findings, context=context), ensure_ascii=False) + "\n"
        for context, findings in rows
    )
    return len(batch)


def _contexts(
    source: TextIO, *, name: str, size: int, listener: Listener | None
) -> Iterator[FeedbackContext]:
    read = 0
    for number, line in enumerate(source, start=1):
        read += len(line.encode(errors="surrogateescape"))
        if listener:
            listener(min(read, size), size)
        if line.strip():
            yield from _contexts_of_line(line, where=f"{name}, line {number}")


def _contexts_of_line(line: str, *, where: str) -> list[FeedbackContext]:
    try:
        record = json.loads(line)
        turns = [Turn(role=str(turn["role"]), text=_text(turn["content"])) for turn in record["messages"]]
        identity = str(record["id"])
    except (ValueError, KeyError, TypeError) as error:
        message = (
            f'{where} cannot be scored: each line must be {{"id": …, "messages": [{{"role": …, "content": …}}, …]}} '
            f"({type(error).__name__}: {error})."
        )
        raise HarkenError(message) from error
    return contexts_of(turns, conversation=identity)


def _text(content: Any) -> str:
    """Return a message's plain text: content is text, null, or a list of parts."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content.encode(errors="replace").decode()
    return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
