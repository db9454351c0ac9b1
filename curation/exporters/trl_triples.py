"""The best, the second and the last answer of a list, as TRL's Triple Preference Optimization reads them."""

from collections.abc import Iterator

import pyarrow

from curation.domain.exporters.dataset_rows import DatasetRowRecord, turns_as_json
from curation.domain.exporters.exporting import Exported, ExportOptions, RecordExporter, Tally
from curation.domain.exporters.row_shapes import answer_lists, marks_of
from curation.domain.importers.record_columns import MARKS, MESSAGES, text_columns


class TrlTriplesExporter(RecordExporter):
    """Writes one record a list of at least three answers."""

    name = "trl_triples"
    title = "TRL triples (TPO)"
    read_by = (
        "TRL's experimental TPO trainer: the best answer as reference, the second chosen, the last rejected."
    )
    by_prompt = True
    schema = pyarrow.schema(
        [
            *text_columns("id"),
            *((name, MESSAGES) for name in ("prompt", "reference", "chosen", "rejected")),
            *MARKS,
        ]
    )

    def records(
        self, rows: Iterator[DatasetRowRecord], *, tally: Tally, options: ExportOptions
    ) -> Iterator[Exported]:
        """Yield one record a list."""
        for ranked in answer_lists(rows, tally=tally, at_least=3):
            best, second, last = ranked.answers[0], ranked.answers[1], ranked.answers[-1]
            yield {
                "id": ranked.id,
                "prompt": turns_as_json(ranked.row.prompt),
                "reference": turns_as_json(best.turns),
                "chosen": turns_as_json(second.turns),
                "rejected": turns_as_json(last.turns),
                **marks_of(ranked.row),
            }
