"""Langfuse: exported traces, observations and scores, alone or together, and the events that its clients send."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import NamedTuple

from curation.domain.corpus.records import JsonValue, Position, Refusal, RefusalReason, weight_of
from curation.domain.importers.column_mapping import ColumnMapping
from curation.domain.importers.feedback_marks import number_of, thumb_of
from curation.domain.importers.importing import (
    Head,
    Imported,
    JsonObject,
    RecordError,
    all_or_refused,
    label_of,
    moment_of,
    object_of,
    read_or_refused,
)
from curation.domain.importers.json_decoding import JsonRecord
from curation.domain.importers.json_reading import json_records
from curation.domain.importers.reading import Source
from curation.domain.importers.record_fields import mean_of
from curation.domain.importers.traced_calls import Thread, TracedCall, conversations_of_thread
from curation.domain.versions.grouping import ENTRY_WEIGHT, OpenGroups

TRACE, OBSERVATION, SCORE = "trace", "observation", "score"
_GENERATIONS = {"GENERATION", "generation"}
_LISTS = {"data": "", "traces": TRACE, "observations": OBSERVATION, "scores": SCORE}
_EVENTS = {
    "trace": TRACE,
    "generation": OBSERVATION,
    "observation": OBSERVATION,
    "span": OBSERVATION,
    "event": OBSERVATION,
    "score": SCORE,
}


class Row(NamedTuple):
    """One trace, observation or score; `units` is 1 for the first of its record."""

    kind: str
    fields: JsonObject
    position: Position
    units: int


@dataclass(slots=True, kw_only=True)
class _Trace:
    """What became known of one trace."""

    id: str
    about: Row | None = None
    observations: list[Row] = field(default_factory=list)
    scores: list[Row] = field(default_factory=list)

    @property
    def rows(self) -> list[Row]:
        """Every row of the trace."""
        return [*([self.about] if self.about else []), *self.observations, *self.scores]

    def said(self, *keys: str) -> str:
        """Return the first of these fields that any of its rows has, in either spelling."""
        return next((found for row in self.rows if (found := _text(row.fields, *keys))), "")


class LangfuseImporter:
    """Traces of one session are one conversation, a trace without a session is one by itself.

    The generations of a trace are read where they hold messages, else its own input and output. A score of a
    generation is one of its answer; a score of the trace, of its last answer.
    """

    name = "langfuse"
    title = "Langfuse"

    def sniff(self, head: Head) -> float:
        """Return the share of first records that are traces, observations, scores or events of Langfuse."""
        return 0.97 * head.share_of(_fits)

    def read(self, source: Source, *, mapping: ColumnMapping | None = None) -> Iterator[Imported]:
        """Yield the conversations; units count the records of the file."""
        return _Sessions(source).read()


class _Sessions:
    """Gathers the rows of each trace, then the traces of each session."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._traces: OpenGroups[str, Row] = OpenGroups()
        self._sessions: OpenGroups[str, _Trace] = OpenGroups()

    def read(self) -> Iterator[Imported]:
        for record in json_records(self._source):
            rows = read_or_refused(record, read=_rows_of)
            if isinstance(rows, Refusal):
                yield rows
                continue
            for row in rows:
                for closed in self._traces.add(_trace_of(row), row, weight=weight_of(row.fields)):
                    yield from self._close_trace(closed)
        for closed in self._traces.close_all():
            yield from self._close_trace(closed)
        for traces in self._sessions.close_all():
            yield from _session_read(traces)

    def _close_trace(self, rows: list[Row]) -> Iterator[Imported]:
        trace = _gathered(rows)
        session = trace.said("sessionId", "session_id") or f"trace {trace.id}"
        weight = sum(ENTRY_WEIGHT + weight_of(row.fields) for row in rows)
        for traces in self._sessions.add(session, trace, weight=weight):
            yield from _session_read(traces)


def _rows_of(record: JsonRecord) -> list[Row]:
    """Return what a record holds; raises RecordError where nothing of it is Langfuse's."""
    found = list(_flattened(object_of(record), kind=""))
    if not found:
        raise RecordError(
            RefusalReason.MISSING_FIELD, "This record is neither a trace nor an observation nor a score."
        )
    return [
        Row(kind, fields, record.position, int(number == 0)) for number, (kind, fields) in enumerate(found)
    ]


