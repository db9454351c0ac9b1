"""Prompts alone, as TRL's trainers that generate their own answers read them."""

from collections.abc import Iterator

import pyarrow

from curation.domain.exporters.dataset_rows import DatasetRowRecord, turns_as_json
from curation.domain.exporters.exporting import Exported, ExportOptions, LeftOut, RecordExporter, Tally
from curation.domain.exporters.row_shapes import by_prompt, marks_of, plain_prompt, special_part
from curation.domain.importers.record_columns import MARKS, MESSAGES, text_columns


def _first_rows(rows: Iterator[DatasetRowRecord], *, tally: Tally) -> Iterator[DatasetRowRecord]:
    """Yield the first row of each prompt."""
    for group in by_prompt(rows):
        fault = special_part(group[0].prompt)
        for _row in group if fault else group[1:]:
            tally.leave_out(fault or LeftOut.SAME_AGAIN)
        if fault is None:
            yield group[0]


class TrlPromptOnlyExporter(RecordExporter):
    """Writes prompts as messages, each once."""

    name = "trl_prompt_only"
    title = "TRL prompts alone"
    read_by = "TRL's GRPO, RLOO and online DPO trainers, which write the answers themselves."
    by_prompt = True
    schema = pyarrow.schema([("id", pyarrow.string()), ("prompt", MESSAGES), *MARKS])

    def records(
        self, rows: Iterator[DatasetRowRecord], *, tally: Tally, options: ExportOptions
    ) -> Iterator[Exported]:
        """Yield one record a prompt."""
        for row in _first_rows(rows, tally=tally):
            yield {"id": row.id, "prompt": turns_as_json(row.prompt), **marks_of(row)}


class TrlPromptOnlyTextExporter(RecordExporter):
    """Writes prompts as text, each once."""

    name = "trl_prompt_only_text"
    title = "TRL prompts alone, plain text"
    read_by = "TRL's trainers that write answers themselves, with a base model."
    endings = (".jsonl", ".parquet", ".csv")
    by_prompt = True
    schema = pyarrow.schema([*text_columns("id", "prompt"), *MARKS])

    def records(
        self, rows: Iterator[DatasetRowRecord], *, tally: Tally, options: ExportOptions
    ) -> Iterator[Exported]:
        """Yield one record a prompt."""
        for row in _first_rows(rows, tally=tally):
            yield {"id": row.id, "prompt": plain_prompt(row.prompt), **marks_of(row)}
