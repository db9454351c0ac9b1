"""Messages a second of each detector, against the bare encoder: `python -m benchmarks.mining`.

A message is one that detectors read: a user's, after the first response; a detector gets it with the response and the
requests before it, in batches as a run does. The bare encoder embeds, in one call, the texts of these messages alone
("messages"), or each message and its response as two texts ("with responses"), or the very texts that the embedding
detector had embedded ("same texts"). Everything reads one slice after another, so that all suffer alike from what else
the machine does, and nothing reads a message twice. Detectors that ask a language model are left out: their speed is
the endpoint's.
"""

import argparse
import json
import random
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from curation.demo import corpus_files
from feedback_mining.detectors import build_detector
from feedback_mining.domain.contexts import FeedbackContext, contexts_of
from feedback_mining.domain.detection import DetectorTools
from language_models.embedders import Embedder, Vectors
from language_models.embedders.local import LocalEmbedder

SLICE = 256
WARM_UP = 64
DETECTORS = ("phrases", "embedding", "cascade")
BARE = "bare encoder, messages"


class Turn:
    """A message of the corpus."""

    is_repeat = False

    def __init__(self, role: str, text: str) -> None:
        self.role, self.text = role, text


class NotingEmbedder:
    """An embedder that notes what it was asked to embed."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.model_name, self.name, self.dimension = embedder.model_name, embedder.name, embedder.dimension
        self.texts: list[str] = []

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector per text, in order."""
        self.texts += texts
        return self._embedder.embed(texts)


def main() -> None:
    """Print a table and write the figures as JSON."""
    asked = _arguments()
    warm_up, contexts = _warm_up_and_measured(list(_contexts(asked.file)), count=asked.messages)
    embedder = NotingEmbedder(LocalEmbedder())
    embedder.embed(["The model is loaded with the first text."])
    detectors = {name: build_detector(name, tools=DetectorTools(embedder=embedder)) for name in DETECTORS}
    for detector in detectors.values():
        detector.detect(warm_up)
    used: dict[str, float] = defaultdict(float)
    clock: dict[str, float] = defaultdict(float)
    for start in range(0, len(contexts), SLICE):
        for name, work in _parts(contexts[start : start + SLICE], embedder=embedder, detectors=detectors):
            seconds, processor = _measured(work)
            clock[name] += seconds
            used[name] += processor
    _write(clock, used, count=len(contexts), out=asked.out)


def _parts(
    contexts: Sequence[FeedbackContext], *, embedder: NotingEmbedder, detectors: Mapping[str, Any]
) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield what is measured on a slice, by name."""
    texts = [context.text for context in contexts]
    yield BARE, partial(embedder.embed, texts)
    yield (
        "bare encoder, with responses",
        partial(embedder.embed, [*texts, *(each.response for each in contexts)]),
    )
    for name, detector in detectors.items():
        embedder.texts = []
        yield name, partial(detector.detect, contexts)
        if name == "embedding":
            yield "bare encoder, same texts", partial(embedder.embed, list(embedder.texts))


def _write(clock: Mapping[str, float], used: Mapping[str, float], *, count: int, out: Path) -> None:
    rows: list[dict[str, Any]] = [
        {
            "what": name,
            "per_second": round(count / clock[name], 1),
            "per_cpu_second": round(count / max(used[name], 1e-9), 1),
            "of_bare": round(used[BARE] / max(used[name], 1e-9), 2),
        }
        for name in clock
    ]
    for row in rows:
        sys.stdout.write(
            "{what:<30} {per_second:>9.1f}/s {per_cpu_second:>9.1f}/CPU s  × {of_bare}\n".format(**row)
        )
    out.write_text(json.dumps({"messages": count, "figures": rows}, indent=2) + "\n", encoding="utf-8")


def _measured(work: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds of the clock and of the processor: on a busy machine the clock says little."""
    begun, used = time.perf_counter(), _processor_seconds()
    work()
    return time.perf_counter() - begun, _processor_seconds() - used


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
