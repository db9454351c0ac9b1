"""Preferred answers as conversations in the ShareGPT layout."""

from collections.abc import Iterator

from curation.domain.exporters.chat_messages import sharegpt_turns
from curation.domain.exporters.dataset_rows import DatasetRowRecord
from curation.domain.exporters.exporting import Exported, ExportOptions, LeftOut, RecordExporter, Tally
from curation.domain.exporters.row_shapes import best_answers, marks_of


class ShareGptExporter(RecordExporter):
    """Writes one conversation a line, its turns with "from" and "value", tool calls as turns of their own."""

    name = "sharegpt"
    title = "ShareGPT"
    read_by = "FastChat, Axolotl, LLaMA-Factory and other chat trainers: preferred answers alone."
    endings = (".jsonl",)
    by_prompt = True

    def records(
        self, rows: Iterator[DatasetRowRecord], *, tally: Tally, options: ExportOptions
    ) -> Iterator[Exported]:
        """Yield one record a preferred answer."""
        for answer in best_answers(rows, tally=tally, takes=(LeftOut.TOOLS,)):
            yield {
                "id": answer.row.id,
                "conversations": sharegpt_turns((*answer.prompt, *answer.turns)),
                **marks_of(answer.row),
            }
