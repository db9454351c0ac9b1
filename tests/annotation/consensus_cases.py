"""Judgements that tests of consensus share."""

from collections.abc import Sequence

import numpy as np

from annotation.domain.consensus.judgements import JudgementRow, Judgements

READS_ORDERS = ("bradley_terry", "plackett_luce", "ranked_pairs")
READS_RATINGS = ("closest_k", "shrunken_mean")


def judged(rows: Sequence[tuple[str, str, str | None]]) -> Judgements:
    """Return judgements of (item, annotator, label)."""
    return Judgements([JudgementRow(*row) for row in rows])


def crowd(
    *, items: int, people: int, each: int, classes: int = 3, seed: int = 0
) -> tuple[list[tuple[str, str, str]], dict[str, str]]:
    """Return labels of annotators of different skill, and the true labels; names in the order of appearance sort."""
    chance = np.random.default_rng(seed)
    truth = {f"item{at:04}": str(chance.integers(classes)) for at in range(items)}
    skill = chance.beta(4, 1.5, people)
    rows = [
        (item, f"person{who:03}", label if chance.random() < skill[who] else str(chance.integers(classes)))
        for item, label in truth.items()
        for who in chance.choice(people, each, replace=False)
    ]
    # crowd-kit 1.4's MACE mixes annotators up unless they, and the labels, appear in their sorted order.
    return sorted(rows, key=lambda row: (row[1], row[2], row[0])), truth


def suited(method: str, *, items: int = 6, people: int = 4, seed: int = 0) -> list[tuple[str, str, str]]:
    """Return random judgements that a method reads."""
    chance = np.random.default_rng(seed)
    names = ["r1", "r2", "r3"]

    def label() -> str:
        if method in READS_ORDERS:
            return f" {chance.choice(['>', '='])} ".join(chance.permutation(names))
        return str(chance.integers(5))

    return [
        (f"item{at}", f"person{who}", label())
        for at in range(items)
        for who in range(people)
        if chance.random() < 0.8 or who == 0
    ]
