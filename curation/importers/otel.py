"""OpenTelemetry's GenAI spans and events, as OTLP in JSON: one export request a line, or a file of them.

Read are the current conventions (gen_ai.input.messages and gen_ai.output.messages, on spans or on events), the
older events per message, and the numbered attributes of OpenLLMetry.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from curation.domain.corpus.records import JsonValue, Position, Refusal, RefusalReason, weight_of
from curation.domain.importers.column_mapping import ColumnMapping
from curation.domain.importers.feedback_marks import number_of, thumb_of
from curation.domain.importers.importing import (
    Head,
    Imported,
    JsonObject,
    RecordError,
    all_or_refused,
    object_of,
    read_or_refused,
)
from curation.domain.importers.json_decoding import JsonRecord
from curation.domain.importers.json_reading import json_records
from curation.domain.importers.reading import Source
from curation.domain.importers.traced_calls import Thread, TracedCall, conversations_of_thread
from curation.domain.versions.grouping import OpenGroups

_EVALUATION = "gen_ai.evaluation.result"
_OLDER_EVENTS = {f"gen_ai.{role}.message": role for role in ("system", "user", "assistant", "tool")}
_NUMBERED = re.compile(r"gen_ai\.(prompt|completion)\.([0-9]{1,9})\.(.+)")
# OTLP writes 64-bit integers as text.
_INTEGER = re.compile(r"-?[0-9]{1,20}")
_NANOSECONDS = re.compile(r"[0-9]{1,19}")
_USERS = ("enduser.id", "user.id", "enduser.pseudo.id", "langfuse.user.id")
# A span that does not name its conversation is put to that of its trace, as long as this many traces are remembered.
_REMEMBERED_TRACES = 50_000
_SESSIONS = ("gen_ai.conversation.id", "session.id", "langfuse.session.id")


@dataclass(slots=True, kw_only=True)
class _Span:
    """A span, or a log record of one, with its attributes as plain values."""

    id: str
    trace: str
    attributes: dict[str, JsonValue]
    events: list[tuple[str, dict[str, JsonValue]]]
    at: datetime | None
    position: Position

    @property
    def weight(self) -> int:
        """Return about how many characters it holds."""
        return weight_of(self.attributes) + sum(weight_of(attributes) for _, attributes in self.events)


class OtelImporter:
    """Spans of one gen_ai.conversation.id, or else of one session or trace, are one conversation.

    Units count spans and log records. Those that carry no messages hold no conversation and are told together, once
    for each record of the file.
    """

    name = "otel"
    title = "OpenTelemetry GenAI traces"

    def sniff(self, head: Head) -> float:
        """Return the share of first records that are OTLP requests."""
        return 0.99 * head.share_of(_fits)

    def read(self, source: Source, *, mapping: ColumnMapping | None = None) -> Iterator[Imported]:
        """Yield the conversations of the calls."""
        return _Requests(source).read()


class _Requests:
    """Gathers the spans of each conversation; one that does not name its conversation goes where its trace went."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._groups: OpenGroups[str, _Span] = OpenGroups()
        self._threads: dict[str, str] = {}

    def read(self) -> Iterator[Imported]:
        for record in json_records(self._source):
            spans = read_or_refused(record, read=_told_spans)
            if isinstance(spans, Refusal):
                yield spans
                continue
            told, silent = spans
            if silent or not told:
                yield _without_messages(silent, count=silent + len(told), position=record.position)
            yield from self._add(told)
        for closed in self._groups.close_all():
            yield from _thread_read(closed)

    def _add(self, spans: list[_Span]) -> Iterator[Imported]:
        for span in spans:
            if span.trace and _session_of(span):
                self._threads[span.trace] = _session_of(span)
        while len(self._threads) > _REMEMBERED_TRACES:
            del self._threads[next(iter(self._threads))]
        for span in spans:
            key = _session_of(span) or self._threads.get(span.trace) or span.trace or span.id
            for closed in self._groups.add(key, span, weight=span.weight):
                yield from _thread_read(closed)


def _without_messages(silent: int, *, count: int, position: Position) -> Refusal:
    """Return one refusal for the spans of a record that hold no messages."""
    sentence = (
        f"{silent} of the {count} spans and events of this record carry no GenAI messages, so they hold no"
        " conversation. Recording of messages must be switched on in the instrumentation."
    )
    return Refusal(position=position, reason=RefusalReason.NO_MESSAGES, sentence=sentence, units=silent or 1)


