"""Ranked lists as the code of KnowPAT reads them: query, answers and falling scores."""

from collections.abc import Iterator

import pyarrow

from curation.domain.exporters.dataset_rows import DatasetRowRecord
from curation.domain.exporters.exporting import Exported, ExportOptions, RecordExporter, Tally
from curation.domain.exporters.row_shapes import answer_lists, marks_of, places_from_last, plain_prompt
from curation.domain.importers.record_columns import MARKS, TEXTS, text_columns


class KnowPatExporter(RecordExporter):
    """Writes one list a record, best first, scored by place: the last of four has 1, the first 4."""

    name = "knowpat"
    title = "KnowPAT ranked lists"
    read_by = "Knowledgeable Preference Alignment (Zhang et al. 2024), which takes four answers a query."
    by_prompt = True
    schema = pyarrow.schema(
        [
            *text_columns("id", "query"),
            ("responses", TEXTS),
            ("scores", pyarrow.list_(pyarrow.int64())),
            *MARKS,
        ]
    )

    def records(
        self, rows: Iterator[DatasetRowRecord], *, tally: Tally, options: ExportOptions
    ) -> Iterator[Exported]:
        """Yield one record a list."""
        for ranked in answer_lists(rows, tally=tally):
            yield {
                "id": ranked.id,
                "query": plain_prompt(ranked.row.prompt),
                "responses": [answer.text for answer in ranked.answers],
                "scores": places_from_last(ranked),
                **marks_of(ranked.row),
            }
