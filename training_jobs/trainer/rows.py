"""The rows of a run: preference pairs as the exporter `trl_preference` writes them to Parquet."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from pathlib import Path
from typing import Any

import pyarrow
from pyarrow import parquet

from training_jobs.trainer.failures import TrainerError

REQUIRED = ("id", "prompt", "chosen", "rejected")
OPTIONAL = ("decided_by",)

Messages = tuple[dict[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairRow:
    """A prompt with the response that was preferred and the one that was not, as messages.

    `weight` is what the row counts in the loss, above 0.
    """

    id: str
    prompt: Messages
    chosen: Messages
    rejected: Messages
    decided_by: str = ""
    weight: float = 1.0

    @property
    def chosen_text(self) -> str:
        """The text of the preferred response."""
        return "\n".join(message["content"] for message in self.chosen)

    @property
    def rejected_text(self) -> str:
        """The text of the other one."""
        return "\n".join(message["content"] for message in self.rejected)


def read_rows(
    path: Path, *, required: bool = False, weights: Mapping[str, float] | None = None
) -> list[PairRow]:
    """Read one split; a missing file has no rows unless it is required. Raises TrainerError."""
    if not path.exists():
        if required:
            raise TrainerError(
                f"The rows file {path.name} is missing from the run directory.", code="rows_missing"
            )
        return []
    rows = [_weighed(row_from_record(record), weights or {}) for record in _read_records(path)]
    if required and not rows:
        raise TrainerError(f"{path.name} holds no rows, so there is nothing to train on.", code="no_rows")
    return rows


def read_weights(path: Path) -> dict[str, float]:
    """Read what each row counts in the loss, by the row's id; a missing file weighs nothing. Raises TrainerError."""
    if not path.exists():
        return {}
    try:
        weights = {str(id_): float(weight) for id_, weight in json.loads(path.read_text("utf-8")).items()}
    except (OSError, ValueError, TypeError, AttributeError):
        weights = {"": float("nan")}
    if not all(isfinite(weight) and weight > 0 for weight in weights.values()):
        raise TrainerError(
            f"{path.name} must give each row a weight above 0; write it again.", code="bad_rows"
        )
    return weights


def _weighed(row: PairRow, weights: Mapping[str, float]) -> PairRow:
    return replace(row, weight=weights[row.id]) if row.id in weights else row


def _read_records(path: Path) -> list[dict[str, Any]]:
    try:
        present = parquet.read_schema(path).names
        missing = [name for name in REQUIRED if name not in present]
        if missing:
            raise TrainerError(f"{path.name} lacks the column {', '.join(missing)}.", code="bad_rows")
        table = parquet.read_table(path, columns=[*REQUIRED, *(name for name in OPTIONAL if name in present)])
    except (OSError, pyarrow.ArrowException):
        raise TrainerError(
            f"{path.name} cannot be read as Parquet; write it again.", code="bad_rows"
        ) from None
    records: list[dict[str, Any]] = table.to_pylist()
    return records


def row_from_record(record: Mapping[str, Any]) -> PairRow:
    """Return one exported row; what is null becomes empty."""
    return PairRow(
        id=str(record["id"]),
        prompt=_messages(record["prompt"]),
        chosen=_messages(record["chosen"]),
        rejected=_messages(record["rejected"]),
        decided_by=record.get("decided_by") or "",
    )


def _messages(found: Sequence[dict[str, Any]] | None) -> Messages:
    return tuple({"role": one["role"] or "", "content": one["content"] or ""} for one in found or ())
