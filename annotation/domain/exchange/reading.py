"""Files of annotations: whose they are, what they say of the whole, and their records."""

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import chain, islice
from pathlib import Path

from annotation.domain.exchange.argilla import is_argilla, questions_in, read_record
from annotation.domain.exchange.label_studio import is_label_studio, read_task
from annotation.domain.exchange.own import FORMAT, OwnProject, read_own
from annotation.domain.exchange.records import ForeignProject, ForeignRecord, LeftOut, Platform, Question, Why
from curation.domain.corpus.records import Position, Refusal
from curation.domain.errors import HarkenError
from curation.domain.importers.importing import JsonObject, or_refused
from curation.domain.importers.json_reading import json_records
from curation.domain.importers.reading import open_source

RECORDS = "records.json"
# Where a dataset of Argilla that was written to a folder keeps what was asked.
SETTINGS = (".argilla/settings.json", "settings.json")
LOOKED_AT = 50
EXPECTED = (
    "a dataset of Argilla (its records, or the folder with records.json), the JSON export of a Label Studio project, "
    "or what export_annotations wrote"
)


def read_annotations(path: Path, *, left_out: LeftOut) -> ForeignProject | OwnProject:
    """Read a whole file; raises HarkenError where it is none of the three formats.

    A record that cannot be read is counted, and the rest goes on.
    """
    file = path / RECORDS if path.is_dir() else path
    records = _Objects(file, left_out)
    first = list(islice(records, LOOKED_AT))
    if not first:
        raise HarkenError(f"{file.name} holds no records. Name {EXPECTED}.")
    if first[0].get("format") == FORMAT:
        return read_own(first[0], chain(first[1:], records), left_out=left_out)
    envelope, listed = _opened(first[0]) if len(first) == 1 else ({}, None)
    every = chain(first, records) if listed is None else iter(listed)
    return _read_platform(file, {**_settings_beside(file), **envelope}, every, left_out=left_out)


def _read_platform(
    file: Path, about: JsonObject, records: Iterator[JsonObject], *, left_out: LeftOut
) -> ForeignProject:
    every = list(records)
    platform = _platform_of(every)
    if platform is None:
        names = ", ".join(list(every[0])[:8]) if every else "none"
        raise HarkenError(
            f"{file.name} is no file of annotations that is read here; the fields of its first record: {names}. "
            f"Name {EXPECTED}."
        )
    questions = questions_in(about) if platform is Platform.ARGILLA else {}
    return ForeignProject(
        platform=platform,
        name=_name_in(about) or _name_of(file),
        guideline=_text_in(about, "guidelines", "expert_instruction"),
        questions=questions,
        records=list(_read_each(every, platform, questions, left_out)),
    )


class _Objects:
    """The JSON objects of a file one at a time; what is none is counted."""

    def __init__(self, file: Path, left_out: LeftOut) -> None:
        self._records = json_records(open_source(file))
        self._left_out = left_out

    def __iter__(self) -> "_Objects":
        return self

    def __next__(self) -> JsonObject:
        for record in self._records:
            if not isinstance(record, Refusal) and isinstance(record.value, dict):
                return record.value
            place = record.position.line or record.position.record
            self._left_out.add(Why.UNREADABLE, where=str(place or ""))
        raise StopIteration


def _opened(record: JsonObject) -> tuple[JsonObject, list[JsonObject] | None]:
    """Return what a single object says of the whole, and the records in it; None where it is a record itself."""
    for name in ("records", "tasks"):
        listed = record.get(name)
        if isinstance(listed, list):
            inner = record.get("settings", record.get("project"))
            about = {**record, **(inner if isinstance(inner, Mapping) else {})}
            return about, [each for each in listed if isinstance(each, dict)]
    return {}, None


def _settings_beside(file: Path) -> JsonObject:
    """Return the settings that a dataset of Argilla keeps beside its records."""
    if file.name != RECORDS:
        return {}
    found = next((place for name in SETTINGS if (place := file.parent / name).is_file()), None)
    if found is None:
        return {}
    record = next(iter(json_records(open_source(found))), None)
    is_object = record is not None and not isinstance(record, Refusal) and isinstance(record.value, dict)
    return record.value if is_object else {}  # type: ignore[union-attr]


def _platform_of(records: list[JsonObject]) -> Platform | None:
    """Return the platform whose records most of the first are."""
    head = records[:LOOKED_AT]
    fitting = {
        Platform.LABEL_STUDIO: sum(map(is_label_studio, head)),
        Platform.ARGILLA: sum(map(is_argilla, head)),
    }
    best = max(fitting, key=lambda platform: fitting[platform])
    return best if fitting[best] * 2 > len(head) else None


def _read_each(
    records: list[JsonObject], platform: Platform, questions: Mapping[str, Question], left_out: LeftOut
) -> Iterator[ForeignRecord]:
    if platform is Platform.ARGILLA:
        read = partial(read_record, questions=questions, left_out=left_out)
    else:
        read = partial(read_task, left_out=left_out)
    for number, record in enumerate(records, start=1):
        found = or_refused(partial(read, record), position=Position(file="", record=number))
        if isinstance(found, Refusal):
            left_out.add(Why.UNREADABLE, where=f"record {number}")
        else:
            yield found


def _name_in(about: JsonObject) -> str:
    return " ".join(_text_in(about, "name", "title").split())[:80]


def _name_of(file: Path) -> str:
    """Return a name for a file: that of its folder, where every dataset calls its file the same."""
    return (file.resolve().parent.name if file.name == RECORDS else file.name.split(".")[0])[:80]


def _text_in(about: JsonObject, *names: str) -> str:
    found = (about.get(name) for name in names)
    return next((text for text in found if isinstance(text, str) and text.strip()), "").strip()
