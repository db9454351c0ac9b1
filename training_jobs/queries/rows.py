"""The rows of a frozen version, as the trainer wants them."""

from collections.abc import Iterator

from curation.domain.dataset_rows import DatasetRowRecord, Turns
from curation.models import DatasetRow, DatasetVersion


def version_texts(version: DatasetVersion) -> Iterator[str]:
    """Yield every text of a version once a row: what a tokenizer is trained on."""
    rows = DatasetRow.objects.filter(version=version, snapshot__withdrawn_at__isnull=True)
    texts = rows.order_by("position").values_list(
        "snapshot__prompt", "snapshot__chosen", "snapshot__rejected"
    )
    for sides in texts.iterator(chunk_size=500):
        for messages in sides:
            yield from (message["content"] for message in messages)


def split_rows(version: DatasetVersion, *, split: str) -> Iterator[DatasetRowRecord]:
    """Yield the rows of one split in their order; a row whose text was withdrawn is left out."""
    rows = DatasetRow.objects.filter(version=version, split=split, snapshot__withdrawn_at__isnull=True)
    for row in rows.select_related("snapshot").order_by("position").iterator(chunk_size=500):
        yield DatasetRowRecord(
            id=str(row.uuid),
            prompt=_turns(row.snapshot.prompt),
            chosen=_turns(row.snapshot.chosen),
            rejected=_turns(row.snapshot.rejected),
            decided_by=row.decided_by,
            source=row.source,
            split=row.split,
        )


def _turns(messages: list[dict[str, str]]) -> Turns:
    return tuple((message["role"], message["content"]) for message in messages)
