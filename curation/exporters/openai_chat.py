"""Preferred answers as chats, as OpenAI's supervised fine-tuning and its imitators read them."""

from collections.abc import Iterator

from curation.domain.exporters.chat_messages import chat_messages
from curation.domain.exporters.dataset_rows import DatasetRowRecord
from curation.domain.exporters.exporting import Exported, ExportOptions, LeftOut, RecordExporter, Tally
from curation.domain.exporters.row_shapes import best_answers

_TAKES = (LeftOut.TOOLS, LeftOut.ATTACHMENTS)


class OpenAIChatExporter(RecordExporter):
    """Writes one chat a line, with tool calls, and images inside it; no other key, which an upload would refuse."""

    name = "openai_chat"
    title = "OpenAI fine-tuning"
    read_by = (
        "OpenAI's supervised fine-tuning, Axolotl, Unsloth and most chat trainers: preferred answers alone."
    )
    endings = (".jsonl",)
    by_prompt = True
    names_split = False

    def records(
        self, rows: Iterator[DatasetRowRecord], *, tally: Tally, options: ExportOptions
    ) -> Iterator[Exported]:
        """Yield one record a preferred answer."""
        for answer in best_answers(rows, tally=tally, takes=_TAKES):
            messages = chat_messages((*answer.prompt, *answer.turns), attachment=options.attachment)
            if messages is None:
                tally.leave_out(LeftOut.ATTACHMENTS)
            else:
                yield {"messages": messages}
