"""What each protocol leans to: longer answers, denser ones, one model."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotation.domain.figures import Range, Undefined
from annotation.domain.labels import Codes, Vector
from annotation.domain.protocol_comparison.paired_protocols import FIRST, SECOND, TIE, PairedProtocols
from annotation.domain.resampling import ROUNDS, bootstrap_interval
from curation.domain.versions.intervals import Interval, wilson_interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaning:
    """How often the answer with more of a trait wins, among decided pairs whose answers differ in it."""

    pairs: int
    share: float | None
    interval: Interval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelWins:
    """A model's share of wins under each protocol, a tie counting half, and how far the two lie apart."""

    games: int
    rated: float
    chosen: float
    difference: float
    interval: Range


def text_traits(first: str, second: str) -> dict[str, tuple[float, float]]:
    """Return measures of two answers: words, distinct words, and density, the share of words that are distinct."""
    sides = [text.casefold().split() for text in (first, second)]
    words = (float(len(sides[0])), float(len(sides[1])))
    distinct = (float(len(set(sides[0]))), float(len(set(sides[1]))))
    density = (
        distinct[0] / words[0] if words[0] else np.nan,
        distinct[1] / words[1] if words[1] else np.nan,
    )
    return {"words": words, "distinct_words": distinct, "density": density}


def leaning_to(trait: NDArray[np.float64], *, outcomes: Codes) -> Leaning:
    """Return how far outcomes lean to the answer with more of a trait, shape (pairs, 2)."""
    with np.errstate(invalid="ignore"):
        difference = trait[:, 0] - trait[:, 1]
        counted = (outcomes != TIE) & np.isfinite(difference) & (difference != 0)
    count = int(counted.sum())
    more = int(((difference > 0) == (outcomes == FIRST))[counted].sum())
    return Leaning(pairs=count, share=more / count if count else None, interval=wilson_interval(more, count))


def leanings(pairs: PairedProtocols) -> dict[str, dict[str, Leaning]]:
    """Return trait → protocol → leaning."""
    return {
        name: {
            "rated": leaning_to(trait, outcomes=pairs.inferred),
            "chosen": leaning_to(trait, outcomes=pairs.chosen),
        }
        for name, trait in pairs.traits.items()
    }


def model_wins(pairs: PairedProtocols, *, rounds: int = ROUNDS, seed: int = 0) -> Mapping[str, ModelWins]:
    """Return each model's win rates; the interval of their difference draws whole clusters again."""
    names = sorted({name for both in pairs.models for name in both})
    return {name: _wins_of(name, pairs=pairs, rounds=rounds, seed=seed) for name in names}


def _wins_of(name: str, *, pairs: PairedProtocols, rounds: int, seed: int) -> ModelWins:
    played = np.array([name in both and both[0] != both[1] for both in pairs.models])
    is_first = np.array([both[0] == name for both in pairs.models])[played]
    rated, chosen = (
        _points(outcomes[played], is_first=is_first) for outcomes in (pairs.inferred, pairs.chosen)
    )
    clusters = np.unique(pairs.cluster[played], return_inverse=True)[1]
    games = int(played.sum())
    if not games:
        nothing = Undefined(f"Undefined because {name} never met another model.")
        return ModelWins(games=0, rated=np.nan, chosen=np.nan, difference=np.nan, interval=nothing)
    return ModelWins(
        games=games,
        rated=float(rated.mean()),
        chosen=float(chosen.mean()),
        difference=float((rated - chosen).mean()),
        interval=_mean_interval(rated - chosen, clusters=clusters, rounds=rounds, seed=seed),
    )


def _points(outcomes: Codes, *, is_first: NDArray[np.bool_]) -> Vector:
    won = np.where(is_first, outcomes == FIRST, outcomes == SECOND)
    return np.where(outcomes == TIE, 0.5, won.astype(float))


def _mean_interval(values: Vector, *, clusters: Codes, rounds: int, seed: int) -> Range:
    if not rounds:
        return Undefined("Not drawn.")
    sums, counts = np.bincount(clusters, weights=values), np.bincount(clusters)
    return bootstrap_interval(
        lambda weights: np.asarray((weights @ sums) / (weights @ counts)),
        clusters=len(counts),
        rounds=rounds,
        seed=seed,
    )
