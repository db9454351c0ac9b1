"""Ranked lists as the code of PRO reads them: prefix, suffix and reward of every answer, best first."""

from collections.abc import Iterator

from curation.domain.exporters.dataset_rows import DatasetRowRecord, Turns
from curation.domain.exporters.exporting import Exported, ExportOptions, RecordExporter, Tally
from curation.domain.exporters.row_shapes import AnswerList, answer_lists, scores_or_places

_MARKS = {"user": "<|prompter|>", "assistant": "<|assistant|>"}


class ProExporter(RecordExporter):
    """Writes one list a line, the prompt repeated for each answer, as Preference Ranking Optimization wants it."""

    name = "pro"
    title = "PRO ranked lists"
    read_by = "Preference Ranking Optimization (Song et al. 2023); its code wants lists of one length."
    endings = (".jsonl",)
    by_prompt = True
    names_split = False

    def records(
        self, rows: Iterator[DatasetRowRecord], *, tally: Tally, options: ExportOptions
    ) -> Iterator[Exported]:
        """Yield one record a list."""
        for ranked in answer_lists(rows, tally=tally):
            yield _record_of(ranked)


def _record_of(ranked: AnswerList) -> Exported:
    prefix = _prefix(ranked.row.prompt)
    return {
        "meta": {"id": ranked.id, "source": ranked.row.source},
        "prefix": [prefix for _answer in ranked.answers],
        "suffix": [answer.text for answer in ranked.answers],
        "reward": scores_or_places(ranked),
        "sft_index": 0,
    }


def _prefix(prompt: Turns) -> list[str]:
    # PRO knows two voices; what a system or a tool said goes before the user's words.
    pieces = [f"{_MARKS.get(turn.role, '<|prompter|>')}{turn.content}" for turn in prompt]
    return [*pieces, "<|assistant|>"]
