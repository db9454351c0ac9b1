"""How noisy labels are, from how often two people agree, and which items to ask again."""

from collections.abc import Sequence
from typing import Any

from annotation.domain.agreement.report import Drawing, report_agreement
from annotation.domain.calibration.asking import beliefs_of, noise_channel, questions_to_ask
from annotation.domain.calibration.noise import flip_rate, flip_rate_interval
from annotation.domain.figures import Figure, Range, Undefined, json_value, reasons_of
from annotation.domain.labels import LabelTable

NOT_DRAWN = Undefined("Undefined because no drawings were asked for.")


def label_noise(
    labels: LabelTable, *, drawing: Drawing, minutes: Sequence[float], limit: int
) -> dict[str, Any]:
    """Return the share of wrong labels with its interval, and the items whose next answer tells most a minute.

    minutes: how long an answer to each item takes.
    """
    found = report_agreement(labels, drawing=drawing, most_pairs=0)
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
        "ask_again": _asked(labels, rate=rate, minutes=minutes, limit=limit),
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