def _thread_read(spans: list[_Span]) -> list[Imported]:
    return all_or_refused(partial(_conversations_of, spans), position=spans[0].position, units=len(spans))


def _conversations_of(spans: list[_Span]) -> Iterator[Imported]:
    """Yield the conversations of gathered spans, each evaluation counted with the call that it is of."""
    calls = [_call_of(span) for span in spans if not _is_evaluation(span)]
    evaluations: defaultdict[str, list[_Span]] = defaultdict(list)
    for span in spans:
        if _is_evaluation(span):
            evaluations[span.id].append(span)
    judged = [_with_evaluations(call, evaluations.pop(call.id, [])) for call in calls]
    session = next((found for span in spans if (found := _session_of(span))), "")
    thread = Thread(
        id=session or spans[0].trace or spans[0].id,
        user=next((found for span in spans if (found := _first(span.attributes, *_USERS))), ""),
        is_lasting=bool(session),
    )
    yield from conversations_of_thread(thread, judged)
    for lost in evaluations.values():
        yield from map(_lost_evaluation, lost)


def _with_evaluations(call: TracedCall, evaluations: list[_Span]) -> TracedCall:
    marks = [mark for span in evaluations if (mark := _mark_of(span.attributes)) is not None]
    return replace(call, marks=(*call.marks, *marks), units=call.units + len(evaluations))


def _lost_evaluation(span: _Span) -> Refusal:
    sentence = (
        f"This evaluation is of span {span.id[:32]}, which is not in this file, so nothing could be scored."
    )
    return Refusal(position=span.position, reason=RefusalReason.PARENT_MISSING, sentence=sentence)


def _is_evaluation(span: _Span) -> bool:
    return span.attributes.get("event.name") == _EVALUATION


def _says_something(span: _Span) -> bool:
    given, answered = _messages_of(span)
    return bool(given) or bool(answered) or _is_evaluation(span)


def _call_of(span: _Span) -> TracedCall:
    given, answered = _messages_of(span)
    return TracedCall(
        id=span.id,
        given=given,
        answered=answered,
        system=_value(span, "gen_ai.system_instructions"),
        position=span.position,
        at=span.at,
        model=_first(span.attributes, "gen_ai.response.model", "gen_ai.request.model"),
        marks=tuple(
            mark
            for name, attributes in span.events
            if name == _EVALUATION and (mark := _mark_of(attributes)) is not None
        ),
    )


def _messages_of(span: _Span) -> tuple[JsonValue, JsonValue]:
    """Return what went in and what came out, in whichever convention the span has."""
    given, answered = _value(span, "gen_ai.input.messages"), _value(span, "gen_ai.output.messages")
    if given or answered:
        return given, answered
    contents = dict(span.events)
    if "gen_ai.content.prompt" in contents:
        out = contents.get("gen_ai.content.completion", {})
        return contents["gen_ai.content.prompt"].get("gen_ai.prompt"), out.get("gen_ai.completion")
    return (
        _from_events(span) if any(name in _OLDER_EVENTS for name, _ in span.events) else _from_numbered(span)
    )


def _value(span: _Span, key: str) -> JsonValue:
    """Return an attribute of the span, or of the event that carries the details of its call."""
    found = span.attributes.get(key)
    return found or next((attributes[key] for _, attributes in span.events if attributes.get(key)), None)


def _from_events(span: _Span) -> tuple[JsonValue, JsonValue]:
    given = [
        {**attributes, "role": attributes.get("role", _OLDER_EVENTS[name])}
        for name, attributes in span.events
        if name in _OLDER_EVENTS
    ]
    choices = [attributes for name, attributes in span.events if name == "gen_ai.choice"]
    return given, choices[0].get("message", choices[0]) if choices else None


def _from_numbered(span: _Span) -> tuple[JsonValue, JsonValue]:
    found: dict[str, dict[int, dict[str, JsonValue]]] = {"prompt": {}, "completion": {}}
    for key, value in span.attributes.items():
        if matched := _NUMBERED.fullmatch(key):
            side, number, name = matched.groups()
            found[side].setdefault(int(number), {})[name] = value
    given, answered = ([rows[number] for number in sorted(rows)] for rows in found.values())
    return given or None, answered or None


