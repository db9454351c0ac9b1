"""Answers in labelled steps, as process reward models read them."""

from collections.abc import Iterator

import pyarrow

from curation.domain.exporters.dataset_rows import DatasetRowRecord
from curation.domain.exporters.exporting import Exported, ExportOptions, LeftOut, RecordExporter, Tally
from curation.domain.exporters.row_shapes import marks_of, once_each, plain_prompt
from curation.domain.importers.record_columns import MARKS, TEXTS, text_columns


class StepwiseExporter(RecordExporter):
    """Writes prompt, completions (the steps) and labels (whether each is right)."""

    name = "stepwise"
    title = "Labelled steps (PRM)"
    read_by = "Process reward models; TRL's stepwise-supervision type (its PRM trainer left in 1.16)."
    by_prompt = True
    schema = pyarrow.schema(
        [
            *text_columns("id", "prompt"),
            ("completions", TEXTS),
            ("labels", pyarrow.list_(pyarrow.bool_())),
            *MARKS,
        ]
    )

    def records(
        self, rows: Iterator[DatasetRowRecord], *, tally: Tally, options: ExportOptions
    ) -> Iterator[Exported]:
        """Yield one record an answer whose steps were labelled."""
        for answer in once_each(rows, tally=tally):
            steps = answer.about.steps
            if not steps:
                tally.leave_out(LeftOut.NO_STEPS)
                continue
            yield {
                "id": answer.row.id,
                "prompt": plain_prompt(answer.prompt),
                "completions": [step.text for step in steps],
                "labels": [step.is_correct for step in steps],
                **marks_of(answer.row),
            }
