"""The catalogue of training objectives: name → dotted path, each loaded on first use.

One objective is one module with `SPEC`, an `ObjectiveSpec` that can be read without torch, and
`loss(batch, **settings)`, a pure function from a `ResponseBatch` to one loss per group. Other packages add
theirs through the entry-point group `harken.objectives`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Literal, Protocol, cast

if TYPE_CHECKING:
    from torch import Tensor

    from training_jobs.trainer.response_batch import ResponseBatch

ENTRY_POINT_GROUP = "harken.objectives"

BUILT_IN = {"dpo": "training_jobs.trainer.objectives.dpo"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveSpec:
    """What forms, documentation and the configuration need to know of an objective, without torch.

    defaults and limits: setting → value, setting → (lowest, highest), for the same settings.
    """

    name: str
    title: str
    data_shape: Literal["pair"]
    explanation: str
    paper: str
    defaults: Mapping[str, float] = field(default_factory=dict)
    limits: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    needs_reference: bool = True


class LossFunction(Protocol):
    """A pure function of log-probabilities; returns one loss per group, shape (groups,)."""

    def __call__(self, batch: "ResponseBatch", **settings: float) -> "Tensor":
        """Return the losses; `settings` are those of the objective's spec."""
        ...


class Objective(Protocol):
    """What a module in this catalogue provides."""

    SPEC: ObjectiveSpec
    loss: LossFunction


class UnknownObjectiveError(LookupError):
    """No objective has that name, or the module under that name is not an objective."""


def _guests() -> dict[str, str]:
    return {guest.name: guest.value for guest in entry_points(group=ENTRY_POINT_GROUP)}


OBJECTIVES: Mapping[str, str] = {**_guests(), **BUILT_IN}


@cache
def load_objective(name: str) -> Objective:
    """Return the objective of that name; raises UnknownObjectiveError, naming the known ones."""
    if name not in OBJECTIVES:
        raise UnknownObjectiveError(
            f"No objective is named '{name}'. Known: {', '.join(sorted(OBJECTIVES))}."
        )
    module = import_module(OBJECTIVES[name])
    if not isinstance(getattr(module, "SPEC", None), ObjectiveSpec) or not callable(
        getattr(module, "loss", None)
    ):
        raise UnknownObjectiveError(
            f"{OBJECTIVES[name]} is listed as objective '{name}' but lacks SPEC or loss."
        )
    return cast(Objective, module)


def objective_specs() -> list[ObjectiveSpec]:
    """Return what is known of every objective, by name; loads no torch."""
    return [load_objective(name).SPEC for name in sorted(OBJECTIVES)]