def _flattened(fields: JsonObject, *, kind: str) -> Iterator[tuple[str, JsonObject]]:
    if isinstance(fields.get("batch"), list):
        for event in _objects(fields["batch"]):
            named = str(event.get("type", "")).partition("-")[0]
            for body in _objects([event.get("body")]):
                marked = {"type": body.get("type") or "GENERATION"} if named == "generation" else {}
                yield from _flattened({**body, **marked}, kind=_EVENTS.get(named, ""))
        return
    if isinstance(fields.get("trace"), Mapping):
        yield from _flattened(fields["trace"], kind=TRACE)
    own = kind or _kind_of(fields)
    if own:
        yield own, fields
    for key, inner_kind in _LISTS.items():
        above = {"traceId": fields["id"]} if own == TRACE and "id" in fields else {}
        for each in _objects(fields.get(key)):
            yield from _flattened({**above, **each}, kind=inner_kind)


def _objects(values: JsonValue) -> Iterator[JsonObject]:
    """Yield the objects of a list, none for what is no list."""
    for each in values if isinstance(values, list) else ():
        if isinstance(each, Mapping):
            yield each


def _kind_of(fields: JsonObject) -> str:
    if "traces" in fields or "data" in fields:
        return ""
    is_of_trace = bool(_text(fields, "traceId", "trace_id"))
    if {"value", "stringValue"} & set(fields) and "name" in fields and "input" not in fields:
        return SCORE if is_of_trace or _text(fields, "sessionId", "session_id") else ""
    if is_of_trace and {"type", "startTime", "start_time", "input", "output"} & set(fields):
        return OBSERVATION
    return TRACE if "id" in fields and {"input", "output", "observations"} & set(fields) else ""


def _trace_of(row: Row) -> str:
    """Return the id of the trace that a row belongs to; a session's score belongs to none, but to its session."""
    own = _text(row.fields, "id") if row.kind == TRACE else _text(row.fields, "traceId", "trace_id")
    return own or f"of session {_text(row.fields, 'sessionId', 'session_id')}"


def _gathered(rows: list[Row]) -> _Trace:
    trace = _Trace(id=_trace_of(rows[0]))
    for row in _merged(rows):
        if row.kind == TRACE and trace.about is None:
            trace.about = row
        elif row.kind == SCORE:
            trace.scores.append(row)
        else:
            trace.observations.append(row)
    return trace


def _merged(rows: list[Row]) -> list[Row]:
    """Return the rows, those of one kind and id as one: clients send first what was asked, and later the answer."""
    found: dict[tuple[str, str | int], Row] = {}
    for number, row in enumerate(rows):
        key = (row.kind, _text(row.fields, "id") or number)
        found[key] = _updated(found[key], row) if key in found else row
    return list(found.values())


def _updated(earlier: Row, later: Row) -> Row:
    known = {key: value for key, value in later.fields.items() if value is not None}
    return earlier._replace(fields={**earlier.fields, **known}, units=earlier.units + later.units)


def _session_read(traces: list[_Trace]) -> list[Imported]:
    rows = [row for trace in traces for row in trace.rows]
    units = sum(row.units for row in rows)
    return all_or_refused(partial(_conversations_of, traces), position=rows[0].position, units=units)


def _conversations_of(traces: list[_Trace]) -> Iterator[Imported]:
    """Yield the conversations of a session."""
    session = next((said for trace in traces if (said := trace.said("sessionId", "session_id"))), "")
    calls = [call for trace in traces for call in _calls_of(trace)]
    thread = Thread(
        id=session or traces[0].id,
        user=next((said for trace in traces if (said := trace.said("userId", "user_id"))), ""),
        tags=tuple(dict.fromkeys(tag for trace in traces for tag in _tags_of(trace))),
    )
    yield from conversations_of_thread(thread, calls)


