"""Records of Argilla: fields, what people answered to its questions, and what models suggested."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from curation.domain.corpus.records import ConversationRecord, JsonValue, JudgedBy, Position
from curation.domain.importers.column_mapping import ColumnMapping
from curation.domain.importers.feedback_marks import number_of
from curation.domain.importers.importing import Head, Imported, JsonObject, convert_records, label_of
from curation.domain.importers.judged_answers import JudgedAnswers
from curation.domain.importers.reading import Source

_SUGGESTED = " (suggested)"
_RESPONSES, _SUGGESTION = ".responses", ".suggestion"


class Answer(NamedTuple):
    """What one person, or one model, said to one question."""

    question: str
    value: JsonValue
    judge: str
    judged_by: JudgedBy


class ArgillaImporter:
    """One conversation a record, with its prompt, its answers, and what was said of them.

    Rankings and choices become verdicts of the person who gave them; ratings, the mean of all people; texts, critiques
    or rewritten answers; labels, tags. Only what was submitted counts. What a model suggested is kept as a model's.
    """

    name = "argilla"
    title = "Argilla"

    def sniff(self, head: Head) -> float:
        """Return the share of first records that have the shape of one of Argilla's exports."""
        return 0.96 * head.share_of(_fits)

    def read(self, source: Source, *, mapping: ColumnMapping | None = None) -> Iterator[Imported]:
        """Yield one conversation a record."""
        return convert_records(source, convert=_conversation_of)


def _conversation_of(record: JsonObject, position: Position) -> ConversationRecord:
    judged = JudgedAnswers(_fields_of(record))
    for answer in _answers_of(record):
        _note(judged, answer)
    return judged.conversation(
        source_id=label_of(record, "external_id", "id", "_server_id"), position=position
    )


def _note(judged: JudgedAnswers, answer: Answer) -> None:
    question, value = answer.question, answer.value
    is_model = answer.judged_by == "model"
    number = None if isinstance(value, bool) else number_of(value)
    if number is not None:
        judged.rate(f"{question}{_SUGGESTED}" if is_model else question, number)
    elif isinstance(value, str):
        if not _is_choice(judged, answer) and not is_model:
            _note_text(judged, question=question, text=value)
    elif isinstance(value, list) and (ranks := _ranks_of(value, judged=judged)):
        judged.rank(ranks, judge=answer.judge, judged_by=answer.judged_by)
    elif isinstance(value, list) and not is_model:
        judged.tags += [f"{question}: {label}" for label in value if isinstance(label, str)]


def _is_choice(judged: JudgedAnswers, answer: Answer) -> bool:
    return len(answer.value) < 40 and judged.choose(
        answer.value, judge=answer.judge, judged_by=answer.judged_by
    )


def _note_text(judged: JudgedAnswers, *, question: str, text: str) -> None:
    """Take one short word as a label, and what is longer as something that a person wrote."""
    if len(text.split()) == 1 and len(text) < 40:
        judged.tags.append(f"{question}: {text}")
    else:
        judged.write(question, text)


def _ranks_of(value: list[JsonValue], *, judged: JudgedAnswers) -> dict[str, int]:
    """Return answer → rank of a ranking: a plain order, or objects with ranks, of which some may be equal."""
    ranks: dict[str, int] = {}
    for place, each in enumerate(value, start=1):
        named = each.get("value") if isinstance(each, Mapping) else each
        rank = each.get("rank") if isinstance(each, Mapping) else place
        answer = judged.named(named) if isinstance(named, str) else ""
        if answer:
            ranks[answer] = rank if isinstance(rank, int) else place
    return ranks


def _fields_of(record: JsonObject) -> JsonObject:
    fields = record.get("fields")
    if isinstance(fields, Mapping):
        return fields
    return {
        name: value
        for name, value in record.items()
        if isinstance(value, str | list)
        and "." not in name
        and not _is_answered(value)
        and not _is_about(name)
    }


def _is_about(name: str) -> bool:
    """Say whether a column of a flat export is about the record, or about a question, rather than a field."""
    return name in ("id", "external_id", "_server_id", "status", "metadata") or "-suggestion" in name


def _answers_of(record: JsonObject) -> Iterator[Answer]:
    """Yield what was submitted, then what was suggested, in whichever layout the export has."""
    responses, suggestions = record.get("responses"), record.get("suggestions")
    if isinstance(responses, Mapping):
        for question, given in responses.items():
            yield from _given(question, given)
    for each in responses if isinstance(responses, list) else ():
        if isinstance(each, Mapping) and isinstance(each.get("values"), Mapping):
            about = {"user_id": each.get("user_id"), "status": each.get("status")}
            for question, value in each["values"].items():
                yield from _given(
                    question, [{**about, **(value if isinstance(value, Mapping) else {"value": value})}]
                )
    yield from _flat_answers(record)
    named = suggestions.items() if isinstance(suggestions, Mapping) else ()
    listed = suggestions if isinstance(suggestions, list) else ()
    every = [*named, *((each.get("question_name"), each) for each in listed if isinstance(each, Mapping))]
    for question, suggestion in every:
        if isinstance(suggestion, Mapping) and suggestion.get("value") is not None:
            yield Answer(str(question), suggestion["value"], label_of(suggestion, "agent"), "model")


def _flat_answers(record: JsonObject) -> Iterator[Answer]:
    """Yield the answers of layouts that hold each question in columns of its own."""
    for name, value in record.items():
        if name.endswith(_RESPONSES) and isinstance(value, list):
            users, statuses = record.get(f"{name}.users"), record.get(f"{name}.status")
            yield from _given(name.removesuffix(_RESPONSES), _zipped(value, users=users, statuses=statuses))
        elif name.endswith((_SUGGESTION, "-suggestion")) and value is not None:
            yield Answer(name[: -len(_SUGGESTION)], value, "", "model")
        elif _is_answered(value):
            yield from _given(name, value)


def _zipped(values: list[JsonValue], *, users: JsonValue, statuses: JsonValue) -> list[JsonObject]:
    count = len(values)
    people = users if isinstance(users, list) and len(users) == count else [None] * count
    states = statuses if isinstance(statuses, list) and len(statuses) == count else [None] * count
    return [
        {"value": value, "user_id": user, "status": status}
        for value, user, status in zip(values, people, states, strict=True)
    ]


def _is_answered(value: JsonValue) -> bool:
    """Say whether a column of an older export holds answers: objects with a value and its person."""
    first = value[0] if isinstance(value, list) and value else value
    return isinstance(first, Mapping) and "value" in first and {"user_id", "status"} & set(first) != set()


def _given(question: str, given: JsonValue) -> Iterator[Answer]:
    """Yield the submitted answers of a list of objects, or of an object of lists."""
    if isinstance(given, Mapping) and isinstance(given.get("value"), list):
        given = _zipped(given["value"], users=given.get("user_id"), statuses=given.get("status"))
    for each in given if isinstance(given, list) else ():
        is_given = isinstance(each, Mapping) and each.get("value") is not None
        if is_given and (each.get("status") or "submitted") == "submitted":
            yield Answer(question, each["value"], str(each.get("user_id") or ""), "person")


def _fits(record: JsonObject) -> bool:
    if isinstance(record.get("fields"), Mapping):
        return bool({"responses", "suggestions", "_server_id", "external_id"} & set(record))
    return any(name.endswith(_RESPONSES) for name in record) or (
        "external_id" in record and any(_is_answered(value) for value in record.values())
    )
