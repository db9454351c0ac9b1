"""Intransitivity: triples of models in which the majority prefers A to B, B to C, and C to A."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotation.domain.model_ranking.votes import FloatArray
from curation.domain.versions.intervals import score_interval

MOST_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """Each model beats the next and the last beats the first; `weakest` is the smallest winning share of the three.

    is_sure: the 95 % Wilson interval of each of the three shares lies above one half.
    """

    models: tuple[str, str, str]
    weakest: float
    is_sure: bool

    def as_json(self) -> dict[str, Any]:
        """Return the cycle as commands print it."""
        return {"models": list(self.models), "weakest": self.weakest, "sure": self.is_sure}


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleReport:
    """How many triples have a majority on all three sides, how many of them are cycles, and the firmest ones."""

    triples: int
    cyclic: int
    shown: tuple[Cycle, ...]

    @property
    def share(self) -> float | None:
        """Return the share of cyclic triples; a quarter would be chance, 0 a perfect order."""
        return self.cyclic / self.triples if self.triples else None

    def as_json(self) -> dict[str, Any]:
        """Return the report as commands print it."""
        return {
            "triples": self.triples,
            "cyclic": self.cyclic,
            "share": self.share,
            "shown": [cycle.as_json() for cycle in self.shown],
        }


def report_cycles(wins: FloatArray, *, models: tuple[str, ...]) -> CycleReport:
    """Count cycles among majority edges of wins (ties as half), shape (models, models)."""
    beats = wins > wins.T
    paths = beats.astype(np.int64)
    either = paths + paths.T
    return CycleReport(
        triples=int(np.einsum("ij,ij->", either @ either, either)) // 6,
        cyclic=int(np.einsum("ij,ji->", paths @ paths, paths)) // 3,
        shown=_firmest(wins, beats=beats, models=models),
    )


def _firmest(wins: FloatArray, *, beats: NDArray[np.bool_], models: tuple[str, ...]) -> tuple[Cycle, ...]:
    games = wins + wins.T
    share = np.divide(wins, games, out=np.zeros_like(wins), where=games > 0)
    found: list[tuple[float, tuple[int, int, int]]] = []
    for one in range(len(models)):
        # Each cycle once, beginning at its first model: the others stand behind it.
        behind = np.arange(len(models)) > one
        twos, thirds = np.flatnonzero(beats[one] & behind), np.flatnonzero(beats[:, one] & behind)
        ends = np.minimum(share[one, twos][:, None], share[thirds, one][None, :])
        weakest = np.where(beats[np.ix_(twos, thirds)], np.minimum(share[np.ix_(twos, thirds)], ends), 0.0)
        firm = np.argsort(-weakest, axis=None, kind="stable")[:MOST_SHOWN]
        for two, third in zip(*np.unravel_index(firm, weakest.shape), strict=True):
            if weakest[two, third] > 0:
                found.append((-float(weakest[two, third]), (one, int(twos[two]), int(thirds[third]))))
    return tuple(
        _cycle(triple, share=share, games=games, models=models) for _, triple in sorted(found)[:MOST_SHOWN]
    )


def _cycle(
    triple: tuple[int, int, int], *, share: FloatArray, games: FloatArray, models: tuple[str, ...]
) -> Cycle:
    edges = list(zip(triple, (*triple[1:], triple[0]), strict=True))
    one, two, three = (models[at] for at in triple)
    return Cycle(
        models=(one, two, three),
        weakest=min(float(share[edge]) for edge in edges),
        is_sure=all(score_interval(float(share[edge]), n=float(games[edge])).low > 0.5 for edge in edges),
    )
