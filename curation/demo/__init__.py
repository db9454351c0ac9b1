"""The demo corpus: conversations written for this project (CC0), with labels written before any detector."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueLabel:
    """What the author of a conversation says of one user message.

    `verdicts` are three illustrative readers' opinions (later, earlier, tie, both_bad) on the answer after the
    complaint against the one before it. They were written with the corpus: they show how verdicts work, and are no
    study of agreement.
    """

    conversation: str
    index: int
    criteria: tuple[str, ...]
    span: str
    wish: str
    state: str
    verdicts: tuple[str, ...]


# Records as real logs have them, too: a line that was cut off, an empty one, three that came twice. It is read last,
# so that what it repeats is there already.
ROUGH_EDGES = "rough_edges.jsonl"


def corpus_files() -> list[Path]:
    """Return the files of the corpus, in a fixed order."""
    files = sorted((FOLDER / "corpus").glob("*.jsonl"))
    return sorted(files, key=lambda path: path.name == ROUGH_EDGES)


def true_labels() -> Iterator[TrueLabel]:
    """Yield the label of every user message after a first response."""
    for path in sorted((FOLDER / "labels").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            yield TrueLabel(
                conversation=record["id"],
                index=record["index"],
                criteria=tuple(record["criteria"]),
                span=record["span"],
                wish=record["wish"],
                state=record["state"],
                verdicts=tuple(record.get("verdicts", ())),
            )
