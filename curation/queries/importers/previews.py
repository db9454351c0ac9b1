"""A look into a file before it is imported: its format, its encoding, and its first records as conversations."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from typing import Any

import structlog
from django.utils.translation import gettext as _

from curation.domain.corpus.records import (
    ConversationRecord,
    MessageRecord,
    Refusal,
    RefusalReason,
    Reply,
    TextPart,
    ToolCallPart,
)
from curation.domain.errors import HarkenError, UnknownFormatError
from curation.domain.importers.column_mapping import COLUMN_MEANINGS, ColumnMapping
from curation.domain.importers.encoding_doubt import encoding_doubt, require_known_encoding
from curation.domain.importers.encodings import EncodingCandidate
from curation.domain.importers.importing import Detection, Imported
from curation.domain.importers.mapping_suggestion import with_choice_codes
from curation.domain.importers.object_table import open_any_table
from curation.domain.importers.reading import Source, SourceError, holds_objects, members_of, open_source
from curation.domain.importers.table_reading import SAMPLE_ROWS, Table, suggested_mapping
from curation.importers import (
    IMPORTERS,
    MAPPED_FORMATS,
    MIN_CONFIDENCE,
    detect_format,
    possible_formats,
    read_conversations,
)
from curation.models import ImportBatch
from curation.queries.importers.imports import RefusedFor
from curation.queries.importers.known_records import conversations_in, known_units

log = structlog.get_logger()

SHOWN_CONVERSATIONS = 3
SHOWN_TURNS = 8
SHOWN_CHARACTERS = 400
SHOWN_ROWS = 3
SHOWN_MEMBERS = 50
# A look must not keep anybody waiting: it ends with the first of these.
LOOKED_AT_RECORDS = 100
LOOKED_AT_BYTES = 4 << 20
_CUT = {RefusalReason.BROKEN_JSON, RefusalReason.BROKEN_ROW}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a file is read, as far as somebody said so; "" is for what is to be found out.

    `columns` is meaning → column as a person chose them, `mapping` the whole mapping that follows.
    """

    format_name: str = ""
    encoding: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    mapping: ColumnMapping | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownTurn:
    """A message as a preview shows it: its beginning, and the names of what is no text."""

    role: str
    text: str
    is_cut: bool
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownAnswer:
    """One of several answers, with what the source says of it."""

    text: str
    model: str
    rank: int | None
    ratings: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownConversation:
    """A conversation as it would be imported."""

    turns: list[ShownTurn]
    turns_left: int
    answers: list[ShownAnswer]
    model: str
    language: str
    has_user: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownTable:
    """Columns and first rows of a table, and what the columns are taken for."""

    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]
    mapping: ColumnMapping


@dataclass(slots=True, kw_only=True)
class ImportPreview:
    """What a file holds, read as asked; `problem` is a sentence where it cannot be read so.

    `records` counts what was looked at; with `is_whole` that is the file's every record. `known` of them are stored.
    """

    file_name: str
    shown_file: str = ""
    members: list[str] = field(default_factory=list)
    member_count: int = 0
    reading: Reading = field(default_factory=Reading)
    why: str = ""
    formats: list[Detection] = field(default_factory=list)
    encodings: list[EncodingCandidate] = field(default_factory=list)
    table: ShownTable | None = None
    conversations: list[ShownConversation] = field(default_factory=list)
    refusals: list[RefusedFor] = field(default_factory=list)
    records: int = 0
    refused: int = 0
    known: int = 0
    is_whole: bool = False
    problem: str = ""

    @property
    def is_archive(self) -> bool:
        """Whether the file holds files."""
        return self.member_count > 0

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of a table, none of anything else."""
        return self.table.columns if self.table else ()

    @property
    def confirmed(self) -> Reading:
        """How the file is to be read once a person agrees: an archive's files each as they seem."""
        return replace(self.reading, format_name="", mapping=None) if self.is_archive else self.reading


def preview_of(batch: ImportBatch, *, asked: Reading) -> ImportPreview:
    """Look into the first file of a batch that waits, read as asked or else as it seems."""
    entry = batch.files[0]
    preview = ImportPreview(file_name=name_of_upload(entry), reading=asked)
    try:
        require_known_encoding(asked.encoding)
        source = _source_of(entry, preview)
        preview.shown_file = source.name
        source = _in_its_encoding(source, entry, preview)
        _recognise(source, preview)
        records = _look_into(source, preview)
        preview.known = known_units(batch.project, records)
    except HarkenError as error:
        preview.problem = str(error)
    except Exception:
        log.exception("preview_failed", batch=str(batch.uuid))
        preview.problem = _("Something in this file was not foreseen, so it cannot be shown. Report it.")
    return preview


def name_of_upload(entry: dict[str, Any]) -> str:
    """Return what a file was handed over as: an import that was begun names the only file of a ZIP archive after it."""
    member = entry.get("member")
    return str(entry["name"]).removesuffix(f"/{member}" if member else "")


def _source_of(entry: dict[str, Any], preview: ImportPreview) -> Source:
    """Open the file, of an archive the first file whose format is recognised."""
    found = members_of(entry["path"], name=preview.file_name)
    if found[0][1] == "":
        return replace(open_source(entry["path"], name=preview.file_name), only_first=LOOKED_AT_BYTES)
    preview.members = [member for _, member in found[:SHOWN_MEMBERS]]
    preview.member_count = len(found)
    return _first_readable(entry["path"], found)


