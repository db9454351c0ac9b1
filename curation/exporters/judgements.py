"""Answers with what was written about them, as Contrastive Unlikelihood Training reads them."""

from collections.abc import Iterator

import pyarrow

from curation.domain.exporters.dataset_rows import DatasetRowRecord
from curation.domain.exporters.exporting import Exported, ExportOptions, LeftOut, RecordExporter, Tally
from curation.domain.exporters.row_shapes import Answer, labelled_answers, marks_of, plain_prompt
from curation.domain.importers.record_columns import MARKS, text_columns

# CUT takes an answer of at least 7 as good; it reads no other meaning out of the number.
_GOOD, _BAD = 10, 1


class JudgementsExporter(RecordExporter):
    """Writes bad answers with their judgement, and good ones without: those are CUT's positive examples."""

    name = "judgements"
    title = "Judgements (CUT)"
    read_by = "Contrastive Unlikelihood Training (Xu et al. 2024), which learns from what people wrote about an answer."
    endings = (".jsonl", ".parquet", ".csv")
    by_prompt = True
    schema = pyarrow.schema(
        [*text_columns("id", "instruction", "output", "judgment"), ("score", pyarrow.int64()), *MARKS]
    )

    def records(
        self, rows: Iterator[DatasetRowRecord], *, tally: Tally, options: ExportOptions
    ) -> Iterator[Exported]:
        """Yield one record an answer."""
        for is_good, answer in labelled_answers(rows, tally=tally):
            if len(answer.turns) > 1:
                tally.leave_out(LeftOut.SEVERAL_TURNS)
            elif not is_good and not answer.about.judgement:
                tally.leave_out(LeftOut.NO_JUDGEMENT)
            else:
                yield _record_of(answer, is_good=is_good)


def _record_of(answer: Answer, *, is_good: bool) -> Exported:
    return {
        "id": answer.row.id,
        "instruction": plain_prompt(answer.prompt),
        "output": answer.text,
        "judgment": None if is_good else answer.about.judgement,
        "score": _GOOD if is_good else _BAD,
        **marks_of(answer.row),
    }