def _calls_of(trace: _Trace) -> list[TracedCall]:
    """Return the calls of a trace: its generations, else itself; the first accounts for all other rows.

    An answer of which nothing tells what was asked comes as a call of its own, and will be refused by name.
    """
    spoken, lost = _generations_of(trace)
    rows = spoken or [trace.about or next(iter(trace.rows))]
    scores = _scores_by_observation(trace)
    calls = [_call_of(row, trace=trace, scores=scores) for row in rows]
    calls.sort(key=lambda call: (call.at is not None, call.at))
    first, *rest = calls
    units = sum(row.units for row in trace.rows) - sum(row.units for row in lost)
    counted = [replace(first, units=units), *(replace(call, units=0) for call in rest)]
    last = counted[-1]
    marks = (*last.marks, *_inline_scores(trace), *_marks_of(scores.get("", [])))
    unasked = [replace(_call_of(row, trace=trace, scores=scores), units=row.units) for row in lost]
    return [*counted[:-1], replace(last, marks=marks), *unasked]


def _generations_of(trace: _Trace) -> tuple[list[Row], list[Row]]:
    """Return the generations that were asked something, and those of which an answer alone is known."""
    generations = [row for row in trace.observations if _is_generation(row)]
    spoken = [row for row in generations if row.fields.get("input") is not None]
    lost = [
        row for row in generations if row.fields.get("input") is None and row.fields.get("output") is not None
    ]
    if spoken:
        return spoken, lost
    is_told = trace.about is not None and trace.about.fields.get("input") is not None
    # The trace itself says what was asked and answered, or else the answers are all that there is.
    return ([], []) if is_told else (lost[:1], lost[1:])


def _scores_by_observation(trace: _Trace) -> dict[str, list[Row]]:
    """Return the scores of each observation by its id, those of the whole trace under ""."""
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in trace.scores:
        found[_text(row.fields, "observationId", "observation_id")].append(row)
    return found


def _call_of(row: Row, *, trace: _Trace, scores: Mapping[str, list[Row]]) -> TracedCall:
    own = _text(row.fields, "id")
    when = next(
        (row.fields[key] for key in ("startTime", "start_time", "timestamp") if row.fields.get(key)), None
    )
    return TracedCall(
        id=own or trace.id,
        given=row.fields.get("input"),
        answered=row.fields.get("output"),
        position=row.position,
        at=moment_of(when),
        model=_text(row.fields, "model", "providedModelName"),
        marks=_marks_of(scores.get(own, [])) if own else (),
    )


def _is_generation(row: Row) -> bool:
    kind = _text(row.fields, "type")
    return kind in _GENERATIONS or (not kind and bool(_text(row.fields, "model")))


def _marks_of(scores: list[Row]) -> tuple[tuple[str, float], ...]:
    return tuple(mark for row in scores if (mark := _mark_of(row.fields)) is not None)


def _mark_of(score: JsonObject) -> tuple[str, float] | None:
    """Return a score as name and number; a category is a name of its own, and the value 1."""
    name, value = _text(score, "name") or "score", score.get("value")
    number = number_of(value)
    if number is not None and not (
        isinstance(score.get("stringValue"), str) and score.get("dataType") == "CATEGORICAL"
    ):
        return name, number
    words = score.get("stringValue") or value
    if not isinstance(words, str) or not words.strip():
        return None
    thumb = thumb_of(words)
    return (name, thumb) if thumb is not None else (f"{name}: {words[:60]}", 1.0)


def _inline_scores(trace: _Trace) -> Iterator[tuple[str, float]]:
    """Yield the scores of an exported table, which are columns of the trace's row: name → value or values."""
    listed = trace.about.fields.get("scores") if trace.about else None
    for name, values in listed.items() if isinstance(listed, Mapping) else ():
        numbers = [number_of(value) for value in (values if isinstance(values, list) else [values])]
        known = [number for number in numbers if number is not None]
        if known:
            yield name, mean_of(known)


def _tags_of(trace: _Trace) -> list[str]:
    tags: JsonValue = trace.about.fields.get("tags") if trace.about else None
    return [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []


def _text(fields: JsonObject, *keys: str) -> str:
    # The type is asked for exactly: true and false are numbers too, and no name.
    return label_of({key: fields[key] for key in keys if type(fields.get(key)) in (str, int)}, *keys)


def _fits(record: JsonObject) -> bool:
    """Say whether a record has fields that are Langfuse's own."""
    if any(isinstance(record.get(key), list) for key in ("batch", "traces")):
        return any(kind for kind, _ in _flattened(record, kind=""))
    if isinstance(record.get("trace"), Mapping) and "observations" in record:
        return True
    own = {"traceId", "observationId", "sessionId", "parentObservationId", "htmlPath"} & set(record)
    return bool(own) and bool(_kind_of(record))
