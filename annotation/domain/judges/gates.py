"""What a judge has to show before its verdicts may label, and before they may rank; neither grants the other."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from annotation.domain.figures import Figure, Undefined


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """What a project asks of its judges.

    `kappa` and `pi` are to be reached over at least `pairs` decided pairs; `rank` is the rank correlation over at
    least `systems` models. `dummies` is the share of each kind of control answer that has to be judged right.
    """

    kappa: float = 0.6
    pi: float = 0.6
    pairs: int = 200
    rank: float = 0.8
    systems: int = 3
    # One slip in ten is allowed: a judge is a model.
    dummies: float = 0.9

    def as_json(self) -> dict[str, float]:
        """Return plain values."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One thing that is asked: what was found, and what is needed. `beats` names a baseline to lie above."""

    name: str
    found: Figure
    needed: float
    is_met: bool
    beats: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return plain values; the reason where the figure is undefined."""
        is_undefined = isinstance(self.found, Undefined)
        return {
            "name": self.name,
            "beats": self.beats,
            "found": None if is_undefined else self.found,
            "reason": str(self.found) if is_undefined else "",
            "needed": self.needed,
            "is_met": self.is_met,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Everything that is asked for one right."""

    requirements: tuple[Requirement, ...]

    @property
    def is_passed(self) -> bool:
        """Whether all of it is met."""
        return all(each.is_met for each in self.requirements)

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {"is_passed": self.is_passed, "requirements": [each.as_json() for each in self.requirements]}


def labelling_gate(report: Mapping[str, Any], *, thresholds: Thresholds) -> Gate:
    """Return whether verdicts may become labels: agreement beyond chance, above every rule that needs no model.

    `report` is that of `report_pairs` in plain values, as it is kept, with the counts of control answers as `dummies`.
    """
    kappa = _figure(report, "cohen_kappa")
    return Gate(
        requirements=(
            _at_least("pairs", float(report["decided"]), thresholds.pairs),
            # People who choose one side alone leave nothing to be told apart.
            _at_least("sides", float(sum(report["human_classes"][side] > 0 for side in ("a", "b"))), 2),
            _at_least("cohen_kappa", kappa, thresholds.kappa),
            _at_least("scott_pi", _figure(report, "scott_pi"), thresholds.pi),
            *_above_baselines(kappa, report["baselines"]),
            *_controls(report.get("dummies", ()), needed=thresholds.dummies),
        )
    )


def ranking_gate(report: Mapping[str, Any], *, thresholds: Thresholds) -> Gate:
    """Return whether verdicts may rank models: whether they put them in the order that people's verdicts do."""
    return Gate(
        requirements=(
            _at_least("systems", float(len(report["per_system"])), thresholds.systems),
            _at_least("rank_correlation", _figure(report, "rank_correlation"), thresholds.rank),
        )
    )


def scoring_gate(report: Mapping[str, Any], *, thresholds: Thresholds) -> Gate | None:
    """Return whether scores of single answers may be published; None where nothing was held against ratings.

    The rule is that of labels, on ratings: agreement beyond chance by squared distances, above the rule that needs no
    model, over as many answers as pairs are asked for, and the control answers.
    """
    rated = report.get("ratings")
    if not rated:
        return None
    kappa = _figure(rated, "weighted_kappa")
    baselines = {name: {"cohen_kappa": figure} for name, figure in rated["baselines"].items()}
    return Gate(
        requirements=(
            _at_least("rated", float(rated["rated"]), thresholds.pairs),
            _at_least("levels", float(rated["levels"]), 2),
            _at_least("weighted_kappa", kappa, thresholds.kappa),
            *_above_baselines(kappa, baselines),
            *_controls(report.get("dummies", ()), needed=thresholds.dummies),
        )
    )


def _figure(report: Mapping[str, Any], name: str) -> Figure:
    value = report[name]
    return Undefined(report["undefined"].get(name, "Undefined.")) if value is None else float(value)


def _controls(dummies: Sequence[Mapping[str, Any]], *, needed: float) -> list[Requirement]:
    return [_at_least(each["kind"], each["right"] / each["asked"], needed) for each in dummies]


def _above_baselines(kappa: Figure, baselines: Mapping[str, Mapping[str, float | None]]) -> list[Requirement]:
    found = []
    for name, figures in baselines.items():
        # A rule whose kappa is undefined agrees no better than chance can be shown to.
        needed = figures["cohen_kappa"] or 0.0
        is_met = isinstance(kappa, float) and kappa > needed
        found.append(Requirement(name="beats", beats=name, found=kappa, needed=needed, is_met=is_met))
    return found


def _at_least(name: str, found: Figure, needed: float) -> Requirement:
    is_met = not isinstance(found, Undefined) and found >= needed
    return Requirement(name=name, found=found, needed=float(needed), is_met=is_met)
