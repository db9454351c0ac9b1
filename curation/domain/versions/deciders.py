"""Who decided rows, and what a figure that is measured on them may be called."""

from collections.abc import Mapping
from dataclasses import dataclass

PEOPLE, MINER, IMPORTED, JUDGE = "people", "miner", "imported", "judge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deciders:
    """How many held-out rows were decided by whom."""

    people: int = 0
    miner: int = 0
    imported: int = 0
    judge: int = 0

    @property
    def total(self) -> int:
        """The number of rows."""
        return self.people + self.miner + self.imported + self.judge

    @property
    def people_share(self) -> float:
        """The share of rows that people decided; 0 without rows."""
        return self.people / self.total if self.total else 0.0


def deciders_from_counts(counts: Mapping[str, int]) -> Deciders:
    """Sort counts by decider into their kinds; whoever is not known counts as imported."""
    people, miner, judge = (counts.get(name, 0) for name in (PEOPLE, MINER, JUDGE))
    imported = sum(counts.values()) - people - miner - judge
    return Deciders(people=people, miner=miner, imported=imported, judge=judge)


def accuracy_title(deciders: Deciders) -> str:
    """Return the name that an accuracy on these rows deserves."""
    if deciders.people:
        return "preference accuracy"
    if deciders.judge:
        others = deciders.miner or deciders.imported
        return "agreement with a judge and others" if others else "agreement with a judge"
    if deciders.miner and deciders.imported:
        return "agreement with the miner and the source"
    if deciders.imported:
        return "agreement with the source"
    return "agreement with the miner"
