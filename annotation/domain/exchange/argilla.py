"""Datasets of Argilla: records with what people answered, and the settings that say what they were asked."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from annotation.domain.exchange.records import ForeignRecord, Kind, LeftOut, Question, Said, Why
from curation.domain.corpus.records import JsonValue
from curation.domain.exporters.choice_codes import infer_choice_codes
from curation.domain.importers.importing import JsonObject, label_of, moment_of
from curation.domain.importers.judged_answers import JudgedAnswers, asks_for_rewriting

_RESPONSES, _SUGGESTIONS = ".responses", (".suggestion", "-suggestion")
_ABOUT = ("id", "external_id", "_server_id", "status", "metadata", "vectors", "inserted_at", "updated_at")
_KINDS = {
    "rating": Kind.RATING,
    "ranking": Kind.RANKING,
    "text": Kind.TEXT,
    "label_selection": Kind.CHOICE,
    "multi_label_selection": Kind.LABELS,
    "span": Kind.SPANS,
}
# What is longer was written, and not chosen.
LABEL_LENGTH = 40


class Given(NamedTuple):
    """One response to one question, submitted or not."""

    question: str
    value: JsonValue
    person: str
    status: str
    at: JsonValue


def is_argilla(record: JsonObject) -> bool:
    """Say whether a record has the shape of one of Argilla's exports."""
    if isinstance(record.get("fields"), Mapping):
        return bool({"responses", "suggestions", "_server_id", "external_id"} & set(record))
    return any(name.endswith(_RESPONSES) or _is_answered(value) for name, value in record.items())


def questions_in(settings: JsonObject) -> dict[str, Question]:
    """Return the questions that the settings of a dataset declare, by name."""
    listed = settings.get("questions")
    found = {}
    for each in listed if isinstance(listed, list) else ():
        if not isinstance(each, Mapping) or not isinstance(each.get("name"), str):
            continue
        about = each["settings"] if isinstance(each.get("settings"), Mapping) else each
        options = about.get("options")
        values = [
            option.get("value") if isinstance(option, Mapping) else option
            for option in (options if isinstance(options, list) else ())
        ]
        kind = _KINDS.get(str(about.get("type") or ""), Kind.UNKNOWN)
        found[each["name"]] = Question(kind=kind, options=values)
    return found


def read_record(record: JsonObject, *, questions: Mapping[str, Question], left_out: LeftOut) -> ForeignRecord:
    """Return a record with what was submitted; raises RecordError where nothing in it was asked."""
    key = label_of(record, "external_id", "id", "_server_id")
    fields, suggestions = _fields_of(record), _suggestions_of(record)
    judged = JudgedAnswers(fields)
    left_out.add(Why.SUGGESTION, where=key, count=len(suggestions))
    said = []
    for given in _all_given(record):
        if given.status != "submitted":
            left_out.add(Why.DRAFT if given.status == "draft" else Why.DISCARDED, where=key)
        elif given.value is not None:
            said.append(_said(given, judged=judged, declared=questions.get(given.question)))
    shown = {"id": key, "fields": dict(fields), "suggestions": suggestions, "responses": {}}
    return ForeignRecord(key=key, shown=shown, judged=judged, said=said)


def _said(given: Given, *, judged: JudgedAnswers, declared: Question | None) -> Said:
    kind = declared.kind if declared else _kind_of(given, judged=judged)
    return Said(
        question=given.question, kind=kind, value=given.value, person=given.person, at=moment_of(given.at)
    )


def _kind_of(given: Given, *, judged: JudgedAnswers) -> Kind:
    """Tell the kind of a question that the file does not declare from what was answered."""
    value = given.value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Kind.RATING
    if isinstance(value, str):
        is_side = judged.named(value) or infer_choice_codes([value])
        is_label = len(value.split()) == 1 and not asks_for_rewriting(given.question)
        return Kind.CHOICE if len(value) < LABEL_LENGTH and (is_side or is_label) else Kind.TEXT
    entries = value if isinstance(value, list) else []
    if any(isinstance(each, Mapping) and {"start", "end"} <= set(each) for each in entries):
        return Kind.SPANS
    named = [each.get("value") if isinstance(each, Mapping) else each for each in entries]
    if any(isinstance(each, str) and judged.named(each) for each in named):
        return Kind.RANKING
    return Kind.LABELS if entries else Kind.UNKNOWN


