"""Prompts with their preferred answer, as TRL's SFT trainer reads them."""

from collections.abc import Iterator

import pyarrow

from curation.domain.exporters.dataset_rows import DatasetRowRecord, turns_as_json
from curation.domain.exporters.exporting import Exported, ExportOptions, RecordExporter, Tally
from curation.domain.exporters.row_shapes import best_answers, marks_of, plain_prompt
from curation.domain.importers.record_columns import MARKS, MESSAGES, text_columns


class TrlPromptCompletionExporter(RecordExporter):
    """Writes prompt and completion as messages."""

    name = "trl_prompt_completion"
    title = "TRL prompt and completion (SFT)"
    read_by = "TRL's SFT trainer: the preferred answers alone, each once."
    by_prompt = True
    schema = pyarrow.schema(
        [("id", pyarrow.string()), ("prompt", MESSAGES), ("completion", MESSAGES), *MARKS]
    )

    def records(
        self, rows: Iterator[DatasetRowRecord], *, tally: Tally, options: ExportOptions
    ) -> Iterator[Exported]:
        """Yield one record a preferred answer."""
        for answer in best_answers(rows, tally=tally):
            yield {
                "id": answer.row.id,
                "prompt": turns_as_json(answer.prompt),
                "completion": turns_as_json(answer.turns),
                **marks_of(answer.row),
            }


class TrlPromptCompletionTextExporter(RecordExporter):
    """Writes prompt and completion as text."""

    name = "trl_prompt_completion_text"
    title = "TRL prompt and completion (SFT), plain text"
    read_by = "TRL's SFT trainer with a base model; pandas and spreadsheets."
    endings = (".jsonl", ".parquet", ".csv")
    by_prompt = True
    schema = pyarrow.schema([*text_columns("id", "prompt", "completion"), *MARKS])

    def records(
        self, rows: Iterator[DatasetRowRecord], *, tally: Tally, options: ExportOptions
    ) -> Iterator[Exported]:
        """Yield one record a preferred answer of one message."""
        for answer in best_answers(rows, tally=tally, as_text=True):
            yield {
                "id": answer.row.id,
                "prompt": plain_prompt(answer.prompt),
                "completion": answer.text,
                **marks_of(answer.row),
            }
