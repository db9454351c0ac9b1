"""Conversations whose answers carry their attributes as a string, as SteerLM reads them."""

from collections.abc import Iterator

from curation.domain.exporters.dataset_rows import DatasetRowRecord
from curation.domain.exporters.exporting import Exported, ExportOptions, RecordExporter, Tally
from curation.domain.exporters.row_shapes import Answer, rated_answers

_SPEAKERS = {"user": "User", "assistant": "Assistant", "tool": "User"}


class SteerLmExporter(RecordExporter):
    """Writes one conversation a line; the label of the last answer is `name:value` of each attribute, joined."""

    name = "steerlm"
    title = "SteerLM attribute strings"
    read_by = "SteerLM's attribute-conditioned fine-tuning in NeMo."
    endings = (".jsonl",)
    by_prompt = True
    names_split = False

    def records(
        self, rows: Iterator[DatasetRowRecord], *, tally: Tally, options: ExportOptions
    ) -> Iterator[Exported]:
        """Yield one record an answer that was rated."""
        for answer in rated_answers(rows, tally=tally):
            yield _record_of(answer)


def _record_of(answer: Answer) -> Exported:
    spoken = [turn for turn in answer.prompt if turn.role != "system"]
    turns = [{"from": _SPEAKERS[turn.role], "value": turn.content, "label": None} for turn in spoken]
    last = {"from": "Assistant", "value": answer.text, "label": label_of(answer)}
    return {
        "system": "\n".join(turn.content for turn in answer.prompt if turn.role == "system"),
        "mask": "User",
        "type": "VALUE_TO_TEXT",
        "conversations": [*turns, last],
    }


def label_of(answer: Answer) -> str:
    """Return the attributes as SteerLM writes them, such as `helpfulness:4,verbosity:2`."""
    ratings = answer.about.attributes
    return ",".join(f"{name}:{value:g}" for name, value in sorted(ratings.items()))
