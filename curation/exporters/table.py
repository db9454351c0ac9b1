"""Every row as a flat table, with what is known of both sides: for analysis, spreadsheets and code of one's own."""

from collections.abc import Iterator
from typing import Any

import orjson
import pyarrow

from curation.domain.exporters.dataset_rows import DatasetRowRecord, SideRecord, Turns, turn_as_json
from curation.domain.exporters.exporting import Exported, ExportOptions, RecordExporter, Tally
from curation.domain.exporters.row_shapes import marks_of, plain_prompt
from curation.domain.importers.record_columns import MARKS, text_columns

_TEXTS = ("id", "prompt", "chosen", "rejected", "rejected_prompt")
_ABOUT = ("list_id", "conversation_id", "language")
_MESSAGES = ("prompt_messages", "chosen_messages", "rejected_messages", "rejected_prompt_messages")


class TableExporter(RecordExporter):
    """Writes every row, ties and single answers too; `…_messages` holds the turns as JSON, nothing is lost."""

    name = "table"
    title = "Table"
    read_by = "pandas, spreadsheets and databases: every row with all that is known of it."
    endings = (".parquet", ".csv", ".jsonl")
    schema = pyarrow.schema(
        [
            *text_columns(*_TEXTS),
            *MARKS,
            ("is_tie", pyarrow.bool_()),
            ("strength", pyarrow.float64()),
            ("confidence", pyarrow.float64()),
            ("votes", pyarrow.int64()),
            *text_columns(*_ABOUT),
            *(
                (f"{side}_{name}", kind)
                for side in ("chosen", "rejected")
                for name, kind in (
                    ("model", pyarrow.string()),
                    ("terms", pyarrow.string()),
                    ("origin", pyarrow.string()),
                    ("rank", pyarrow.int64()),
                    ("scores", pyarrow.string()),
                    ("attributes", pyarrow.string()),
                    ("judgement", pyarrow.string()),
                )
            ),
            *text_columns(*_MESSAGES),
        ]
    )

    def records(
        self, rows: Iterator[DatasetRowRecord], *, tally: Tally, options: ExportOptions
    ) -> Iterator[Exported]:
        """Yield one record a row."""
        for row in rows:
            yield {
                "id": row.id,
                "prompt": plain_prompt(row.prompt),
                "chosen": _text(row.chosen),
                "rejected": _text(row.rejected),
                "rejected_prompt": plain_prompt(row.rejected_prompt) if row.rejected_prompt else None,
                **marks_of(row),
                "is_tie": row.is_tie,
                "strength": row.strength,
                "confidence": row.score,
                "votes": len(row.votes),
                "list_id": row.list_id,
                "conversation_id": row.conversation_id,
                "language": row.language,
                **_about("chosen", row.chosen_about),
                **_about("rejected", row.rejected_about),
                **_messages(row),
            }


def _text(turns: Turns) -> str | None:
    return "\n\n".join(turn.content for turn in turns if turn.content) if turns else None


def _about(side: str, about: SideRecord) -> dict[str, Any]:
    return {
        f"{side}_model": about.model,
        f"{side}_terms": about.terms,
        f"{side}_origin": about.origin,
        f"{side}_rank": about.rank,
        f"{side}_scores": _json(dict(about.scores)),
        f"{side}_attributes": _json(dict(about.attributes)),
        f"{side}_judgement": about.judgement,
    }


def _messages(row: DatasetRowRecord) -> dict[str, str]:
    sides = (row.prompt, row.chosen, row.rejected, row.rejected_prompt)
    return {
        name: _json([turn_as_json(turn) for turn in turns])
        for name, turns in zip(_MESSAGES, sides, strict=True)
    }


def _json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
