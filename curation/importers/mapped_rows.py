"""Conversations in JSON objects or Parquet rows of any fields, which a mapping names."""

from collections.abc import Iterator

from curation.domain.importers.column_mapping import ColumnMapping
from curation.domain.importers.importing import Head, Imported
from curation.domain.importers.mapped_rows import mapped_conversations
from curation.domain.importers.mapping_suggestion import suggest_mapping
from curation.domain.importers.object_table import columns_of_objects, open_object_table, row_of_object
from curation.domain.importers.reading import Source
from curation.domain.importers.table_reading import suggested_mapping

# Below what any format of its own claims, so that only rows that no other importer knows come here.
_CONFIDENCE = 0.45


class MappedRowsImporter:
    """JSON or Parquet with fields of any names: prompts and responses, or whole conversations, by a mapping."""

    name = "rows"
    title = "JSON or Parquet rows"

    def sniff(self, head: Head) -> float:
        """Return a low confidence where the fields hold a prompt and a response, or conversations."""
        columns = columns_of_objects(head.records)
        if not columns:
            return 0.0
        rows = [row_of_object(record, columns=columns) for record in head.records]
        return _CONFIDENCE if suggest_mapping(columns, rows).is_enough else 0.0

    def read(self, source: Source, *, mapping: ColumnMapping | None = None) -> Iterator[Imported]:
        """Yield the rows' conversations; without a mapping, by the one that the first rows suggest.

        Raises SourceError where no field is the prompt, or where a field of the mapping is missing.
        """
        table = open_object_table(source)
        return mapped_conversations(table, mapping=mapping or suggested_mapping(table))
