"""Answers to one prompt with a score each, for objectives that read rewards."""

from collections.abc import Iterator

import pyarrow

from curation.domain.exporters.dataset_rows import DatasetRowRecord, turns_as_json
from curation.domain.exporters.exporting import Exported, ExportOptions, LeftOut, RecordExporter, Tally
from curation.domain.exporters.row_shapes import AnswerList, answer_lists, common_score, marks_of
from curation.domain.importers.record_columns import MARKS, MESSAGES, TEXTS, text_columns


class ScoredResponsesExporter(RecordExporter):
    """Writes one record a list whose answers all have a score of one name; a pair is a list of two."""

    name = "scored_responses"
    title = "Scored answers"
    read_by = "Contrastive Policy Gradient, reward models with margins, and whoever reads rewards, not order."
    by_prompt = True
    schema = pyarrow.schema(
        [
            *text_columns("id"),
            ("prompt", MESSAGES),
            ("responses", TEXTS),
            ("scores", pyarrow.list_(pyarrow.float64())),
            *text_columns("score_name"),
            *MARKS,
        ]
    )

    def records(
        self, rows: Iterator[DatasetRowRecord], *, tally: Tally, options: ExportOptions
    ) -> Iterator[Exported]:
        """Yield one record a list."""
        for ranked in answer_lists(rows, tally=tally):
            name = common_score(ranked)
            if name is None:
                tally.leave_out(LeftOut.NO_SCORE)
            else:
                yield _record_of(ranked, name)


def _record_of(ranked: AnswerList, name: str) -> Exported:
    return {
        "id": ranked.id,
        "prompt": turns_as_json(ranked.row.prompt),
        "responses": [answer.text for answer in ranked.answers],
        "scores": [answer.about.scores[name] for answer in ranked.answers],
        "score_name": name,
        **marks_of(ranked.row),
    }
