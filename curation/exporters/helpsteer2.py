"""Answers rated by attribute, as HelpSteer2 has them: one answer a row, answers to one prompt after each other."""

from collections.abc import Iterator

import pyarrow

from curation.domain.exporters.dataset_rows import DatasetRowRecord
from curation.domain.exporters.exporting import Exported, ExportOptions, RecordExporter, Tally
from curation.domain.exporters.row_shapes import HELPSTEER, plain_prompt, rated_answers
from curation.domain.importers.record_columns import text_columns


class HelpSteer2Exporter(RecordExporter):
    """Writes prompt, response and the five attributes, 0 to 4; an attribute that nobody rated is null."""

    name = "helpsteer2"
    title = "HelpSteer2 attributes"
    read_by = "Reward models of attributes (HelpSteer2, NeMo); pandas."
    endings = (".jsonl", ".parquet", ".csv")
    by_prompt = True
    schema = pyarrow.schema(
        [
            *text_columns("prompt", "response"),
            *((name, pyarrow.float64()) for name in HELPSTEER),
            *text_columns("id", "split"),
        ]
    )

    def records(
        self, rows: Iterator[DatasetRowRecord], *, tally: Tally, options: ExportOptions
    ) -> Iterator[Exported]:
        """Yield one record an answer that was rated."""
        for answer in rated_answers(rows, tally=tally, names=HELPSTEER):
            ratings = answer.about.attributes
            yield {
                "prompt": plain_prompt(answer.prompt),
                "response": answer.text,
                **{name: ratings.get(name) for name in HELPSTEER},
                "id": answer.row.id,
                "split": answer.row.split,
            }
