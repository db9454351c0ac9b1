"""Conversations in a CSV table: a row is a turn, its columns are named by a mapping."""

from collections.abc import Iterator

from curation.domain.importers.column_mapping import ColumnMapping
from curation.domain.importers.importing import Head, Imported
from curation.domain.importers.mapped_rows import mapped_conversations
from curation.domain.importers.mapping_suggestion import suggest_mapping
from curation.domain.importers.reading import Source
from curation.domain.importers.table_reading import open_table, suggested_mapping


class CsvImporter:
    """CSV with one turn a row: a prompt, one or two responses, their ratings and the choice between them.

    A column of whole conversations, as JSON or as Python prints lists, is read too.
    """

    name = "csv"
    title = "CSV table"

    def sniff(self, head: Head) -> float:
        """Return how sure it is that there are a prompt and a response, or conversations, among the columns."""
        if len(head.columns) < 2:
            return 0.0
        mapping = suggest_mapping(head.columns, head.rows, has_header=head.has_header)
        is_named = head.file_name.endswith((".csv", ".tsv"))
        return (0.9 if is_named else 0.7) if mapping.is_enough else 0.5 * is_named

    def read(self, source: Source, *, mapping: ColumnMapping | None = None) -> Iterator[Imported]:
        """Yield the table's conversations; without a mapping, by the one that its first rows suggest.

        Raises SourceError where no column is the prompt, or where a column of the mapping is missing.
        """
        table = open_table(source, has_header=mapping.has_header if mapping else None)
        return mapped_conversations(table, mapping=mapping or suggested_mapping(table))
