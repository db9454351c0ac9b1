"""A ranking of models by people's or judges' votes, with intervals, and with what cannot be said of whom."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from annotation.domain.model_ranking.bradley_terry import (
    PRIOR_TIES,
    Linkage,
    fit_strengths,
    linkage_of,
)
from annotation.domain.model_ranking.cycles import CycleReport, report_cycles
from annotation.domain.model_ranking.groups import indistinct_groups, rank_ranges, surely_better
from annotation.domain.model_ranking.resampling import only_models, repeats_items, resampled_strengths
from annotation.domain.model_ranking.votes import (
    FloatArray,
    IntArray,
    OutcomeCounts,
    VoteTable,
    count_outcomes,
    win_matrix,
)
from curation.domain.versions.intervals import Interval

ROUNDS = 500
# Fewer items than these say too little about how items differ to draw them instead of votes.
FEWEST_ITEMS = 10
# The bootstrap draws from what was seen: of a handful of games that is too little to vary as much as it should.
FEW_GAMES = 10
MOST_NOTES = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One model: centred natural-log strength, games and wins (a tie is half), ranks that the data allow.

    interval and ranks are None, and note says why, where the strength has no bounds.
    """

    model: str
    strength: float
    interval: Interval | None
    games: int
    wins: float
    ranks: tuple[int, int] | None
    pool: int = 0
    note: str = ""

    @property
    def win_rate(self) -> float:
        """Return the share of games won, a tie as half."""
        return self.wins / self.games

    def as_json(self) -> dict[str, Any]:
        """Return the standing as commands print it."""
        return {
            "strength": self.strength,
            "interval": list(self.interval) if self.interval else None,
            "games": self.games,
            "win_rate": self.win_rate,
            "ranks": list(self.ranks) if self.ranks else None,
            "pool": self.pool,
            "note": self.note,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """Models, best first; groups of models that cannot be told apart; cycles; sentences on the limits."""

    standings: tuple[Standing, ...]
    votes: int
    rounds: int
    drawn: str
    groups: tuple[tuple[str, ...], ...]
    cycles: CycleReport
    sentences: tuple[str, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """Return the ranking as commands print it."""
        return {
            "models": {each.model: each.as_json() for each in self.standings},
            "votes": self.votes,
            "rounds": self.rounds,
            "drawn": self.drawn,
            "not_distinguishable": [list(group) for group in self.groups],
            "cycles": self.cycles.as_json(),
            "sentences": list(self.sentences),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pool:
    """Models that games connect: their strengths, their bootstrap rounds, and who is without bounds."""

    outcomes: OutcomeCounts
    wins: FloatArray
    strengths: FloatArray
    rounds: FloatArray
    unbounded: dict[int, str]


def rank_votes(table: VoteTable, *, rounds: int = ROUNDS, seed: int = 0) -> Ranking:
    """Rank models by Bradley–Terry; raises ValueError without votes.

    Models that no chain of games connects form pools, each centred on its own. The interval is the 95 %
    percentile interval of `rounds` bootstrap rounds; where items repeat, items are drawn, else votes.
    """
    if not len(table):
        raise ValueError("A ranking needs at least one vote.")
    by_item = repeats_items(table, fewest=FEWEST_ITEMS)
    wins = win_matrix(count_outcomes(table))
    linkage = linkage_of(wins)
    pools = [
        _pool(only_models(table, kept=members), rounds=rounds, seed=seed, by_item=by_item)
        for members in _members(linkage)
    ]
    standings = [each for number, pool in enumerate(pools) for each in _standings(pool, number=number)]
    return Ranking(
        standings=tuple(sorted(standings, key=lambda each: (each.pool, -each.strength, each.model))),
        votes=len(table),
        rounds=rounds,
        drawn="items" if by_item else "votes",
        groups=tuple(group for pool in pools for group in _groups(pool)),
        cycles=report_cycles(wins, models=table.models),
        sentences=tuple(_sentences(pools, rounds=rounds, by_item=by_item)),
    )


def _members(linkage: Linkage) -> list[IntArray]:
    """Return the models of each pool, the largest pool first."""
    pools = [np.flatnonzero(linkage.connected == number) for number in np.unique(linkage.connected)]
    return sorted(pools, key=lambda members: (-len(members), members[0]))


def _pool(table: VoteTable, *, rounds: int, seed: int, by_item: bool) -> _Pool:
    outcomes = count_outcomes(table)
    wins = win_matrix(outcomes)
    linkage = linkage_of(wins)
    prior_ties = 0.0 if linkage.is_estimable else PRIOR_TIES
    strengths = fit_strengths(wins, prior_ties=prior_ties)
    drawn = resampled_strengths(
        outcomes, rounds=rounds, seed=seed, start=strengths, table=table if by_item else None
    )
    return _Pool(
        outcomes=outcomes,
        wins=wins,
        strengths=strengths,
        rounds=drawn,
        unbounded=_unbounded(wins, linkage, models=table.models),
    )


def _unbounded(wins: FloatArray, linkage: Linkage, *, models: tuple[str, ...]) -> dict[int, str]:
    """Say of each model outside the largest mutual group why its distance to it has no bound.

    Where no group is larger than all others, nobody has anybody to be measured against.
    """
    sizes = np.bincount(linkage.mutual)
    reference = int(sizes.argmax()) if (sizes == sizes.max()).sum() == 1 else -1
    return {
        int(number): _unbounded_note(wins, number=int(number), models=models, mutual=linkage.mutual)
        for number in np.flatnonzero(linkage.mutual != reference)
    }


def _unbounded_note(wins: FloatArray, *, number: int, models: tuple[str, ...], mutual: IntArray) -> str:
    model = models[number]
    if not wins[:, number].any():
        return f"{model} never lost or tied: how much stronger it is has no upper bound yet."
    if not wins[number].any():
        return f"{model} never won or tied: how much weaker it is has no lower bound yet."
    fellows = [models[at] for at in np.flatnonzero(mutual == mutual[number]) if at != number]
    group = f"{model} with {', '.join(fellows)}" if fellows else model
    return f"Between {group} and the others all wins went one way: the distance has no bound yet."


def _standings(pool: _Pool, *, number: int) -> list[Standing]:
    games = (pool.wins + pool.wins.T).sum(axis=1)
    ends = np.quantile(pool.rounds, (0.025, 0.975), axis=0) if len(pool.rounds) else None
    ranks = rank_ranges(surely_better(pool.rounds))
    return [
        Standing(
            model=model,
            strength=float(pool.strengths[at]),
            interval=None if ends is None or at in pool.unbounded else _interval(ends[:, at]),
            games=round(games[at]),
            wins=float(pool.wins[at].sum()),
            ranks=None if ends is None or at in pool.unbounded else ranks[at],
            pool=number,
            note=pool.unbounded.get(at, ""),
        )
        for at, model in enumerate(pool.outcomes.models)
    ]


def _interval(ends: FloatArray) -> Interval:
    return Interval(float(ends[0]), float(ends[1]))


def _groups(pool: _Pool) -> list[tuple[str, ...]]:
    if not len(pool.rounds):
        return []
    order = [int(at) for at in np.argsort(-pool.strengths, kind="stable") if int(at) not in pool.unbounded]
    models = pool.outcomes.models
    groups = indistinct_groups(surely_better(pool.rounds), order=order)
    return [tuple(models[at] for at in group) for group in groups]


def _listed(names: list[str]) -> str:
    others = len(names) - MOST_NOTES
    return ", ".join(names[:MOST_NOTES]) + (f" and {others} more" if others > 0 else "")


def _rarely_played(pool: _Pool) -> list[str]:
    games = (pool.wins + pool.wins.T).sum(axis=1)
    models = pool.outcomes.models
    return [models[at] for at in np.flatnonzero(games < FEW_GAMES) if int(at) not in pool.unbounded]


def _sentences(pools: list[_Pool], *, rounds: int, by_item: bool) -> list[str]:
    said = []
    if len(pools) > 1:
        said.append(
            f"The models form {len(pools)} pools that no game connects, so strengths compare within a pool only. "
            "Let a model of each pool play one of another to join them."
        )
    notes = [note for pool in pools for note in pool.unbounded.values()]
    said += notes[:MOST_NOTES]
    if len(notes) > MOST_NOTES:
        said.append(
            f"Of {len(notes) - MOST_NOTES} further models the distance has no bound either; see their notes."
        )
    if notes:
        said.append(
            "Their strengths are held in place by one tie against an average model, and have no interval."
        )
    few = [model for pool in pools for model in _rarely_played(pool)]
    if few:
        said.append(
            f"Of {_listed(few)} there are fewer than {FEW_GAMES} games: intervals of so few are rough, and narrower"
            " than they should be."
        )
    if by_item:
        said.append(f"Items repeat, so intervals come from {rounds} draws of whole items.")
    return said
