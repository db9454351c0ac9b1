"""The rows of a frozen version as records, in constant memory and without what was withdrawn."""

import json
from array import array
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import orjson
from django.db.models import QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat, Left

from curation.domain.exporters.dataset_rows import (
    DatasetRowRecord,
    SideRecord,
    Turns,
    VoteRecord,
    side_from_json,
    turns_from_json,
    vote_from_json,
)
from curation.models import DatasetRow, DatasetVersion

# Rows fetched at once by whoever streams a version.
STREAM_ROWS = 500

_FIELDS = ("id", "position", "split", "decided_by", "source", "confidence", "is_tie", "strength")
# Fetched as text: ids are written as text anyway, and JSON is decoded several times faster than by the driver.
_TEXTS = {
    # The same rows in the same order have the same ids, so that a version made again is the same byte for byte.
    "row_id": Concat(Left("sha256", 32), Value("-"), Cast("position", TextField()), output_field=TextField()),
    "stored_values": Cast("values", TextField()),
    "stored_prompt": Cast("snapshot__prompt", TextField()),
    "stored_rejected_prompt": Cast("snapshot__rejected_prompt", TextField()),
    "stored_chosen": Cast("snapshot__chosen", TextField()),
    "stored_rejected": Cast("snapshot__rejected", TextField()),
    "chosen_id_text": Cast("chosen__uuid", TextField()),
    "rejected_id_text": Cast("rejected__uuid", TextField()),
    "list_id_text": Cast("ranked_list__uuid", TextField()),
    "conversation_id_text": Cast("prompt__conversation__uuid", TextField()),
}


def version_rows(
    version: DatasetVersion,
    *,
    split: str | None = None,
    splits: Collection[str] | None = None,
    by_prompt: bool = False,
) -> Iterator[DatasetRowRecord]:
    """Yield the rows of a version, or of some splits of it, without those that were withdrawn.

    They come in their order, or `by_prompt`: then all rows of a prompt, and so of a list, follow each other.
    """
    rows = readable_rows(version, split=split, splits=splits)
    pages = _pages_by_prompt(rows) if by_prompt else _pages(rows)
    for page in pages:
        yield from map(_record_of, page)


def readable_rows(
    version: DatasetVersion, *, split: str | None = None, splits: Collection[str] | None = None
) -> QuerySet[DatasetRow]:
    """Return the rows whose text is still there, in their order."""
    rows = DatasetRow.objects.filter(version=version, snapshot__withdrawn_at__isnull=True)
    wanted = [split] if split is not None else splits
    if wanted is not None:
        rows = rows.filter(split__in=wanted)
    return rows.order_by("position")


def _pages(rows: QuerySet[DatasetRow]) -> Iterator[list[dict[str, Any]]]:
    last = -1
    while page := list(rows.filter(position__gt=last).values(*_FIELDS, **_TEXTS)[:STREAM_ROWS]):
        yield page
        last = page[-1]["position"]


def _pages_by_prompt(rows: QuerySet[DatasetRow]) -> Iterator[list[dict[str, Any]]]:
    """Sort once, by ids alone (8 bytes a row), and fetch the texts a page at a time."""
    in_order = rows.order_by("prompt_id", "position").values_list("id", flat=True)
    ids = array("q", in_order.iterator(chunk_size=10_000))
    for start in range(0, len(ids), STREAM_ROWS):
        wanted = ids[start : start + STREAM_ROWS].tolist()
        page = rows.order_by("prompt_id", "position").filter(id__in=wanted)
        yield list(page.values(*_FIELDS, **_TEXTS))


def _record_of(row: Mapping[str, Any]) -> DatasetRowRecord:
    values = orjson.loads(row["stored_values"])
    return DatasetRowRecord(
        id=row["row_id"],
        prompt=_turns(row["stored_prompt"]),
        chosen=_turns(row["stored_chosen"]),
        rejected=_turns(row["stored_rejected"]),
        decided_by=row["decided_by"],
        source=row["source"],
        split=row["split"],
        score=row["confidence"],
        rejected_prompt=_turns(row["stored_rejected_prompt"]),
        chosen_about=_about(values, "chosen", row["chosen_id_text"]),
        rejected_about=_about(values, "rejected", row["rejected_id_text"]),
        list_id=row["list_id_text"] or "",
        is_tie=row["is_tie"],
        strength=row["strength"],
        weight=values.get("weight"),
        conversation_id=row["conversation_id_text"] or "",
        language=values.get("language", ""),
        votes=_votes(values.get("votes", ())),
    )


def _turns(stored: str) -> Turns:
    # Tools may be called with whole numbers of any length, which the fast decoder would round.
    decode = json.loads if '"parts"' in stored else orjson.loads
    return turns_from_json(decode(stored))


def _about(values: Mapping[str, Any], side: str, response: str | None) -> SideRecord:
    return side_from_json({"response_id": response or "", **values.get(side, {})})


def _votes(stored: object) -> tuple[VoteRecord, ...]:
    # Versions frozen before votes were kept hold their number alone.
    return tuple(map(vote_from_json, stored)) if isinstance(stored, list) else ()