def _mark_of(attributes: Mapping[str, JsonValue]) -> tuple[str, float] | None:
    name = str(attributes.get("gen_ai.evaluation.name") or "evaluation")
    number = number_of(attributes.get("gen_ai.evaluation.score.value"))
    label = attributes.get("gen_ai.evaluation.score.label")
    if number is None and isinstance(label, str):
        thumb = thumb_of(label)
        return (name, thumb) if thumb is not None else (f"{name}: {label[:60]}", 1.0)
    return None if number is None else (name, number)


def _session_of(span: _Span) -> str:
    return _first(span.attributes, *_SESSIONS)


def _told_spans(record: JsonRecord) -> tuple[list[_Span], int]:
    """Return the spans that carry messages, and how many others there are."""
    spans = list(_spans_of(record))
    told = [span for span in spans if _says_something(span)]
    return told, len(spans) - len(told)


def _spans_of(record: JsonRecord) -> Iterator[_Span]:
    """Yield the spans and log records of an OTLP request; raises RecordError for anything else."""
    request = object_of(record)
    if not _fits(request):
        raise RecordError(
            RefusalReason.MISSING_FIELD,
            'This record has neither "resourceSpans" nor "resourceLogs", as OTLP has.',
        )
    for span in _below(request, "resourceSpans", "scopeSpans", "spans"):
        yield _span_of(span, record=record)
    for log in _below(request, "resourceLogs", "scopeLogs", "logRecords"):
        yield _log_of(log, record=record)


def _below(node: JsonObject, *keys: str) -> Iterator[JsonObject]:
    if not keys:
        yield node
        return
    inner = node.get(keys[0])
    for each in inner if isinstance(inner, list) else ():
        if isinstance(each, Mapping):
            yield from _below(each, *keys[1:])


def _span_of(span: JsonObject, *, record: JsonRecord) -> _Span:
    return _Span(
        id=str(span.get("spanId", "")),
        trace=str(span.get("traceId", "")),
        attributes=_attributes_of(span.get("attributes")),
        events=[
            (str(event.get("name", "")), _attributes_of(event.get("attributes")))
            for event in _below(span, "events")
        ],
        at=_moment_of(span.get("startTimeUnixNano")),
        position=record.position,
    )


def _log_of(log: JsonObject, *, record: JsonRecord) -> _Span:
    """Return a log record as what it tells of its span; its body may carry what attributes do not."""
    body = _plain(log.get("body"))
    attributes = {**(body if isinstance(body, dict) else {}), **_attributes_of(log.get("attributes"))}
    name = str(log.get("eventName") or attributes.get("event.name", ""))
    return _Span(
        id=str(log.get("spanId", "")),
        trace=str(log.get("traceId", "")),
        attributes={**attributes, "event.name": name},
        events=[],
        at=_moment_of(log.get("timeUnixNano") or log.get("observedTimeUnixNano")),
        position=record.position,
    )


def _attributes_of(listed: JsonValue) -> dict[str, JsonValue]:
    if not isinstance(listed, list):
        return {}
    return {str(each.get("key")): _plain(each.get("value")) for each in listed if isinstance(each, Mapping)}


def _plain(value: JsonValue) -> JsonValue:
    """Return the value of an OTLP AnyValue as plain JSON."""
    if not isinstance(value, Mapping):
        return value
    for key in ("stringValue", "boolValue", "doubleValue"):
        if key in value:
            return value[key]
    if "intValue" in value:
        digits = str(value["intValue"])
        return int(digits) if _INTEGER.fullmatch(digits) else None
    inner = value.get("arrayValue", value.get("kvlistValue"))
    values = inner.get("values") if isinstance(inner, Mapping) else None
    if "kvlistValue" in value:
        return _attributes_of(values)
    return [_plain(each) for each in values] if isinstance(values, list) else None


def _moment_of(nanoseconds: JsonValue) -> datetime | None:
    digits = str(nanoseconds or "")
    if not _NANOSECONDS.fullmatch(digits) or int(digits) == 0:
        return None
    return datetime.fromtimestamp(int(digits) / 1e9, tz=UTC)


def _first(attributes: Mapping[str, JsonValue], *keys: str) -> str:
    return next((str(attributes[key]) for key in keys if isinstance(attributes.get(key), str | int)), "")


def _fits(record: JsonObject) -> bool:
    return any(isinstance(record.get(key), list) for key in ("resourceSpans", "resourceLogs"))
