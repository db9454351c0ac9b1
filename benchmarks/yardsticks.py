"""What the figures are compared with: the same bytes through the plainest way there is."""

from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.json
import pyarrow.parquet as pq
from django.db import connections

from benchmarks.watching import Took, watched

# More rows than these say no more about a rate.
MOST_MESSAGES = 600_000
COLUMNS = ", ".join(
    (
        *("uuid", "created_at", "project_id", "conversation_id", "position", "role", "rich_parts", "text"),
        *("source_id", "sent_at", "is_repeat"),
    )
)


def raw_copy(folder: Path) -> tuple[int, Took]:
    """COPY the messages into a table without keys and indexes; returns how many bytes, and what it took."""
    path = folder / "messages.copy"
    owner = connections["owner"]
    with owner.cursor() as cursor:
        cursor.execute("CREATE TABLE raw_message (LIKE curation_message)")
        cursor.execute("ALTER TABLE raw_message ALTER id DROP NOT NULL, SET (toast_tuple_target = 8160)")
        cursor.execute("GRANT INSERT ON raw_message TO harken_app")
        _copy_out(cursor, path)
    size = path.stat().st_size
    statement = f"COPY raw_message ({COLUMNS}) FROM STDIN"
    with watched() as took, path.open("rb") as file, connections["default"].cursor() as cursor:
        _copy_in(cursor.copy(statement), file)
    path.unlink()
    with owner.cursor() as cursor:
        cursor.execute("DROP TABLE raw_message")
    return size, took


def _copy_out(cursor: Any, path: Path) -> None:
    query = f"COPY (SELECT {COLUMNS} FROM curation_message ORDER BY id LIMIT {MOST_MESSAGES}) TO STDOUT"
    with path.open("wb") as file, cursor.copy(query) as copy:
        for block in copy:
            file.write(block)


def _copy_in(copying: Any, file: BinaryIO) -> None:
    with copying as copy:
        while block := file.read(1 << 17):
            copy.write(block)


def raw_parquet(rows: Path) -> Took:
    """Write the rows of a JSONL file as Parquet."""
    table: pa.Table = pyarrow.json.read_json(rows)
    with watched() as took:
        pq.write_table(table, rows.with_suffix(".raw.parquet"))
    return took
