"""Tasks of Label Studio in its JSON export: the data that was shown, and the annotations on it."""

from collections.abc import Iterator, Mapping

from curation.domain.corpus.records import (
    ConversationRecord,
    JsonValue,
    JudgedBy,
    Position,
    RefusalReason,
)
from curation.domain.importers.column_mapping import ColumnMapping
from curation.domain.importers.feedback_marks import number_of
from curation.domain.importers.importing import (
    Head,
    Imported,
    JsonObject,
    RecordError,
    convert_records,
    json_type,
    label_of,
)
from curation.domain.importers.judged_answers import JudgedAnswers
from curation.domain.importers.reading import Source

# Entries of a ranked list are answers under this name and their id.
_ENTRY = "entry "


class LabelStudioImporter:
    """One conversation a task, with its prompt, its answers, and what each annotation says of them.

    Pairwise choices and rankings become verdicts of the person who gave them, ratings and numbers the mean of all
    people, texts critiques or rewritten answers, choices tags. Cancelled annotations do not count; predictions are a
    model's.
    """

    name = "label_studio"
    title = "Label Studio JSON"

    def sniff(self, head: Head) -> float:
        """Return the share of first records that are tasks with annotations."""
        return 0.97 * head.share_of(_fits)

    def read(self, source: Source, *, mapping: ColumnMapping | None = None) -> Iterator[Imported]:
        """Yield one conversation a task."""
        return convert_records(source, convert=_conversation_of)


def _conversation_of(record: JsonObject, position: Position) -> ConversationRecord:
    shown = record.get("data")
    if not isinstance(shown, Mapping):
        raise RecordError(
            RefusalReason.WRONG_TYPE,
            f'The field "data" is {json_type(shown)}, not the fields that were shown.',
        )
    fields, listed = _parted(shown)
    judged = JudgedAnswers(fields, listed=listed)
    for annotation in _objects(record.get("annotations")):
        if not annotation.get("was_cancelled"):
            _note_all(judged, annotation, judge=_judge_of(annotation), judged_by="person")
    for prediction in _objects(record.get("predictions")):
        _note_all(judged, prediction, judge=label_of(prediction, "model_version"), judged_by="model")
    return judged.conversation(source_id=label_of(record, "id"), position=position)


def _parted(shown: JsonObject) -> tuple[JsonObject, dict[str, str]]:
    """Return the fields without lists of ranked entries, and those entries by id."""
    fields = dict(shown)
    listed: dict[str, str] = {}
    for key, value in shown.items():
        entries = [each for each in _objects(value) if "id" in each and "role" not in each]
        if entries:
            del fields[key]
        listed |= {
            _ENTRY + label_of(each, "id"): label_of(each, "body", "text", "html", "title") for each in entries
        }
    return fields, listed


def _note_all(judged: JudgedAnswers, annotation: JsonObject, *, judge: str, judged_by: JudgedBy) -> None:
    for result in _objects(annotation.get("result")):
        value = result.get("value")
        if isinstance(value, Mapping):
            _note(judged, result, value=value, judge=judge, judged_by=judged_by)


def _note(
    judged: JudgedAnswers, result: JsonObject, *, value: JsonObject, judge: str, judged_by: JudgedBy
) -> None:
    question, shown = label_of(result, "from_name"), label_of(result, "to_name").split(",")
    answer = judged.named(shown[0]) if len(shown) == 1 else ""
    is_model = judged_by == "model"
    kind = label_of(result, "type")
    number = number_of(value.get("rating", value.get("number")))
    if kind == "pairwise":
        among = [judged.named(name) for name in shown]
        judged.choose(_first_word(value.get("selected")), judge=judge, judged_by=judged_by, among=among)
    elif kind == "ranker":
        judged.rank(_ranks_of(value.get("ranker"), judged=judged), judge=judge, judged_by=judged_by)
    elif number is not None:
        judged.rate(f"{question} (suggested)" if is_model else question, number, answer=answer)
    elif kind == "choices":
        _note_choices(judged, value.get("choices"), question=question, judge=judge, judged_by=judged_by)
    elif kind == "textarea" and not is_model:
        judged.write(question, _joined(value.get("text")), answer=answer)


def _note_choices(
    judged: JudgedAnswers, choices: JsonValue, *, question: str, judge: str, judged_by: JudgedBy
) -> None:
    words = [word for word in choices if isinstance(word, str)] if isinstance(choices, list) else []
    if len(words) == 1 and judged.choose(words[0], judge=judge, judged_by=judged_by):
        return
    if judged_by != "model":
        judged.tags += [f"{question}: {word}" for word in words]


def _ranks_of(ranker: JsonValue, *, judged: JudgedAnswers) -> dict[str, int]:
    """Return answer → rank, best first, of a list of ids or of the one bucket that they were sorted into.

    "_" holds what was left where it was. Several buckets are groups that nobody put into an order.
    """
    if isinstance(ranker, Mapping):
        buckets = [ids for name, ids in ranker.items() if name != "_" and isinstance(ids, list) and ids]
        ranker = buckets[0] if len(buckets) == 1 else [] if buckets else ranker.get("_")
    ids = ranker if isinstance(ranker, list) else []
    named = [judged.named(f"{_ENTRY}{each}") or judged.named(str(each)) for each in ids]
    return {name: place for place, name in enumerate(named, start=1) if name}


def _judge_of(annotation: JsonObject) -> str:
    """Return what the export calls the person; only a pseudonym of it is stored."""
    person = annotation.get("completed_by")
    return (
        label_of(person, "id", "email")
        if isinstance(person, Mapping)
        else label_of(annotation, "completed_by")
    )


def _first_word(value: JsonValue) -> str:
    first = value[0] if isinstance(value, list) and value else value
    return first if isinstance(first, str) else ""


def _joined(value: JsonValue) -> str:
    words = value if isinstance(value, list) else [value]
    return "\n".join(word for word in words if isinstance(word, str))


def _objects(values: JsonValue) -> list[JsonObject]:
    return [each for each in values if isinstance(each, Mapping)] if isinstance(values, list) else []


def _fits(record: JsonObject) -> bool:
    return isinstance(record.get("data"), Mapping) and isinstance(record.get("annotations"), list)
