"""The formats that conversations come in, and how the format of a file is recognised.

An importer is a class without arguments that fits `curation.domain.importers.importing.Importer`. To add one, write a
module here and list it below, or name it in the entry-point group `harken.importers` of another package.
"""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from curation.domain.catalogue import Catalogue
from curation.domain.errors import UnknownFormatError
from curation.domain.importers.column_mapping import ColumnMapping
from curation.domain.importers.importing import Detection, Head, Imported, Importer
from curation.domain.importers.json_decoding import JsonRecord
from curation.domain.importers.json_reading import json_records
from curation.domain.importers.parquet_reading import described_columns, parquet_columns
from curation.domain.importers.reading import Source, SourceError, holds_objects, open_source
from curation.domain.importers.table_reading import open_table
from curation.domain.importers.table_records import first_table_objects

IMPORTERS: Catalogue[Importer] = Catalogue(
    "importers",
    singular="importer",
    built_in={
        "openai_chat": "curation.importers.openai_chat.OpenAIChatImporter",
        "sharegpt": "curation.importers.sharegpt.ShareGptImporter",
        "oasst": "curation.importers.oasst.OasstImporter",
        "hh": "curation.importers.hh.HhImporter",
        "trl_preference": "curation.importers.trl_preference.TrlPreferenceImporter",
        "argilla": "curation.importers.argilla.ArgillaImporter",
        "label_studio": "curation.importers.label_studio.LabelStudioImporter",
        "langfuse": "curation.importers.langfuse.LangfuseImporter",
        "open_webui": "curation.importers.open_webui.OpenWebUiImporter",
        "otel": "curation.importers.otel.OtelImporter",
        "trl_unpaired": "curation.importers.trl_unpaired.TrlUnpairedImporter",
        "trl_prompt_completion": "curation.importers.trl_prompt_completion.TrlPromptCompletionImporter",
        "wildchat": "curation.importers.wildchat.WildChatImporter",
        "lmsys_chat": "curation.importers.lmsys_chat.LmsysChatImporter",
        "wildfeedback": "curation.importers.wildfeedback.WildFeedbackImporter",
        "ultrafeedback": "curation.importers.ultrafeedback.UltraFeedbackImporter",
        "helpsteer2": "curation.importers.helpsteer2.HelpSteer2Importer",
        "steerlm": "curation.importers.steerlm.SteerLmImporter",
        "arena": "curation.importers.arena.ArenaImporter",
        "joint_pairs": "curation.importers.joint_pairs.JointPairsImporter",
        "ranked_lists": "curation.importers.ranked_lists.RankedListsImporter",
        "sharegpt_preference": "curation.importers.sharegpt_preference.ShareGptPreferenceImporter",
        "openai_preference": "curation.importers.openai_preference.OpenAIPreferenceImporter",
        "alpaca": "curation.importers.alpaca.AlpacaImporter",
        "harken_table": "curation.importers.harken_table.HarkenTableImporter",
        "csv": "curation.importers.csv_table.CsvImporter",
        "rows": "curation.importers.mapped_rows.MappedRowsImporter",
    },
)

# Below this, a guess is worse than asking.
MIN_CONFIDENCE = 0.4

# Formats whose columns a mapping names.
MAPPED_FORMATS = ("csv", "rows")

_HEAD_RECORDS = 8
# A file whose first this many records are all unreadable is not looked at further.
_HEAD_ATTEMPTS = 200
_HEAD_ROWS = 200


def load_importer(name: str) -> Importer:
    """Return the importer of a name; raises UnknownFormatError, with the known names, for another."""
    return IMPORTERS.load(name)


def read_conversations(
    source: Source, *, name: str, mapping: ColumnMapping | None = None
) -> Iterator[Imported]:
    """Yield every record of a source in the named format, as a conversation or as a refusal.

    Raises UnknownFormatError for a name that no importer has, and SourceError where a table has no prompt.
    """
    return load_importer(name).read(source, mapping=mapping)


def detect_format(file: str | Path | Source) -> Detection:
    """Return the format that a file most likely has.

    Raises UnknownFormatError where none fits, and SourceError where the file cannot be read.
    """
    source = file if isinstance(file, Source) else open_source(file)
    head = head_of(source)
    best = next(iter(_detections(head)), None)
    if best is None or best.confidence < MIN_CONFIDENCE:
        raise UnknownFormatError(
            f"The format of {source.name} was not recognised: {_seen(head)}. Name the format; known are"
            f" {', '.join(sorted(IMPORTERS))}."
        )
    return best


def possible_formats(source: Source) -> list[Detection]:
    """Return every format that a source may have, the likeliest first."""
    return list(_detections(head_of(source)))


def _detections(head: Head) -> list[Detection]:
    seen = _seen(head)
    scores = {name: _sniffed(IMPORTERS.load(name), head) for name in IMPORTERS}
    found = [
        Detection(
            name=name,
            confidence=score,
            why=f"{seen[0].upper()}{seen[1:]}, as in {IMPORTERS.load(name).title}.",
        )
        for name, score in scores.items()
        if score > 0
    ]
    return sorted(found, key=lambda each: -each.confidence)


def _sniffed(importer: Importer, head: Head) -> float:
    try:
        return importer.sniff(head)
    except Exception:  # noqa: BLE001 - what one format trips over may be another's
        return 0.0


def head_of(source: Source) -> Head:
    """Return the beginning of a source, as JSON records or as rows of a table."""
    file_name = source.name.lower().removesuffix(".gz").removesuffix(".zst")
    if holds_objects(source):
        types = parquet_columns(source) if source.is_parquet else {}
        return Head(file_name=file_name, records=_first_objects(source), types=types)
    try:
        table = open_table(source)
    except SourceError:
        return Head(file_name=file_name)
    return Head(
        file_name=file_name,
        records=first_table_objects(table, count=_HEAD_RECORDS) if table.has_header else (),
        columns=table.columns,
        rows=tuple(table.sample(_HEAD_ROWS)),
        has_header=table.has_header,
    )


def _first_objects(source: Source) -> tuple[dict[str, object], ...]:
    attempts = islice(json_records(source), _HEAD_ATTEMPTS)
    objects = (
        each.value for each in attempts if isinstance(each, JsonRecord) and isinstance(each.value, dict)
    )
    return tuple(islice(objects, _HEAD_RECORDS))


def _seen(head: Head) -> str:
    """Say what stands at the beginning of a file."""
    if head.types:
        return f"it is a Parquet file with the columns {described_columns(dict(head.types))}"
    if head.records and not head.columns:
        return f"its first record has the fields {', '.join(list(head.records[0])[:12])}"
    if head.columns:
        return f"it is a table with the columns {', '.join(head.columns[:16])}"
    return "its beginning is neither JSON nor a table"
