"""JSON records of a file, one at a time: lines, the elements of an array, objects in a row, or rows of Parquet.

What cannot be read is refused alone, with its position; memory is bounded by the cap on one record.
"""

from collections.abc import Iterator

from curation.domain.corpus.records import Position, Refusal
from curation.domain.importers.json_decoding import (
    JsonRecord,
    RecordDecoder,
    record_or_refusal,
    trailing_fault,
)
from curation.domain.importers.json_stream import records_of_stream
from curation.domain.importers.parquet_reading import parquet_records
from curation.domain.importers.reading import (
    Line,
    Source,
    decode_utf8,
    head_bytes,
    not_utf8_refusal,
    oversize_refusal,
    read_lines,
)
from curation.domain.importers.table_records import is_headed_table, table_records


def json_records(source: Source) -> Iterator[JsonRecord | Refusal]:
    """Yield every record of a JSON Lines file, a JSON array, a row of JSON objects, a Parquet file or a table."""
    if source.is_parquet:
        return parquet_records(source)
    if is_headed_table(source):
        return table_records(source)
    if has_record_per_line(source):
        return _records_of_lines(source)
    return records_of_stream(source)


def has_record_per_line(source: Source) -> bool:
    """Tell JSON Lines from an array, and from an object that is written over several lines."""
    head = head_bytes(source)
    if head.startswith(b"["):
        # No format is a list of lists, so two brackets are a flaw of the first line.
        return head[1:].lstrip().startswith(b"[")
    lines = [line.strip() for line in head.splitlines() if line.strip()]
    if len(lines) < 2 or not _is_open(lines[0]):
        return True
    # A first line that breaks off is a flaw where the second begins and ends like a record.
    return lines[1].startswith(b"{") and not _is_open(lines[1])


def _is_open(line: bytes) -> bool:
    return line.endswith((b",", b"[", b"{"))


def _records_of_lines(source: Source) -> Iterator[JsonRecord | Refusal]:
    decoder = RecordDecoder()
    for line in read_lines(source):
        if isinstance(line, Refusal):
            yield line
        elif line.content is None or line.content.strip():
            yield _record_of_line(line, decoder=decoder, source=source)


def _record_of_line(line: Line, *, decoder: RecordDecoder, source: Source) -> JsonRecord | Refusal:
    position = Position(file=source.name, line=line.number)
    if line.content is None:
        return oversize_refusal(position, size=line.size, cap=source.limits.record_bytes)
    text = decode_utf8(line.content)
    if text is None:
        return not_utf8_refusal(position, content=line.content)
    text = text.strip()
    decoded = decoder.decode(text, start=0)
    if decoded.fault is None:
        decoded = decoded._replace(fault=trailing_fault(text, end=decoded.end))
    return record_or_refusal(decoded, text=text, start=0, position=position)
