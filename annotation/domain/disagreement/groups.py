"""Groups of annotators by behaviour: found on half of the items, looked for again on the other half.

Clustering always finds clusters. A group is claimed only where the two halves agree on it (adjusted Rand index) more
than they do once the labels of every item are dealt anew among its annotators.
"""

from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage

from annotation.domain.disagreement.likeness import (
    FloatArray,
    IntArray,
    Judgements,
    agreement_between,
    judgements_of,
    likeness,
)
from annotation.domain.labels import LabelTable

Halves: TypeAlias = list[NDArray[np.bool_]]
MOST_GROUPS = 4
SPLITS = 4
PERMUTATIONS = 199
# So many permutations that do as well settle that chance does, however many are left (Besag and Clifford 1991).
ENOUGH_AS_GOOD = 10
CLAIM_BELOW = 0.05
# Below these, halves are too thin to find anybody's habits in.
FEWEST_ANNOTATORS = 4
FEWEST_LABELS = 8
SMALLEST_GROUP = 2
# Likeness is a matrix of annotators by annotators, worked out anew for every permutation.
MOST_ANNOTATORS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFinding:
    """Groups of annotators, empty where none is claimed; what the claim rests on.

    stability: the mean adjusted Rand index of the halves; p_value: how often dealing labels anew does as well;
    within, between: the share of equal labels of two people of one group, and of two groups, on items that the
    groups were not found on.
    """

    groups: tuple[tuple[str, ...], ...]
    sentence: str
    stability: float | None = None
    p_value: float | None = None
    within: float | None = None
    between: float | None = None
    left_out: tuple[str, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """Return the finding as commands print it."""
        return {
            "groups": [list(group) for group in self.groups],
            "claimed": bool(self.groups),
            "stability": self.stability,
            "p_value": self.p_value,
            "agreement_within": self.within,
            "agreement_between": self.between,
            "left_out": list(self.left_out),
            "sentence": self.sentence,
        }


def find_groups(labels: LabelTable, *, permutations: int = PERMUTATIONS, seed: int = 0) -> GroupFinding:
    """Look for two to four groups of annotators, and claim them only where chance does not make them as well."""
    judged, names, left_out = _usable(labels)
    if len(names) < FEWEST_ANNOTATORS:
        return GroupFinding(groups=(), sentence=_too_few(len(names)), left_out=left_out)
    source = np.random.default_rng(seed)
    halves = [source.permutation(judged.items) < judged.items / 2 for _ in range(SPLITS)]
    stability = _stability(judged, halves)
    best = int(np.argmax(stability))
    p_value = _p_value(
        judged, halves, reached=float(stability[best]), permutations=permutations, source=source
    )
    within, between = _held_out_agreement(judged, halves, groups=best + 2)
    is_claimed = p_value < CLAIM_BELOW and stability[best] > 0
    return GroupFinding(
        groups=_named(_clusters(likeness(judged), groups=best + 2), names) if is_claimed else (),
        sentence=_sentence(float(stability[best]), p_value=p_value, groups=best + 2 if is_claimed else 0),
        stability=float(stability[best]),
        p_value=p_value,
        within=within,
        between=between,
        left_out=left_out,
    )


def _usable(labels: LabelTable) -> tuple[Judgements, list[str], tuple[str, ...]]:
    """Return the labels of the annotators with enough of them, on items that several judged."""
    judged = judgements_of(labels)
    shared = np.bincount(judged.item, minlength=judged.items) > 1
    counts = np.bincount(judged.annotator[shared[judged.item]], minlength=judged.annotators)
    order = np.argsort(-counts, kind="stable")[:MOST_ANNOTATORS]
    kept = np.sort(order[counts[order] >= FEWEST_LABELS])
    place = np.full(judged.annotators, -1)
    place[kept] = np.arange(len(kept))
    chosen = (place[judged.annotator] >= 0) & shared[judged.item]
    _, item = np.unique(judged.item[chosen], return_inverse=True)
    used = Judgements(
        annotator=place[judged.annotator[chosen]],
        item=item,
        value=judged.value[chosen],
        annotators=len(kept),
        items=int(item.max(initial=-1)) + 1,
        values=judged.values,
    )
    names = [labels.annotators[at] for at in kept]
    return used, names, tuple(sorted(set(labels.annotators) - set(names)))


def _stability(judged: Judgements, halves: Halves) -> FloatArray:
    """Return for 2, 3 … groups the mean adjusted Rand index of what the two halves of the items find."""
    most = min(MOST_GROUPS, judged.annotators // SMALLEST_GROUP)
    found = np.zeros((len(halves), most - 1))
    for row, half in enumerate(halves):
        one, other = likeness(judged.of_items(half)), likeness(judged.of_items(~half))
        for column in range(most - 1):
            found[row, column] = rand_index(
                _clusters(one, groups=column + 2), _clusters(other, groups=column + 2)
            )
    stability: FloatArray = found.mean(axis=0)
    return stability


def _p_value(
    judged: Judgements, halves: Halves, *, reached: float, permutations: int, source: np.random.Generator
) -> float:
    """Return how often labels dealt anew are as stable; each takes its own best number of groups.

    So having had the choice of that number is paid for.
    """
    as_good = 0
    for dealt in range(1, permutations + 1):
        as_good += bool(_stability(judged.shuffled(source), halves).max() >= reached)
        if as_good == ENOUGH_AS_GOOD:
            return as_good / dealt
    return (1 + as_good) / (1 + permutations)


def rand_index(one: IntArray, other: IntArray) -> float:
    """Return the adjusted Rand index, 0 where a half found a group of one: that is a person, not a group.

    Hubert and Arabie 1985, from the table of both groupings; scikit-learn's checks would take most of the time.
    """
    if min(np.bincount(one).min(), np.bincount(other).min()) < SMALLEST_GROUP:
        return 0.0
    table = np.zeros((one.max() + 1, other.max() + 1))
    np.add.at(table, (one, other), 1)
    together, rows, columns = (_pairs(cells) for cells in (table, table.sum(axis=1), table.sum(axis=0)))
    expected = rows * columns / _pairs(np.array([len(one)]))
    return (
        (together - expected) / ((rows + columns) / 2 - expected) if rows + columns != 2 * expected else 1.0
    )


def _pairs(counts: FloatArray | IntArray) -> float:
    return float((counts * (counts - 1) / 2).sum())


def _clusters(alike: FloatArray, *, groups: int) -> IntArray:
    """Return a group number for each annotator: Ward's method on the leading directions of likeness."""
    values, vectors = np.linalg.eigh(alike)
    leading = vectors[:, -(groups - 1) :] * np.sqrt(np.maximum(values[-(groups - 1) :], 0.0))
    numbers = fcluster(linkage(leading, method="ward"), t=groups, criterion="maxclust")
    return np.unique(numbers, return_inverse=True)[1].astype(np.int64)


def _held_out_agreement(
    judged: Judgements, halves: Halves, *, groups: int
) -> tuple[float | None, float | None]:
    """Return the share of equal labels within and between groups, on the half that did not find them."""
    same = np.zeros(2)
    shared = np.zeros(2)
    for half in halves:
        numbers = _clusters(likeness(judged.of_items(half)), groups=groups)
        equal, both = agreement_between(judged.of_items(~half))
        is_within = numbers[:, None] == numbers[None, :]
        apart = ~np.eye(len(numbers), dtype=bool)
        for at, chosen in enumerate((is_within & apart, ~is_within)):
            same[at] += equal[chosen].sum()
            shared[at] += both[chosen].sum()
    within, between = (float(one / all_) if all_ else None for one, all_ in zip(same, shared, strict=True))
    return within, between


def _named(numbers: IntArray, names: list[str]) -> tuple[tuple[str, ...], ...]:
    groups = [
        tuple(sorted(names[at] for at in np.flatnonzero(numbers == number))) for number in np.unique(numbers)
    ]
    return tuple(sorted(groups, key=lambda group: (-len(group), group)))


def _too_few(annotators: int) -> str:
    return (
        f"Nothing can be said of groups: that takes {FEWEST_ANNOTATORS} annotators with {FEWEST_LABELS} labels each"
        f" on items that others judged too, and there are {annotators}."
    )


def _sentence(stability: float, *, p_value: float, groups: int) -> str:
    if not groups:
        return (
            f"No groups are claimed: what one half of the items suggests, the other half confirms no better than"
            f" chance (p = {p_value:.3f})."
        )
    return (
        f"The annotators form {groups} groups that both halves of the items show"
        f" (adjusted Rand index {stability:.2f}, p = {p_value:.3f})."
    )