def _fields_of(record: JsonObject) -> JsonObject:
    fields = record.get("fields")
    if isinstance(fields, Mapping):
        return fields
    return {
        name: value
        for name, value in record.items()
        if isinstance(value, str | list)
        and name not in _ABOUT
        and "." not in name
        and "-suggestion" not in name
        and not _is_answered(value)
    }


def _suggestions_of(record: JsonObject) -> dict[str, JsonValue]:
    """Return what models suggested by question, in whichever layout the export has."""
    suggested = record.get("suggestions")
    found: dict[str, JsonValue] = {}
    if isinstance(suggested, Mapping):
        found = {name: each for name, each in suggested.items() if isinstance(each, Mapping)}
    for each in suggested if isinstance(suggested, list) else ():
        if isinstance(each, Mapping):
            found[str(each.get("question_name") or len(found))] = each
    for name, value in record.items():
        if name.endswith(_SUGGESTIONS) and value is not None:
            found[name[: -len(_SUGGESTIONS[0])]] = {"value": value}
    return {name: each for name, each in found.items() if each.get("value") is not None}


def _all_given(record: JsonObject) -> Iterator[Given]:
    """Yield every response of a record in whichever layout the export has."""
    responses = record.get("responses")
    if isinstance(responses, Mapping):
        for question, given in responses.items():
            yield from _each_given(question, given)
    for each in responses if isinstance(responses, list) else ():
        if isinstance(each, Mapping):
            yield from _given_together(each)
    if not isinstance(record.get("fields"), Mapping):
        yield from _given_in_columns(record)


def _given_in_columns(record: JsonObject) -> Iterator[Given]:
    """Yield the responses of layouts that hold each question in columns of its own."""
    for name, value in record.items():
        if name.endswith(_RESPONSES) and isinstance(value, list):
            users, statuses = record.get(f"{name}.users"), record.get(f"{name}.status")
            yield from _zipped(name.removesuffix(_RESPONSES), value, users=users, statuses=statuses)
        elif _is_answered(value):
            yield from _each_given(name, value)


def _given_together(response: JsonObject) -> Iterator[Given]:
    """Yield the answers of a response that holds those to all questions; one without any counts as one."""
    values = response.get("values")
    about = {name: response.get(name) for name in ("user_id", "status", "inserted_at", "updated_at")}
    for question, value in (values if isinstance(values, Mapping) and values else {"": {}}).items():
        yield _given(question, {**about, **(value if isinstance(value, Mapping) else {"value": value})})


def _each_given(question: str, given: JsonValue) -> Iterator[Given]:
    """Yield the answers of a list of objects, or of an object of lists."""
    if isinstance(given, Mapping) and isinstance(given.get("value"), list):
        users, statuses = given.get("user_id"), given.get("status")
        yield from _zipped(question, given["value"], users=users, statuses=statuses)
        return
    for each in given if isinstance(given, list) else ():
        if isinstance(each, Mapping):
            yield _given(question, each)


def _zipped(
    question: str, values: Sequence[JsonValue], *, users: JsonValue, statuses: JsonValue
) -> Iterator[Given]:
    people = users if isinstance(users, list) and len(users) == len(values) else [None] * len(values)
    states = statuses if isinstance(statuses, list) and len(statuses) == len(values) else [None] * len(values)
    for value, person, status in zip(values, people, states, strict=True):
        yield _given(question, {"value": value, "user_id": person, "status": status})


def _given(question: str, response: JsonObject) -> Given:
    return Given(
        question=str(question),
        value=response.get("value"),
        person=str(response.get("user_id") or ""),
        status=str(response.get("status") or "submitted"),
        at=response.get("updated_at") or response.get("inserted_at"),
    )


def _is_answered(value: JsonValue) -> bool:
    """Say whether a column of an older export holds answers: objects with a value and its person."""
    first = value[0] if isinstance(value, list) and value else value
    return isinstance(first, Mapping) and "value" in first and bool({"user_id", "status"} & set(first))
