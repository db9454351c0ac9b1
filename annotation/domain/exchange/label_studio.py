"""Tasks of Label Studio in its JSON export, alone or with the project that they are of."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from annotation.domain.exchange.records import ForeignRecord, Kind, LeftOut, Said, Why
from curation.domain.corpus.records import JsonValue, RefusalReason
from curation.domain.importers.importing import JsonObject, RecordError, json_type, label_of, moment_of
from curation.domain.importers.judged_answers import JudgedAnswers

# Entries of a ranked list are answers under this name and their id, as the importer of conversations names them.
ENTRY = "entry "
_MOST_MS = 2**31 - 1
_SPANS = {"labels", "hypertextlabels", "paragraphlabels", "textlabels"}


class _Giver(NamedTuple):
    """Who annotated, when, and how long it took."""

    person: str
    at: datetime | None
    wall_ms: int | None


def is_label_studio(record: JsonObject) -> bool:
    """Say whether a record is a task with annotations."""
    return isinstance(record.get("data"), Mapping) and isinstance(record.get("annotations"), list)


def read_task(record: JsonObject, *, left_out: LeftOut) -> ForeignRecord:
    """Return a task with what people submitted; raises RecordError where nothing in it was asked."""
    shown = record.get("data")
    if not isinstance(shown, Mapping):
        message = f'The field "data" is {json_type(shown)}, not the fields that were shown.'
        raise RecordError(RefusalReason.WRONG_TYPE, message)
    key = label_of(record, "id")
    fields, listed = _parted(shown)
    judged = JudgedAnswers(fields, listed=listed)
    left_out.add(Why.SUGGESTION, where=key, count=len(_objects(record.get("predictions"))))
    left_out.add(Why.DRAFT, where=key, count=len(_objects(record.get("drafts"))))
    said: list[Said] = []
    for annotation in _objects(record.get("annotations")):
        if annotation.get("was_cancelled"):
            left_out.add(Why.DISCARDED, where=key)
        else:
            giver = _giver_of(annotation)
            said += (_said(each, giver) for each in _objects(annotation.get("result")))
    bare = {"id": key, "data": dict(shown), "annotations": [], "predictions": record.get("predictions") or []}
    return ForeignRecord(key=key, shown=bare, judged=judged, said=said)


def _parted(shown: JsonObject) -> tuple[JsonObject, dict[str, str]]:
    """Return the fields without lists of ranked entries, and those entries by name."""
    fields = dict(shown)
    listed: dict[str, str] = {}
    for field, value in shown.items():
        entries = [each for each in _objects(value) if "id" in each and "role" not in each]
        if entries:
            del fields[field]
        for each in entries:
            listed[ENTRY + label_of(each, "id")] = label_of(each, "body", "text", "html", "title")
    return fields, listed


def _said(result: JsonObject, giver: _Giver) -> Said:
    value = result.get("value")
    kind, said = _kind_and_value(label_of(result, "type"), value if isinstance(value, Mapping) else {})
    shown = tuple(label_of(result, "to_name").split(","))
    return Said(
        question=label_of(result, "from_name"),
        kind=kind,
        value=said,
        person=giver.person,
        answer=shown[0] if len(shown) == 1 else "",
        among=shown if kind is Kind.CHOICE and len(shown) > 1 else (),
        at=giver.at,
        wall_ms=giver.wall_ms,
    )


def _kind_and_value(kind: str, value: JsonObject) -> tuple[Kind, JsonValue]:
    if kind == "pairwise":
        return Kind.CHOICE, _only(value.get("selected"))
    if kind == "ranker":
        return Kind.RANKING, _order_in(value.get("ranker"))
    if kind in ("rating", "number"):
        return Kind.RATING, value.get("rating", value.get("number"))
    if kind == "choices":
        only = _only(value.get("choices"))
        return (Kind.CHOICE, only) if only else (Kind.LABELS, value.get("choices"))
    if kind == "textarea":
        words = value.get("text")
        lines = words if isinstance(words, list) else [words]
        return Kind.TEXT, "\n".join(line for line in lines if isinstance(line, str))
    return (Kind.SPANS if kind in _SPANS else Kind.UNKNOWN), None


def _order_in(ranker: JsonValue) -> JsonValue:
    """Return ids, best first, of a list or of the one bucket that they were sorted into; None for several.

    "_" holds what was left where it was, so it is an order only where nothing was moved out of it.
    """
    if isinstance(ranker, Mapping):
        buckets = [ids for name, ids in ranker.items() if name != "_" and isinstance(ids, list) and ids]
        ranker = buckets[0] if len(buckets) == 1 else None if buckets else ranker.get("_")
    return [f"{ENTRY}{each}" for each in ranker] if isinstance(ranker, list) else None


def _giver_of(annotation: JsonObject) -> _Giver:
    person = annotation.get("completed_by")
    about = person if isinstance(person, Mapping) else {"id": person}
    seconds = annotation.get("lead_time")
    is_time = isinstance(seconds, int | float) and not isinstance(seconds, bool) and 0 <= seconds < _MOST_MS
    moment = moment_of(annotation.get("updated_at") or annotation.get("created_at"))
    return _Giver(
        person=label_of(about, "id", "email"),
        at=moment,
        wall_ms=min(_MOST_MS, round(seconds * 1000)) if is_time else None,  # type: ignore[operator]
    )


def _only(value: JsonValue) -> str:
    """Return the one text of a list of one, or a text itself; "" for anything else."""
    if isinstance(value, list):
        value = value[0] if len(value) == 1 else ""
    return value if isinstance(value, str) else ""


def _objects(values: JsonValue) -> list[JsonObject]:
    return list(_each_object(values))


def _each_object(values: JsonValue) -> Iterator[JsonObject]:
    for each in values if isinstance(values, list) else ():
        if isinstance(each, Mapping):
            yield each
