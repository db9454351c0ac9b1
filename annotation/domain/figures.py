"""A figure, or the sentence that says why there is none."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from curation.domain.versions.intervals import Interval


@dataclass(frozen=True, slots=True)
class Undefined:
    """What stands in the place of a figure that these labels do not give; the reason is a full sentence."""

    reason: str

    def __str__(self) -> str:
        return self.reason


Figure: TypeAlias = float | Undefined
Range: TypeAlias = Interval | Undefined


def json_value(figure: Figure | Range | int | None) -> float | list[float] | None:
    """Return a figure as JSON holds it: undefined ones as null."""
    if figure is None or isinstance(figure, Undefined):
        return None
    return list(figure) if isinstance(figure, Interval) else figure


def reasons_of(figures: Mapping[str, Figure | Range]) -> dict[str, str]:
    """Return name → sentence of the figures that are undefined."""
    return {name: figure.reason for name, figure in figures.items() if isinstance(figure, Undefined)}
