"""Bad answers alone, for objectives that need no good ones."""

from collections.abc import Iterator

import pyarrow

from curation.domain.exporters.dataset_rows import DatasetRowRecord, turns_as_json
from curation.domain.exporters.exporting import Exported, ExportOptions, RecordExporter, Tally
from curation.domain.exporters.row_shapes import labelled_answers, marks_of
from curation.domain.importers.record_columns import MARKS, MESSAGES, text_columns


class NegativesExporter(RecordExporter):
    """Writes each answer that was found bad and never preferred, once; good ones are not written."""

    name = "negatives"
    title = "Bad answers alone"
    read_by = "Distributional Dispreference Optimization (D2O) and other objectives that unlearn."
    by_prompt = True
    schema = pyarrow.schema([*text_columns("id"), ("prompt", MESSAGES), ("rejected", MESSAGES), *MARKS])

    def records(
        self, rows: Iterator[DatasetRowRecord], *, tally: Tally, options: ExportOptions
    ) -> Iterator[Exported]:
        """Yield one record a bad answer."""
        for is_good, answer in labelled_answers(rows, tally=tally):
            if not is_good:
                yield {
                    "id": answer.row.id,
                    "prompt": turns_as_json(answer.prompt),
                    "rejected": turns_as_json(answer.turns),
                    **marks_of(answer.row),
                }
