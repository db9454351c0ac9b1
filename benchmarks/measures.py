"""The measures of one size: import, import again, lists, words, search, and export."""

import argparse
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings

from benchmarks.corpus import WORDS, write_conversations, write_preferences
from benchmarks.vectors import MODEL, seed_vectors, some_vectors
from benchmarks.watching import Took, watched
from benchmarks.yardsticks import MOST_MESSAGES, raw_copy, raw_parquet
from curation.domain.corpus.finding import ConversationFilters
from curation.models import Conversation, Job, Message, ModelVersion, Project
from curation.queries.corpus.finding import conversation_page
from curation.queries.corpus.meaning import Meaning, nearest_hits
from curation.queries.corpus.search import word_hits
from curation.services.access.people import ensure_project
from curation.services.enrichers.word_index import run_word_index
from curation.services.exporters.export_files import write_export
from curation.services.exporters.export_requests import ExportRequest
from curation.services.importers.imports import open_import, run_import
from curation.services.versions.datasets import ensure_dataset, freeze_dataset

Row = dict[str, Any]
ANYTHING = ConversationFilters()
# Each question is asked so often; the first time is not counted.
TIMES = 40
PREFERENCES_PER_CONVERSATION = 0.1


def measure_size(size: int, *, folder: Path, asked: argparse.Namespace) -> Iterator[Row]:
    """Yield the figures of a corpus of this many conversations."""
    project = ensure_project(slug="large")
    path = write_conversations(folder, count=size, generator=asked.generator)
    for row in _measures(project, path, size=size, asked=asked):
        yield {"size": size, **row}


def _measures(project: Project, path: Path, *, size: int, asked: argparse.Namespace) -> Iterator[Row]:
    yield from _imports(project, path)
    yield from _lists(project)
    if "words" not in asked.skip:
        yield from _words(project)
    if "meaning" not in asked.skip:
        yield from _meaning(project, at_most=asked.vectors)
    if "export" not in asked.skip:
        yield from _exports(path.parent, count=int(size * PREFERENCES_PER_CONVERSATION))


def _imports(project: Project, path: Path) -> Iterator[Row]:
    conversations, took = _import(project, path)
    messages = Message.objects.for_project(project).count()
    size, raw = raw_copy(path.parent)
    # The raw COPY holds the first of the messages alone, so what one takes is compared.
    ratio = (took.seconds / messages) / (raw.seconds / min(messages, MOST_MESSAGES))
    yield _row("import", took, count=conversations, ratio=ratio, megabytes=path.stat().st_size / 1e6)
    yield _row("raw COPY of the messages", raw, count=None, megabytes=size / 1e6)
    again, took = _import(project, path)
    yield _row("import again: nothing new", took, count=again)


def _import(project: Project, path: Path) -> tuple[int, Took]:
    with watched() as took:
        job = run_import(job_id=open_import(project=project, paths=[path]).pk)
    assert job is not None
    return job.result["read"], took


def _lists(project: Project) -> Iterator[Row]:
    model = ModelVersion.objects.for_project(project).first()
    deep = Conversation.objects.for_project(project).order_by("id").values_list("uuid", flat=True)
    middle = deep[deep.count() // 2]
    questions: dict[str, Callable[[int], object]] = {
        "list: first page": lambda _at: conversation_page(project, filters=ANYTHING),
        "list: in the middle": lambda _at: conversation_page(project, filters=ANYTHING, before=middle),
        "list: of one model": lambda _at: conversation_page(
            project, filters=ConversationFilters(model=model.uuid if model else None)
        ),
    }
    for what, ask in questions.items():
        yield _timed(what, ask)


def _words(project: Project) -> Iterator[Row]:
    # The import rang for it.
    job = Job.objects.for_project(project).get(kind="words")
    with watched() as took:
        done = run_word_index(job_id=job.pk)
    assert done is not None
    yield _row("word index", took, count=done.result["messages"])
    common, rare = _words_of(project)
    neighbour = ensure_project(slug="small")
    yield _timed("search: common word", _asking(project, common))
    yield _timed("search: rare word", _asking(project, rare))
    yield _timed(
        "search: two words", _asking(project, [f"{a} {b}" for a, b in zip(common, rare, strict=True)])
    )
    yield _timed("search: prefix", _asking(project, [f"{word[:3]}*" for word in rare]))
    yield _timed("search: small project beside it", _asking(neighbour, common))


def _words_of(project: Project) -> tuple[list[str], list[str]]:
    """Return frequent and rare words of the newest messages, as many of each."""
    texts = Message.objects.for_project(project).order_by("-id").values_list("text", flat=True)[:200]
    words = [word for text in texts for word in text.lower().split() if word.isascii() and word.isalpha()]
    found, counts = np.unique(words or WORDS, return_counts=True)
    ordered = [str(found[at]) for at in np.argsort(-counts)]
    return ordered[:20], ordered[-20:]


def _asking(project: Project, questions: Iterable[str]) -> Callable[[int], object]:
    asked = list(questions)
    return lambda at: word_hits(project, question=asked[at % len(asked)], filters=ANYTHING)


def _meaning(project: Project, *, at_most: int) -> Iterator[Row]:
    count, took = seed_vectors(project, count=at_most)
    yield _row("synthetic vectors with their index", took, count=count)
    vectors = some_vectors(TIMES + 1)
    yield _timed(
        "search: meaning (synthetic vectors)",
        lambda at: nearest_hits(
            project, meaning=Meaning(vector=vectors[at].tolist(), model=MODEL), filters=ANYTHING
        ),
    )


def _exports(folder: Path, *, count: int) -> Iterator[Row]:
    project = ensure_project(slug="preferences")
    read, took = _import(project, write_preferences(folder, count=count))
    yield _row("import of preferences", took, count=read)
    recipe = {"sources": ["comparisons"], "splits": {"train": 1.0, "validation": 0.0, "test": 0.0}}
    dataset = ensure_dataset(project=project, name="bench", recipe=recipe, actor=None)
    with watched() as took:
        version = freeze_dataset(dataset=dataset)
    yield _row("freeze", took, count=version.row_count)
    raw = None
    for ending in (".jsonl", ".parquet"):
        path = Path(settings.VAR) / f"export{ending}"
        with watched() as took:
            write_export(version, wanted=ExportRequest(ending=ending), path=path)
        raw = raw or raw_parquet(path)
        yield _row(f"export {ending}", took, count=version.row_count, ratio=took.seconds / raw.seconds)


def _timed(what: str, ask: Callable[[int], object]) -> Row:
    ask(0)
    seconds = []
    with watched() as took:
        for at in range(TIMES):
            begun = time.perf_counter()
            ask(at + 1)
            seconds.append(time.perf_counter() - begun)
    p50, p95 = np.percentile(seconds, [50, 95]) * 1000
    return {"what": what, "p50_ms": round(float(p50), 2), "p95_ms": round(float(p95), 2), **took.as_row()}


def _row(
    what: str,
    took: Took,
    *,
    count: int | None,
    ratio: float | None = None,
    megabytes: float | None = None,
) -> Row:
    row: Row = {"what": what, **took.as_row()}
    if count is not None:
        row |= {"count": count, "per_second": round(count / took.seconds, 1)}
    if ratio is not None:
        row["ratio"] = round(ratio, 2)
    if megabytes is not None:
        row["megabytes"] = round(megabytes, 1)
    return row
