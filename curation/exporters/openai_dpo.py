"""Pairs as OpenAI's preference fine-tuning reads them."""

from collections.abc import Iterator

from curation.domain.exporters.chat_messages import chat_messages
from curation.domain.exporters.dataset_rows import DatasetRowRecord
from curation.domain.exporters.exporting import Exported, ExportOptions, LeftOut, RecordExporter, Tally
from curation.domain.exporters.row_shapes import pairs

_TAKES = (LeftOut.TOOLS, LeftOut.ATTACHMENTS)


class OpenAIDpoExporter(RecordExporter):
    """Writes input, preferred and non-preferred output; no other key, which an upload would refuse."""

    name = "openai_dpo"
    title = "OpenAI preference fine-tuning (DPO)"
    read_by = "OpenAI's and Azure's preference fine-tuning."
    endings = (".jsonl",)
    names_split = False

    def records(
        self, rows: Iterator[DatasetRowRecord], *, tally: Tally, options: ExportOptions
    ) -> Iterator[Exported]:
        """Yield one record a pair."""
        for row in pairs(rows, tally=tally, takes=_TAKES):
            sides = (row.prompt, row.chosen, row.rejected)
            prompt, chosen, rejected = (
                chat_messages(turns, attachment=options.attachment) for turns in sides
            )
            if prompt is None or chosen is None or rejected is None:
                tally.leave_out(LeftOut.ATTACHMENTS)
            else:
                yield {
                    "input": {"messages": prompt, "tools": [], "parallel_tool_calls": True},
                    "preferred_output": chosen,
                    "non_preferred_output": rejected,
                }
