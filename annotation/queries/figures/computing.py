"""Which figures can be computed, each by the function that reads a project and returns plain values.

A computation loads on first use: what the statistics need is nothing that every page should wait for.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Protocol

from curation.models import Project

Question = Mapping[str, Any]
# Told how many of how many were read.
Reporting = Callable[[int, int | None], None]


class Computation(Protocol):
    """A module of figures: `size` counts cheaply what it would read, `compute` reads it and returns JSON values."""

    AT_ONCE: int

    def size(self, project: Project, question: Question) -> int:
        """Return how many rows would be read, at most one more than AT_ONCE."""

    def compute(self, project: Project, question: Question, *, report: Reporting) -> dict[str, Any]:
        """Return the figures; names and numbers, never texts."""


COMPUTATIONS: Mapping[str, str] = {
    "model_ranking": "annotation.queries.ranking.model_ranking",
    "preference_factors": "annotation.queries.factors.preference_factors",
    "calibration": "annotation.queries.figures.calibration",
    "label_noise": "annotation.queries.figures.label_noise",
    "robustness": "annotation.queries.figures.robustness",
    "queue_agreement": "annotation.queries.queue_figures.queue_agreement",
    "queue_protocols": "annotation.queries.queue_figures.queue_protocols",
    "queue_consensus": "annotation.queries.queue_figures.consensus_figures",
    "queue_groups": "annotation.queries.queue_figures.queue_groups",
    "queue_people": "annotation.queries.quality.people",
    "queue_review": "annotation.queries.quality.disagreements",
    "source_protocols": "annotation.queries.figures.source_protocols",
    "tournament_standing": "annotation.queries.ranking.tournament_standing",
    # What is handed out as a file: its lines by their ids, without texts.
    "consensus_file": "annotation.queries.queue_figures.consensus_rows",
    "group_pairs": "annotation.queries.queue_figures.group_preferences",
}


def computation(figure: str) -> Computation:
    """Return the module that computes a figure; raises KeyError for a name that is not known."""
    found: Any = import_module(COMPUTATIONS[figure])
    return found  # type: ignore[no-any-return]


def nobody_listens(_done: int, _total: int | None) -> None:
    """Report to nobody: a page that computes at once has nobody to tell."""
