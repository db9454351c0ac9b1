"""Calibration of a plain file of probabilities and outcomes."""

from pathlib import Path
from typing import Any

from annotation.domain.calibration.report import Claim, calibrate, calibrate_groups
from annotation.domain.calibration.temperature import Scaling, try_temperature
from annotation.domain.figures import Undefined
from annotation.domain.label_tables import ColumnTable, LabelTableError, counted, read_columns


def calibrate_file(*, path: Path, bins: int, seed: int = 0, encoding: str = "") -> dict[str, Any]:
    """Return what `measure_calibration` prints; raises LabelTableError with a sentence."""
    if bins < 2:
        raise LabelTableError(f"A reliability diagram needs at least 2 bins, not {bins}.")
    columns = read_columns(path, required=["probability", "outcome"], optional=["group"], encoding=encoding)
    claims, missing = _claims(columns)
    found = calibrate(claims, bins=bins, seed=seed)
    if isinstance(found, Undefined):
        raise LabelTableError(f"{columns.name} has no row with both a probability and an outcome.")
    scaling = try_temperature(claims, seed=seed)
    return {
        **found.as_json(),
        "temperature": _scaling(scaling),
        "groups": {name: each.as_json() for name, each in calibrate_groups(claims, bins=bins).items()},
        "missing": missing,
    }


def _claims(columns: ColumnTable) -> tuple[list[Claim], dict[str, int]]:
    probabilities, outcomes = columns.numbers("probability"), columns.numbers("outcome")
    groups = columns["group"] if "group" in columns else [""] * len(columns)
    claims = []
    for row, (probability, outcome) in enumerate(zip(probabilities.values, outcomes.values, strict=True)):
        if probability is None or outcome is None:
            continue
        if not (0 <= probability <= 1 and 0 <= outcome <= 1):
            raise columns.error(
                row,
                f"probability {probability:g} and outcome {outcome:g} must both lie between 0 and 1."
                " Turn scores into probabilities, and outcomes into 0, 1 or the share of people.",
            )
        claims.append(Claim(probability=probability, outcome=outcome, group=groups[row]))
    return claims, counted([probabilities.missing, outcomes.missing])


def _scaling(scaling: Scaling | Undefined) -> dict[str, Any]:
    if isinstance(scaling, Undefined):
        return {"value": None, "undefined": scaling.reason}
    return {
        "value": scaling.temperature,
        "ece_before": scaling.before.ece,
        "ece_after": scaling.after.ece,
        "held_out": scaling.before.count,
    }
