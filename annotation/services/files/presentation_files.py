"""How far the judgements of a plain file hang on how the question was put."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from annotation.domain.figures import Undefined
from annotation.domain.label_tables import ColumnTable, LabelTableError, read_columns
from annotation.domain.robustness.decomposition import Decomposition, decompose
from annotation.domain.robustness.effects import contrasts, presentation_effects
from annotation.domain.robustness.presentations import Presented, presentations_of, rescaled

# Without --by, these columns are read where the file has them.
DIMENSIONS = ("order", "scale", "anchors", "wording", "neutral", "labels", "reasoning", "persona")


def robustness_of_file(
    *, path: Path, dimensions: Sequence[str] = (), seed: int = 0, encoding: str = ""
) -> dict[str, Any]:
    """Return what `measure_robustness` prints; raises LabelTableError with a sentence."""
    columns = read_columns(
        path,
        required=["item", "value", *dimensions],
        optional=["system", "low", "high", *(name for name in DIMENSIONS if name not in dimensions)],
        encoding=encoding,
    )
    names = list(dimensions) or [name for name in DIMENSIONS if name in columns]
    if not names:
        raise LabelTableError(
            f"{columns.name} does not say how each question was put. Add a column such as order, scale, wording or"
            " neutral, or name yours with --by."
        )
    judged, missing = _judged(columns, names)
    table = presentations_of(judged)
    effects = presentation_effects(table, seed=seed)
    return {
        **_decomposition(decompose(table.values)),
        "presentation": {effect.dimension: effect.as_json() for effect in effects},
        "contrasts": [each.as_json() for each in contrasts(table, effects=effects, seed=seed)],
        "incomplete": table.left_out,
        "missing": missing,
    }


def _decomposition(found: Decomposition | Undefined) -> dict[str, Any]:
    if isinstance(found, Undefined):
        return {"stability": None, "undefined": found.reason}
    return found.as_json()


def _judged(columns: ColumnTable, names: Sequence[str]) -> tuple[list[Presented], dict[str, int]]:
    values = columns.numbers("value")
    low, high = (_ends(columns, name, default) for name, default in (("low", 0.0), ("high", 1.0)))
    items = columns.names("item")
    systems = columns["system"] if "system" in columns else [""] * len(columns)
    judged = []
    for row, value in enumerate(values.values):
        if value is None:
            continue
        try:
            place = rescaled(value, low=low[row], high=high[row])
        except ValueError as error:
            raise columns.error(row, f"{error} Say each scale's ends in the columns low and high.") from error
        settings = {name: columns[name][row] for name in names}
        judged.append(Presented(item=items[row], value=place, settings=settings, system=systems[row]))
    return judged, dict(values.missing)


def _ends(columns: ColumnTable, name: str, default: float) -> list[float]:
    if name not in columns:
        return [default] * len(columns)
    return [default if value is None else value for value in columns.numbers(name).values]
