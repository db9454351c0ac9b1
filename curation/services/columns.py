"""The columns of a table that is being imported: shown to a person, and named by one."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from curation.domain.column_mapping import ColumnMapping
from curation.domain.errors import HarkenError
from curation.domain.reading import SourceError, open_source
from curation.domain.table_reading import open_table, suggested_mapping
from curation.models import ImportBatch, Job, User
from curation.services.jobs import resume_job

TABLE_FORMAT = "csv"
PREVIEW_ROWS = 3
TABLE_ENDINGS = (".csv", ".tsv", ".csv.gz", ".tsv.gz")
RESUMABLE = (Job.State.FAILED, Job.State.CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportTable:
    """The columns and first rows of a table, and what its columns are taken for."""

    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]
    mapping: ColumnMapping


def table_of(batch: ImportBatch) -> ImportTable | None:
    """Return the table of an import that stopped before it stored anything, or None where there is none."""
    if batch.job is None or batch.job.state not in RESUMABLE or len(batch.files) != 1 or batch.read_count:
        return None
    entry = batch.files[0]
    if entry.get("format") != TABLE_FORMAT and not entry["name"].lower().endswith(TABLE_ENDINGS):
        return None
    try:
        table = open_table(open_source(Path(entry["path"]), name=entry["name"]))
    except SourceError:
        return None
    stored = entry.get("mapping")
    mapping = ColumnMapping.from_json(stored) if stored else suggested_mapping(table)
    return ImportTable(columns=table.columns, rows=table.sample(PREVIEW_ROWS), mapping=mapping)


@transaction.atomic
def name_columns(*, batch: ImportBatch, mapping: dict[str, Any], actor: User) -> None:
    """Say what the columns of a table mean, and import it so."""
    locked = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    if table_of(locked) is None or locked.job is None:
        raise HarkenError(_("This import is under way or done. Upload the table again to name its columns."))
    locked.files[0] |= {"format": TABLE_FORMAT, "mapping": mapping}
    locked.save(update_fields=["files"])
    resume_job(job=locked.job, actor=actor)
