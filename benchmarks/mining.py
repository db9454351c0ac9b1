"""Messages a second of each detector, against the bare encoder on the same messages: `python -m benchmarks.mining`.

A message is one that detectors read: a user's, after the first response. The bare encoder embeds the text of each
once, whole, in one call; the detectors read them in batches as a run does, with the responses and requests before
them. They warm up on other messages. Detectors that ask a language model are left out: their speed is the endpoint's.
"""

import argparse
import json
import random
import resource
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from curation.demo import corpus_files
from feedback_mining.detectors import build_detector
from feedback_mining.domain.contexts import FeedbackContext, contexts_of
from feedback_mining.domain.detection import DetectorTools
from language_models.embedders.local import LocalEmbedder

BATCH = 256
WARM_UP = 64
DETECTORS = ("phrases", "embedding", "cascade")


class Turn:
    """A message of the corpus."""

    is_repeat = False

    def __init__(self, role: str, text: str) -> None:
        self.role, self.text = role, text


def main() -> None:
    """Print a table and write the figures as JSON."""
    asked = _arguments()
    warm_up, contexts = _warm_up_and_measured(list(_contexts(asked.file)), count=asked.messages)
    embedder = LocalEmbedder()
    embedder.embed(["The model is loaded with the first text."])
    tools = DetectorTools(embedder=embedder)
    texts = [context.text for context in contexts]
    bare = _measured(lambda: embedder.embed(texts), count=len(contexts))
    rows = [{"what": "bare encoder", **bare}]
    for name in DETECTORS:
        detector = build_detector(name, tools=tools)
        detector.detect(warm_up)
        rows.append({"what": name, **_measured(partial(_read, detector, contexts), count=len(contexts))})
    for row in rows:
        row["of_bare"] = round(row["per_cpu_second"] / bare["per_cpu_second"], 2)
        sys.stdout.write(
            "{what:<14} {per_second:>9.1f}/s {per_cpu_second:>9.1f}/CPU s  × {of_bare}\n".format(**row)
        )
    asked.out.write_text(json.dumps({"messages": len(contexts), "figures": rows}, indent=2) + "\n")


def _read(detector: Any, contexts: list[FeedbackContext]) -> None:
    for start in range(0, len(contexts), BATCH):
        detector.detect(contexts[start : start + BATCH])


def _measured(work: Callable[[], object], *, count: int) -> dict[str, Any]:
    """Return messages a second by the clock and by the processor: on a busy machine the clock says little."""
    begun, used = time.perf_counter(), _processor_seconds()
    work()
    seconds, processor = time.perf_counter() - begun, _processor_seconds() - used
    return {
        "seconds": round(seconds, 2),
        "per_second": round(count / seconds, 1),
        "per_cpu_second": round(count / max(processor, 1e-9), 1),
    }


def _processor_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _warm_up_and_measured(
    contexts: list[FeedbackContext], *, count: int
) -> tuple[list[FeedbackContext], list[FeedbackContext]]:
    """Return messages to warm up on, and those to measure, of other conversations: sentences are remembered."""
    warm_up = contexts[:WARM_UP]
    known = {context.conversation for context in warm_up}
    return warm_up, [context for context in contexts if context.conversation not in known][:count]


def _contexts(path: Path | None) -> Iterator[FeedbackContext]:
    """Yield the contexts of a file, or of the demo corpus in random order."""
    files = [path] if path else corpus_files()
    records = [record for file in files for record in _records(file)]
    random.Random(7).shuffle(records)
    for record in records:
        turns = [Turn(each["role"], str(each.get("content") or "")) for each in record["messages"]]
        yield from contexts_of(turns, conversation=str(record["id"]), language=record.get("language", ""))


def _records(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_bytes().split(b"\n"):
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict) and isinstance(record.get("messages"), list) and "id" in record:
            yield record


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mining", description=__doc__)
    parser.add_argument("--file", type=Path, help='lines {"id", "messages": [{"role", "content"} …]}')
    parser.add_argument("--messages", type=int, default=2_000, help="at most so many")
    parser.add_argument("--out", type=Path, default=Path("mining.json"))
    return parser.parse_args()


if __name__ == "__main__":
    main()
