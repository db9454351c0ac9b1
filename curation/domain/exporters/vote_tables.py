"""The votes of rows as a table beside them, so that soft labels and agreement can be computed again elsewhere."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType

import pyarrow
from pyarrow import parquet

from curation.domain.exporters.dataset_rows import DatasetRowRecord
from curation.domain.importers.record_columns import text_columns
from curation.domain.importers.record_files import GROUP_ROWS

SCHEMA = pyarrow.schema(
    [
        *text_columns("row_id", "annotator", "protocol", "order_shown", "value"),
        ("strength", pyarrow.float64()),
        ("decided_at", pyarrow.timestamp("us", tz="UTC")),
        *text_columns("guideline_version"),
        ("saw_signal", pyarrow.bool_()),
    ]
)


class VoteTable:
    """Writes one record a vote while rows pass by; the file is there, with its columns, even where nobody voted."""

    def __init__(self, place: Path) -> None:
        self._writer = parquet.ParquetWriter(place, SCHEMA, compression="zstd")
        self._waiting: list[dict[str, object]] = []
        self.count = 0

    def __enter__(self) -> "VoteTable":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._write()
        self._writer.close()

    def noting(self, rows: Iterable[DatasetRowRecord]) -> Iterator[DatasetRowRecord]:
        """Yield rows unchanged and write their votes."""
        for row in rows:
            self._waiting += votes_of(row)
            if len(self._waiting) >= GROUP_ROWS:
                self._write()
            yield row

    def _write(self) -> None:
        # A row group without rows makes `datasets` stumble; a file without row groups does not.
        if not self._waiting:
            return
        self._writer.write_table(pyarrow.Table.from_pylist(self._waiting, schema=SCHEMA))
        self.count += len(self._waiting)
        self._waiting = []


def votes_of(row: DatasetRowRecord) -> list[dict[str, object]]:
    """Return the votes of a row as records."""
    return [
        {
            "row_id": row.id,
            "annotator": vote.annotator,
            "protocol": vote.protocol,
            "order_shown": vote.order_shown,
            "value": vote.value,
            "strength": vote.strength,
            "decided_at": vote.decided_at,
            "guideline_version": vote.guideline_version,
            "saw_signal": vote.saw_signal,
        }
        for vote in row.votes
    ]
