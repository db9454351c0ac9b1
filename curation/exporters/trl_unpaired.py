"""Answers that are good or bad by themselves, as TRL's KTO trainer reads them, good and bad interleaved."""

from collections.abc import Iterator

import pyarrow

from curation.domain.corpus.interleaving import interleaved, with_both_labels
from curation.domain.exporters.dataset_rows import DatasetRowRecord, turns_as_json
from curation.domain.exporters.exporting import Exported, ExportOptions, LeftOut, RecordExporter, Tally
from curation.domain.exporters.row_shapes import Answer, labelled_answers, marks_of, plain_prompt
from curation.domain.importers.record_columns import MARKS, MESSAGES, text_columns


def _mixed_answers(rows: Iterator[DatasetRowRecord], *, tally: Tally) -> Iterator[tuple[bool, Answer]]:
    """Yield labelled answers so that every batch holds both labels: pairs one after another would teach the opposite.

    Raises ExportError where the rows to train on have one label alone.
    """
    labelled = labelled_answers(rows, tally=tally)
    return interleaved(with_both_labels(labelled))


class TrlUnpairedExporter(RecordExporter):
    """Writes prompt, completion and label as messages."""

    name = "trl_unpaired"
    title = "TRL unpaired (KTO)"
    read_by = "TRL's KTO trainer: each answer alone with a label, good and bad interleaved as it needs them."
    by_prompt = True
    schema = pyarrow.schema(
        [
            ("id", pyarrow.string()),
            ("prompt", MESSAGES),
            ("completion", MESSAGES),
            ("label", pyarrow.bool_()),
            *MARKS,
        ]
    )

    def records(
        self, rows: Iterator[DatasetRowRecord], *, tally: Tally, options: ExportOptions
    ) -> Iterator[Exported]:
        """Yield one record an answer."""
        for is_good, answer in _mixed_answers(rows, tally=tally):
            yield {
                "id": answer.row.id,
                "prompt": turns_as_json(answer.prompt),
                "completion": turns_as_json(answer.turns),
                "label": is_good,
                **marks_of(answer.row),
            }


class TrlUnpairedTextExporter(RecordExporter):
    """Writes prompt, completion and label as text."""

    name = "trl_unpaired_text"
    title = "TRL unpaired (KTO), plain text"
    read_by = "TRL's KTO trainer with a base model; pandas and spreadsheets."
    endings = (".jsonl", ".parquet", ".csv")
    by_prompt = True
    schema = pyarrow.schema([*text_columns("id", "prompt", "completion"), ("label", pyarrow.bool_()), *MARKS])

    def records(
        self, rows: Iterator[DatasetRowRecord], *, tally: Tally, options: ExportOptions
    ) -> Iterator[Exported]:
        """Yield one record an answer of one message."""
        for is_good, answer in _mixed_answers(rows, tally=tally):
            if len(answer.turns) > 1:
                tally.leave_out(LeftOut.SEVERAL_TURNS)
                continue
            yield {
                "id": answer.row.id,
                "prompt": plain_prompt(answer.prompt),
                "completion": answer.text,
                "label": is_good,
                **marks_of(answer.row),
            }
