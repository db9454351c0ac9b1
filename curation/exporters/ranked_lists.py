"""Ranked lists with everything known of each answer, for readers of one's own."""

from collections.abc import Iterator

import pyarrow

from curation.domain.exporters.dataset_rows import DatasetRowRecord, turns_as_json
from curation.domain.exporters.exporting import Exported, ExportOptions, RecordExporter, Tally
from curation.domain.exporters.row_shapes import answer_lists, marks_of
from curation.domain.importers.record_columns import MARKS, MESSAGES, text_columns

_RESPONSE = pyarrow.struct([*text_columns("content", "model"), ("rank", pyarrow.int64())])


class RankedListsExporter(RecordExporter):
    """Writes one list a record: rank 0 is best, equal ranks tie."""

    name = "ranked_lists"
    title = "Ranked lists"
    read_by = "Your own code for list-wise objectives: answers best first, with ranks and models, ties kept."
    by_prompt = True
    schema = pyarrow.schema(
        [*text_columns("id"), ("prompt", MESSAGES), ("responses", pyarrow.list_(_RESPONSE)), *MARKS]
    )

    def records(
        self, rows: Iterator[DatasetRowRecord], *, tally: Tally, options: ExportOptions
    ) -> Iterator[Exported]:
        """Yield one record a list."""
        for ranked in answer_lists(rows, tally=tally):
            responses = [
                {"content": answer.text, "model": answer.about.model, "rank": answer.rank}
                for answer in ranked.answers
            ]
            yield {
                "id": ranked.id,
                "prompt": turns_as_json(ranked.row.prompt),
                "responses": responses,
                **marks_of(ranked.row),
            }
