"""How noisy the labels of a plain file are, and which of its items to ask again."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annotation.domain.agreement.report import Drawing
from annotation.domain.calibration.label_noise import label_noise
from annotation.domain.label_files import LabelReading, read_label_file
from annotation.domain.label_tables import read_columns
from annotation.domain.labels import LabelTable

SECONDS_PER_MINUTE = 60
USUAL_MINUTES = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseQuestion:
    """How to read the file, how to draw intervals, and how many items to name."""

    reading: LabelReading
    drawing: Drawing
    limit: int


def label_noise_in_file(*, path: Path, question: NoiseQuestion) -> dict[str, Any]:
    """Return what `find_label_noise` prints; raises LabelTableError with a sentence."""
    labels = read_label_file(path, reading=question.reading).labels
    return label_noise(
        labels, drawing=question.drawing, minutes=_minutes(path, labels, question), limit=question.limit
    )


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