def _first_readable(path: str, found: Sequence[tuple[str, str]]) -> Source:
    failure: HarkenError | None = None
    for name, member in found[:SHOWN_MEMBERS]:
        try:
            source = replace(open_source(path, name=name, member=member), only_first=LOOKED_AT_BYTES)
            if not encoding_doubt(source):
                detect_format(source)
        except (SourceError, UnknownFormatError) as error:
            failure = failure or error
        else:
            return source
    raise failure or SourceError(found[0][0])


def _in_its_encoding(source: Source, entry: dict[str, Any], preview: ImportPreview) -> Source:
    preview.encodings = encoding_doubt(source)
    likeliest = preview.encodings[0].name if preview.encodings else ""
    encoding = preview.reading.encoding or entry.get("encoding", "") or likeliest
    if not (preview.encodings and encoding):
        return source
    preview.reading = replace(preview.reading, encoding=encoding)
    return replace(source, encoding=encoding)


def _recognise(source: Source, preview: ImportPreview) -> None:
    """Settle the format: as asked, or else the likeliest; a table that no format fits is one to be mapped."""
    preview.formats = possible_formats(source)
    asked = preview.reading.format_name
    named = next((each for each in preview.formats if each.name == asked), None)
    best = named or (preview.formats[0] if preview.formats and not asked else None)
    if best is not None and (named or best.confidence >= MIN_CONFIDENCE):
        preview.why = best.why
        preview.reading = replace(preview.reading, format_name=best.name)
    if preview.reading.format_name in MAPPED_FORMATS or not preview.reading.format_name:
        _lay_out(open_any_table(source), preview)
    if not preview.reading.format_name:
        preview.reading = replace(preview.reading, format_name="rows" if holds_objects(source) else "csv")
        detect_format(source)  # says why nothing fits


def _lay_out(table: Table, preview: ImportPreview) -> None:
    mapping = suggested_mapping(table)
    if chosen := preview.reading.columns:
        known = {meaning: chosen.get(meaning, "") for meaning in COLUMN_MEANINGS}
        named = {meaning: column if column in table.columns else "" for meaning, column in known.items()}
        sample = table.sample(SAMPLE_ROWS)
        mapping = with_choice_codes(replace(mapping, **named), columns=table.columns, sample_rows=sample)  # type: ignore[arg-type]
    preview.table = ShownTable(columns=table.columns, rows=table.sample(SHOWN_ROWS), mapping=mapping)
    preview.reading = replace(preview.reading, mapping=mapping)


def _look_into(source: Source, preview: ImportPreview) -> Sequence[Imported]:
    mapping = preview.reading.mapping if preview.table else None
    records = list(
        islice(
            read_conversations(source, name=preview.reading.format_name, mapping=mapping),
            LOOKED_AT_RECORDS + 1,
        )
    )
    preview.is_whole = len(records) <= LOOKED_AT_RECORDS and source.size <= LOOKED_AT_BYTES
    if not preview.is_whole and len(records) <= LOOKED_AT_RECORDS:
        records = _without_cut_end(records)
    _show(records[:LOOKED_AT_RECORDS], preview)
    return records[:LOOKED_AT_RECORDS]


def _without_cut_end(records: list[Imported]) -> list[Imported]:
    """Leave out what is refused at the end: it was cut by looking at the beginning alone."""
    last = max(map(_place, records), default=0)
    return [
        each
        for each in records
        if not (isinstance(each, Refusal) and each.reason in _CUT and _place(each) == last)
    ]


def _place(record: Imported) -> int:
    return record.position.record or record.position.line or 0


def _show(records: Sequence[Imported], preview: ImportPreview) -> None:
    refusals = [each for each in records if isinstance(each, Refusal)]
    preview.records = sum(each.units for each in records)
    preview.refused = sum(each.units for each in refusals)
    preview.refusals = _by_reason(refusals)
    conversations = chain.from_iterable(map(conversations_in, records))
    preview.conversations = [_shown(each) for each in islice(conversations, SHOWN_CONVERSATIONS)]


def _by_reason(refusals: Sequence[Refusal]) -> list[RefusedFor]:
    counts: Counter[str] = Counter()
    for each in refusals:
        counts[each.reason] += each.units
    first = {each.reason: f"{each.position}: {each.sentence}" for each in reversed(refusals)}
    return [
        RefusedFor(code=code, records=count, example=first[RefusalReason(code)])
        for code, count in counts.most_common()
    ]


def _shown(record: ConversationRecord) -> ShownConversation:
    groups = record.reply_groups[:1]
    return ShownConversation(
        turns=[_turn(message) for message in record.messages[:SHOWN_TURNS]],
        turns_left=max(0, len(record.messages) - SHOWN_TURNS),
        answers=[_answer(reply) for group in groups for reply in group.replies],
        model=record.model,
        language=record.language,
        has_user=bool(record.source_user),
    )


def _turn(message: MessageRecord) -> ShownTurn:
    others = tuple(
        part.name
        if isinstance(part, ToolCallPart)
        else part.as_json().get("name") or str(part.as_json()["type"])
        for part in message.parts
        if not isinstance(part, TextPart)
    )
    text = message.text
    return ShownTurn(
        role=message.role, text=text[:SHOWN_CHARACTERS], is_cut=len(text) > SHOWN_CHARACTERS, others=others
    )


def _answer(reply: Reply) -> ShownAnswer:
    text = reply.text
    shown = text[:SHOWN_CHARACTERS] + ("…" if len(text) > SHOWN_CHARACTERS else "")
    return ShownAnswer(text=shown, model=reply.model, rank=reply.rank, ratings=dict(reply.ratings))


def format_title(name: str) -> str:
    """Return a format as people call it."""
    return IMPORTERS.load(name).title if name in IMPORTERS else name
