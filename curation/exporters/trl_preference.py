"""Preferences as TRL reads them: prompt, chosen and rejected as messages, in JSON Lines or Parquet."""

import json
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import pyarrow
from pyarrow import parquet

from curation.domain.dataset_rows import DatasetRowRecord, checked_rows, turns_as_json
from curation.domain.exporting import ExportResult, ending_of, result_of, unfinished

_TURNS = pyarrow.list_(pyarrow.struct([("role", pyarrow.string()), ("content", pyarrow.string())]))
SCHEMA = pyarrow.schema(
    [
        ("id", pyarrow.string()),
        ("prompt", _TURNS),
        ("chosen", _TURNS),
        ("rejected", _TURNS),
        ("decided_by", pyarrow.string()),
        ("source", pyarrow.string()),
        ("split", pyarrow.string()),
    ]
)
# Rows of a row group: few enough to hold in memory, enough to compress well.
GROUP_ROWS = 1_000


class TrlPreferenceExporter:
    """Writes a `.jsonl` or a `.parquet` file that `datasets` loads and TRL's preference trainers take."""

    name = "trl_preference"
    title = "TRL preference"
    endings = (".jsonl", ".parquet")

    def write(self, rows: Iterable[DatasetRowRecord], *, path: Path) -> ExportResult:
        """Stream rows into a file; raises ExportError for a row that a trainer could not use."""
        ending = ending_of(path, endings=self.endings)
        write = _write_parquet if ending == ".parquet" else _write_json_lines
        with unfinished(path) as place:
            count = write(checked_rows(rows), place)
        return result_of(path, rows=count)


def _write_json_lines(rows: Iterable[DatasetRowRecord], place: Path) -> int:
    count = 0
    with place.open("w", encoding="utf-8", newline="\n") as file:
        for row in rows:
            file.write(json.dumps(row_as_json(row), ensure_ascii=False, separators=(",", ":")) + "\n")
            count += 1
    return count


def _write_parquet(rows: Iterable[DatasetRowRecord], place: Path) -> int:
    count = 0
    remaining = iter(rows)
    with parquet.ParquetWriter(place, SCHEMA, compression="zstd") as writer:
        while group := [row_as_json(row) for row in islice(remaining, GROUP_ROWS)]:
            writer.write_table(pyarrow.Table.from_pylist(group, schema=SCHEMA))
            count += len(group)
    return count


def row_as_json(row: DatasetRowRecord) -> dict[str, str | list[dict[str, str]]]:
    """Return the fields of a row that are written, in their order."""
    return {
        "id": row.id,
        "prompt": turns_as_json(row.prompt),
        "chosen": turns_as_json(row.chosen),
        "rejected": turns_as_json(row.rejected),
        "decided_by": row.decided_by,
        "source": row.source,
        "split": row.split,
    }
