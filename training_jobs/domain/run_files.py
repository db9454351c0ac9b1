"""What the trainer writes while it runs, read back: whole lines of metrics, and its status."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricPoint:
    """One figure of one step."""

    step: int
    split: str
    name: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainerStatus:
    """What `status.json` says."""

    state: str
    step: int = 0
    total_steps: int | None = None
    resumed_from: int | None = None
    error_code: str = ""
    error_sentence: str = ""


def whole_lines(chunk: bytes) -> tuple[list[bytes], int]:
    """Return the lines of `chunk` that are finished, and how many bytes they take with their line ends."""
    end = chunk.rfind(b"\n") + 1
    return chunk[:end].splitlines(), end


def parse_metrics(lines: Iterable[bytes]) -> list[MetricPoint]:
    """Return the figures of these lines; for an equal split, name and step the later one holds.

    A figure that was not finite is written as null and left out, and so is a line that is not JSON.
    """
    points: dict[tuple[str, str, int], MetricPoint] = {}
    for line in lines:
        for point in _points(_parsed(line)):
            points[point.split, point.name, point.step] = point
    return list(points.values())


def parse_status(text: str) -> TrainerStatus | None:
    """Return what the status file says, or None where it is not what a trainer writes."""
    found = _parsed(text.encode())
    if not isinstance(found.get("state"), str):
        return None
    error = found.get("error") or {}
    return TrainerStatus(
        state=found["state"],
        step=int(found.get("step") or 0),
        total_steps=found.get("total_steps"),
        resumed_from=found.get("resumed_from"),
        error_code=str(error.get("code", "")),
        error_sentence=str(error.get("sentence", "")),
    )


def _parsed(line: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, Mapping) else {}


def _points(line: Mapping[str, Any]) -> list[MetricPoint]:
    if "step" not in line:
        return []
    return [
        MetricPoint(step=int(line["step"]), split=str(line["split"]), name=name, value=float(value))
        for name, value in line["values"].items()
        if value is not None
    ]
