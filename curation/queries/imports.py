"""Reads about imports: batches, what became of their records, and what was quarantined and why."""

from dataclasses import dataclass

from django.db.models import Min, Sum

from curation.models import ImportBatch, QuarantinedRecord

IMPORT_PAGE = 30
QUARANTINE_PAGE = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedFor:
    """How many records were refused for one reason, with the sentence of the first of them."""

    code: str
    records: int
    example: str


def reasons_of(batch: ImportBatch) -> list[RefusedFor]:
    """Return why records of a batch were refused, the most frequent reason first, in two queries."""
    found = list(
        batch.quarantined_records.values("reason").annotate(records=Sum("unit_count"), first=Min("id"))
    )
    sentences = dict(
        QuarantinedRecord.objects.filter(pk__in=[row["first"] for row in found]).values_list("id", "sentence")
    )
    reasons = [
        RefusedFor(code=row["reason"], records=row["records"], example=sentences[row["first"]])
        for row in found
    ]
    return sorted(reasons, key=lambda reason: -reason.records)
