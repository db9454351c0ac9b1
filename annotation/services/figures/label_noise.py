"""How noisy the labels of a plain file are, and which of its items to ask again."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annotation.domain.agreement.report import Drawing, report_agreement
from annotation.domain.calibration.asking import beliefs_of, noise_channel, questions_to_ask
from annotation.domain.calibration.noise import flip_rate, flip_rate_interval
from annotation.domain.figures import Figure, Range, Undefined, json_value, reasons_of
from annotation.domain.label_files import LabelReading, read_label_file
from annotation.domain.label_tables import read_columns
from annotation.domain.labels import LabelTable

SECONDS_PER_MINUTE = 60
USUAL_MINUTES = 1.0
NOT_DRAWN = Undefined("Undefined because no drawings were asked for.")


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseQuestion:
    """How to read the file, how to draw intervals, and how many items to name."""

    reading: LabelReading
    drawing: Drawing
    limit: int


def label_noise_in_file(*, path: Path, question: NoiseQuestion) -> dict[str, Any]:
    """Return what `find_label_noise` prints; raises LabelTableError with a sentence."""
    labels = read_label_file(path, reading=question.reading).labels
    found = report_agreement(labels, drawing=question.drawing, most_pairs=0)
    agreement = found.figures["pairwise_agreement"]
    rate = _rate(agreement, labels)
    interval = _rate_interval(found.intervals.get("pairwise_agreement", NOT_DRAWN), labels)
    again = _retest(labels)
    return {
        "items": len(labels.items),
        "labels": len(labels),
        "agreement": json_value(agreement),
        "wrong_labels": json_value(rate),
        "interval": json_value(interval),
        "same_person": {"repeats": len(labels.repeats), "wrong_labels": json_value(again)},
        "ask_again": _asked(
            labels, rate=rate, minutes=_minutes(path, labels, question), limit=question.limit
        ),
        "undefined": reasons_of({"wrong_labels": rate, "interval": interval, "same_person": again}),
        "missing": dict(labels.missing),
    }


def _rate(agreement: Figure, labels: LabelTable) -> Figure:
    if isinstance(agreement, Undefined):
        return agreement
    return flip_rate(agreement, classes=max(2, len(labels.values)))


def _rate_interval(agreement: Range, labels: LabelTable) -> Range:
    if isinstance(agreement, Undefined):
        return agreement
    return flip_rate_interval(agreement, classes=max(2, len(labels.values)))


def _retest(labels: LabelTable) -> Figure:
    """Return the noise of people against themselves, where somebody labelled an item twice."""
    if not labels.repeats:
        return Undefined("Undefined because nobody labelled an item twice.")
    same = sum(one == other for one, other in labels.repeats) / len(labels.repeats)
    return flip_rate(same, classes=max(2, len(labels.values)))


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


def _asked(labels: LabelTable, *, rate: Figure, minutes: Sequence[float], limit: int) -> list[dict[str, Any]]:
    """Return the items whose next answer tells most a minute; none where the noise of answers is unknown."""
    if isinstance(rate, Undefined) or len(labels.values) < 2:
        return []
    channel = noise_channel(rate, classes=len(labels.values))
    beliefs = beliefs_of(labels, channel=channel)
    return [
        {
            "item": labels.items[each.row],
            "label": labels.values[int(beliefs[each.row].argmax())],
            "confidence": float(beliefs[each.row].max()),
            "bits": each.bits,
            "bits_per_minute": each.bits_per_minute,
        }
        for each in questions_to_ask(beliefs, channel=channel, minutes=minutes, limit=limit)
    ]
