"""How noisy the labels of a plain file are, which of its items to ask again, and which labels a scorer doubts."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from annotation.domain.agreement.report import Drawing
from annotation.domain.calibration.label_noise import label_noise
from annotation.domain.calibration.noise import FloatArray, suspect_labels
from annotation.domain.figures import Undefined
from annotation.domain.label_files import REQUIRED, LabelReading, label_rows, read_label_file
from annotation.domain.label_tables import ColumnTable, read_columns
from annotation.domain.labels import LabelTable

SECONDS_PER_MINUTE = 60
USUAL_MINUTES = 1.0
# What the columns of a scorer's probabilities begin with; the label that each is of follows.
PROBABILITY = "probability:"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseQuestion:
    """How to read the file, how to draw intervals, and how many items to name."""

    reading: LabelReading
    drawing: Drawing
    limit: int


def label_noise_in_file(*, path: Path, question: NoiseQuestion) -> dict[str, Any]:
    """Return what `find_label_noise` prints; raises LabelTableError with a sentence."""
    labels = read_label_file(path, reading=question.reading).labels
    found = label_noise(
        labels, drawing=question.drawing, minutes=_minutes(path, labels, question), limit=question.limit
    )
    return found | _doubted(path, labels.values, question)


def _minutes(path: Path, labels: LabelTable, question: NoiseQuestion) -> list[float]:
    """Return how long an answer to each item took, from the column seconds; the mean where an item has none."""
    columns = read_columns(path, required=["item"], optional=["seconds"], encoding=question.reading.encoding)
    if "seconds" not in columns:
        return [USUAL_MINUTES] * len(labels.items)
    taken: dict[str, list[float]] = {}
    for item, seconds in zip(columns["item"], columns.numbers("seconds").values, strict=True):
        if seconds is not None:
            taken.setdefault(item, []).append(seconds / SECONDS_PER_MINUTE)
    means = {item: sum(each) / len(each) for item, each in taken.items()}
    usual = sum(means.values()) / len(means) if means else USUAL_MINUTES
    return [means.get(item.split("\n")[0], usual) for item in labels.items]


def _doubted(path: Path, values: Sequence[str], question: NoiseQuestion) -> dict[str, Any]:
    """Return under `doubted` what confident learning makes of a scorer's probabilities, where every label has one."""
    names = {value: f"{PROBABILITY}{value}" for value in values}
    columns = read_columns(
        path, required=REQUIRED, optional=list(names.values()), encoding=question.reading.encoding
    )
    if not names or any(name not in columns for name in names.values()):
        return {}
    chances = _chances(columns, list(names.values()))
    rows = label_rows(columns, missing=question.reading.missing)
    kept = [at for at, row in enumerate(rows) if row.label is not None and np.isfinite(chances[at]).all()]
    code = {value: at for at, value in enumerate(values)}
    found = suspect_labels(chances[kept], labels=[code[rows[at].label or ""] for at in kept])
    if isinstance(found, Undefined):
        return {"doubted": {"judged": len(kept), "undefined": found.reason}}
    doubted = [kept[row] for row in found.rows]
    return {
        "doubted": {
            "judged": len(kept),
            "wrong_labels": found.rate,
            "count": len(doubted),
            "labels": [
                {
                    "line": columns.lines[at],
                    "item": rows[at].item,
                    "annotator": rows[at].annotator,
                    "label": rows[at].label,
                    "likelier": values[int(chances[at].argmax())],
                }
                for at in doubted[: question.limit]
            ],
        }
    }


def _chances(columns: ColumnTable, names: Sequence[str]) -> FloatArray:
    """Return the probabilities of each row, shape (rows, labels), NaN where there is none."""
    read = [columns.numbers(name).values for name in names]
    chances = np.array([[np.nan if cell is None else cell for cell in column] for column in read]).T
    for row in np.flatnonzero(((chances < 0) | (chances > 1)).any(axis=1)):
        raise columns.error(
            int(row), "a probability must lie between 0 and 1. Turn scores into probabilities."
        )
    return chances
