"""Ranked lists of answers in steps, as the code of Tree Preference Optimization reads them."""

import re
from collections.abc import Iterator

from curation.domain.exporters.dataset_rows import DatasetRowRecord
from curation.domain.exporters.exporting import Exported, ExportOptions, RecordExporter, Tally
from curation.domain.exporters.row_shapes import (
    Answer,
    answer_lists,
    marks_of,
    plain_prompt,
    scores_or_places,
)


class TreeListsExporter(RecordExporter):
    """Writes one list a line, each answer as its steps: those that were labelled, else its lines."""

    name = "tree_lists"
    title = "Tree-PO lists of steps"
    read_by = "Tree Preference Optimization (Liao et al. 2024): answers in steps with scores, best first."
    endings = (".jsonl",)
    by_prompt = True

    def records(
        self, rows: Iterator[DatasetRowRecord], *, tally: Tally, options: ExportOptions
    ) -> Iterator[Exported]:
        """Yield one record a list."""
        for ranked in answer_lists(rows, tally=tally):
            scored = zip(ranked.answers, scores_or_places(ranked), strict=True)
            yield {
                "id": ranked.id,
                "prompt": plain_prompt(ranked.row.prompt),
                "response_list": [{"response": _steps(answer), "score": score} for answer, score in scored],
                **marks_of(ranked.row),
            }


def _steps(answer: Answer) -> list[str]:
    """Return an answer in pieces that give it back when they are joined."""
    labelled = [step.text for step in answer.about.steps]
    if "".join(labelled) == answer.text:
        return labelled
    return re.findall(r".*\n+|.+\Z", answer.text, re.DOTALL if "\n" not in answer.text else 0) or [
        answer.text
    ]
