"""The rows of a frozen version as records, in constant memory and without what was withdrawn."""

from array import array
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from django.db.models import QuerySet

from curation.domain.dataset_rows import (
    DatasetRowRecord,
    SideRecord,
    VoteRecord,
    side_from_json,
    turns_from_json,
    vote_from_json,
)
from curation.models import DatasetRow, DatasetVersion

# Rows fetched at once by whoever streams a version.
STREAM_ROWS = 500

_FIELDS = (
    *(
        "id",
        "position",
        "uuid",
        "split",
        "decided_by",
        "source",
        "confidence",
        "is_tie",
        "strength",
        "values",
    ),
    *("chosen__uuid", "rejected__uuid", "ranked_list__uuid", "prompt__conversation__uuid"),
    *("snapshot__prompt", "snapshot__rejected_prompt", "snapshot__chosen", "snapshot__rejected"),
)


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
    while page := list(rows.filter(position__gt=last).values(*_FIELDS)[:STREAM_ROWS]):
        yield page
        last = page[-1]["position"]


def _pages_by_prompt(rows: QuerySet[DatasetRow]) -> Iterator[list[dict[str, Any]]]:
    """Sort once, by ids alone (8 bytes a row), and fetch the texts a page at a time."""
    in_order = rows.order_by("prompt_id", "position").values_list("id", flat=True)
    ids = array("q", in_order.iterator(chunk_size=10_000))
    for start in range(0, len(ids), STREAM_ROWS):
        wanted = ids[start : start + STREAM_ROWS].tolist()
        page = rows.order_by("prompt_id", "position").filter(id__in=wanted)
        yield list(page.values(*_FIELDS))


def _record_of(row: Mapping[str, Any]) -> DatasetRowRecord:
    values = row["values"]
    return DatasetRowRecord(
        id=str(row["uuid"]),
        prompt=turns_from_json(row["snapshot__prompt"]),
        chosen=turns_from_json(row["snapshot__chosen"]),
        rejected=turns_from_json(row["snapshot__rejected"]),
        decided_by=row["decided_by"],
        source=row["source"],
        split=row["split"],
        score=row["confidence"],
        rejected_prompt=turns_from_json(row["snapshot__rejected_prompt"]),
        chosen_about=_about(values, "chosen", row["chosen__uuid"]),
        rejected_about=_about(values, "rejected", row["rejected__uuid"]),
        list_id=_text(row["ranked_list__uuid"]),
        is_tie=row["is_tie"],
        strength=row["strength"],
        conversation_id=_text(row["prompt__conversation__uuid"]),
        language=values.get("language", ""),
        votes=_votes(values.get("votes", ())),
    )


def _about(values: Mapping[str, Any], side: str, response: object) -> SideRecord:
    about = side_from_json(values.get(side, {}))
    return about if about.response_id else replace(about, response_id=_text(response))


def _votes(stored: object) -> tuple[VoteRecord, ...]:
    # Versions frozen before votes were kept hold their number alone.
    return tuple(map(vote_from_json, stored)) if isinstance(stored, list) else ()


def _text(value: object) -> str:
    return "" if value is None else str(value)
