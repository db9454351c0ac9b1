"""Pairs of prompt and answer, where the prompts may differ, as DOVE reads them."""

from collections.abc import Iterator

import pyarrow

from curation.domain.exporters.dataset_rows import DatasetRowRecord
from curation.domain.exporters.exporting import Exported, ExportOptions, LeftOut, RecordExporter, Tally
from curation.domain.exporters.row_shapes import marks_of, pair_fault, plain_prompt, special_part
from curation.domain.importers.record_columns import MARKS, text_columns

_TEXTS = ("id", "chosen_prompt", "chosen", "rejected_prompt", "rejected")


class JointPairsExporter(RecordExporter):
    """Writes both prompts with their answers; a common pair has the same prompt on both sides."""

    name = "joint_pairs"
    title = "Joint pairs with two prompts (DOVE)"
    read_by = "Joint Preference Optimization (DOVE, Bansal et al. 2024), which mixes pairs of one and of two prompts."
    endings = (".jsonl", ".parquet", ".csv")
    schema = pyarrow.schema([*text_columns(*_TEXTS), *MARKS])

    def records(
        self, rows: Iterator[DatasetRowRecord], *, tally: Tally, options: ExportOptions
    ) -> Iterator[Exported]:
        """Yield one record a pair."""
        for row in rows:
            fault = _fault_of(row)
            if fault is None:
                yield _record_of(row)
            else:
                tally.leave_out(fault)


def _fault_of(row: DatasetRowRecord) -> LeftOut | None:
    fault = pair_fault(row)
    if fault is not None and fault is not LeftOut.TWO_PROMPTS:
        return fault
    if max(len(row.chosen), len(row.rejected)) > 1:
        return LeftOut.SEVERAL_TURNS
    return special_part(row.turns)


def _record_of(row: DatasetRowRecord) -> Exported:
    return {
        "id": row.id,
        "chosen_prompt": plain_prompt(row.prompt),
        "chosen": row.chosen[0].content,
        "rejected_prompt": plain_prompt(row.rejected_prompt or row.prompt),
        "rejected": row.rejected[0].content,
        **marks_of(row),
    }
