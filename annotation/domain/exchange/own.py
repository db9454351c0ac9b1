"""What `export_annotations` wrote, in this installation or in another: a queue, then its annotations."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from annotation.domain.exchange.records import LeftOut, Why
from curation.domain.corpus.records import RefusalReason
from curation.domain.errors import HarkenError
from curation.domain.importers.importing import JsonObject, RecordError, moment_of, required_text, wrong_type

FORMAT = "harken_annotations/1"
JUDGED, MODEL, FIRST_ROUND = "judged", "model", 1
# The last word on a task is no vote: its line says so, and an import leaves it out.
DECIDED, ADJUDICATOR = "decided", "adjudicator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An answer that was asked about: its id where the file was written, and the hash of its text."""

    response: str
    content_hash: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnAnnotation:
    """A standing judgement of the file, about answers by the ids that they have there."""

    uuid: str
    source_id: str
    annotator: str
    is_model: bool
    answer: Mapping[str, Any]
    order_shown: Sequence[str]
    asked: Sequence[Asked]
    way: Mapping[str, str] = field(default_factory=dict)
    at: datetime | None = None
    active_ms: int | None = None
    wall_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnProject:
    """A queue as it was written down."""

    name: str
    protocol: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    guideline: str = ""
    annotations: Sequence[OwnAnnotation] = ()


def read_own(head: JsonObject, lines: Iterable[JsonObject], *, left_out: LeftOut) -> OwnProject:
    """Read a queue with its standing judgements; raises HarkenError where its first line does not tell the queue."""
    settings, guidelines = head.get("settings") or {}, head.get("guidelines") or {}
    name, protocol = head.get("queue"), head.get("protocol")
    is_told = isinstance(name, str) and isinstance(protocol, str) and name.strip()
    if not is_told or not isinstance(settings, dict) or not isinstance(guidelines, dict):
        message = (
            "The first line of this file does not name its queue, protocol, settings and guidelines. "
            "Write it anew with export_annotations."
        )
        raise HarkenError(message)
    newest = max(guidelines, key=lambda version: (len(version), version), default="")
    return OwnProject(
        name=str(name).strip()[:120],
        protocol=str(protocol),
        settings=settings,
        guideline=str(guidelines.get(newest, "")),
        annotations=list(_standing(lines, left_out)),
    )


def _standing(lines: Iterable[JsonObject], left_out: LeftOut) -> Iterator[OwnAnnotation]:
    """Yield the newest act of each annotator on each task where it is a judgement."""
    newest: dict[tuple[str, str], JsonObject] = {}
    for number, line in enumerate(lines, start=2):
        if line.get("act") == DECIDED:
            left_out.add(Why.DECISION, where=f"line {number}")
            continue
        key = (str(line.get("task")), str(line.get("annotator")))
        before = newest.get(key)
        if line.get("round", FIRST_ROUND) != FIRST_ROUND:
            left_out.add(Why.ROUND, where=f"line {number}")
            continue
        if before is not None:
            left_out.add(Why.ACTS, where=f"line {number}")
        if before is None or _revision(line) >= _revision(before):
            newest[key] = line
    for line in newest.values():
        yield from _read(line, left_out)


def _read(line: JsonObject, left_out: LeftOut) -> Iterator[OwnAnnotation]:
    where = str(line.get("annotation"))[:40]
    why = _why_not(line)
    if why is not None:
        left_out.add(why, where=where)
        return
    try:
        yield _annotation(line)
    except RecordError:
        left_out.add(Why.UNREADABLE, where=where)


def _why_not(line: JsonObject) -> Why | None:
    if line.get("act") != JUDGED:
        return Why.ACTS
    if line.get("is_gold"):
        return Why.GOLD
    return Why.MESSAGE if str(line.get("subject")).startswith("message:") else None


def _annotation(line: JsonObject) -> OwnAnnotation:
    answer, shown = line.get("answer"), line.get("order_shown") or []
    if not isinstance(answer, dict) or not answer:
        raise wrong_type("answer", value=answer, wanted="an object")
    if not isinstance(shown, list) or not all(isinstance(each, str) for each in shown):
        raise wrong_type("order_shown", value=shown, wanted="a list of ids")
    way = line.get("way") or {}
    if not isinstance(way, dict) or not all(isinstance(each, str) for each in way.values()):
        raise wrong_type("way", value=way, wanted="an object of words")
    return OwnAnnotation(
        uuid=required_text(line, "annotation"),
        source_id=str(line.get("source_id") or ""),
        annotator=required_text(line, "annotator"),
        is_model=line.get("annotator_kind") == MODEL,
        answer=answer,
        order_shown=shown,
        asked=_asked(line, shown),
        way=way,
        at=moment_of(line.get("created_at")),
        active_ms=_milliseconds(line, "active_ms"),
        wall_ms=_milliseconds(line, "wall_ms"),
    )


def _asked(line: JsonObject, shown: Sequence[str]) -> list[Asked]:
    """Return the answers in the order of storing; a file of an earlier version names them as shown, without hashes."""
    listed = line.get("asked")
    found = [
        Asked(response=required_text(each, "response"), content_hash=str(each.get("content_hash") or ""))
        for each in (listed if isinstance(listed, list) else ())
        if isinstance(each, Mapping)
    ]
    found = found or [Asked(response=each) for each in shown]
    if not found:
        raise RecordError(RefusalReason.MISSING_FIELD, "This line names no answer that was asked about.")
    return found


def _revision(line: JsonObject) -> int:
    revision = line.get("revision")
    return revision if isinstance(revision, int) else 0


def _milliseconds(line: JsonObject, name: str) -> int | None:
    value = line.get(name)
    is_time = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31
    return value if is_time else None
