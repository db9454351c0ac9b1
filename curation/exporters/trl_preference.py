"""Preferences as TRL reads them: prompt, chosen and rejected, as messages or as text."""

from collections.abc import Iterator

import pyarrow

from curation.domain.exporters.dataset_rows import DatasetRowRecord, turns_as_json
from curation.domain.exporters.exporting import Exported, ExportOptions, RecordExporter, Tally
from curation.domain.exporters.row_shapes import marks_of, pairs, plain_prompt
from curation.domain.importers.record_columns import MARKS, MESSAGES


class TrlPreferenceExporter(RecordExporter):
    """Writes pairs as messages, which TRL's preference trainers take as they are."""

    name = "trl_preference"
    title = "TRL preference"
    read_by = "TRL's DPO, ORPO, CPO and reward trainers; the template of the model is applied there."
    schema = pyarrow.schema(
        [("id", pyarrow.string()), *((name, MESSAGES) for name in ("prompt", "chosen", "rejected")), *MARKS]
    )

    def records(
        self, rows: Iterator[DatasetRowRecord], *, tally: Tally, options: ExportOptions
    ) -> Iterator[Exported]:
        """Yield one record a pair."""
        for row in pairs(rows, tally=tally):
            yield {
                "id": row.id,
                "prompt": turns_as_json(row.prompt),
                "chosen": turns_as_json(row.chosen),
                "rejected": turns_as_json(row.rejected),
                **marks_of(row),
            }


class TrlPreferenceTextExporter(RecordExporter):
    """Writes pairs as text, for models without a template."""

    name = "trl_preference_text"
    title = "TRL preference, plain text"
    read_by = "TRL's preference trainers with a base model; pandas and spreadsheets."
    endings = (".jsonl", ".parquet", ".csv")
    schema = pyarrow.schema(
        [(name, pyarrow.string()) for name in ("id", "prompt", "chosen", "rejected")] + MARKS
    )

    def records(
        self, rows: Iterator[DatasetRowRecord], *, tally: Tally, options: ExportOptions
    ) -> Iterator[Exported]:
        """Yield one record a pair whose answers are one message each."""
        for row in pairs(rows, tally=tally, as_text=True):
            yield {
                "id": row.id,
                "prompt": plain_prompt(row.prompt),
                "chosen": row.chosen[0].content,
                "rejected": row.rejected[0].content,
                **marks_of(row),
            }
