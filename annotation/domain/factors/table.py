"""Preference pairs as a table of factor values: one row a pair, one column a factor, chosen and rejected apart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from annotation.domain.factors.surface import SURFACE_FACTORS, surface_values

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
BoolArray: TypeAlias = NDArray[np.bool_]
# Answers whose lengths differ by less than a tenth either way are of similar length.
SIMILAR = (0.9, 1.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPair:
    """A preference in words; group says whose it is (people, a judge, mined, a model), where that is known.

    extra: further factors, from embeddings or judges: name → (of the chosen, of the rejected answer).
    """

    prompt: str
    chosen: str
    rejected: str
    group: str = ""
    extra: Mapping[str, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorTable:
    """chosen, rejected: shape (pairs, factors), NaN where a factor is unknown; prompt: a number for each prompt."""

    names: tuple[str, ...]
    chosen: FloatArray
    rejected: FloatArray
    prompt: IntArray
    group: tuple[str, ...]

    def __len__(self) -> int:
        """Return how many pairs there are."""
        return len(self.prompt)

    @property
    def difference(self) -> FloatArray:
        """Return chosen minus rejected, shape (pairs, factors)."""
        return self.chosen - self.rejected

    def column(self, name: str) -> FloatArray:
        """Return chosen minus rejected of one factor."""
        at = self.names.index(name)
        return self.chosen[:, at] - self.rejected[:, at]

    def rows(self, kept: BoolArray) -> "FactorTable":
        """Return the pairs for which kept is true."""
        groups = tuple(group for group, keep in zip(self.group, kept, strict=True) if keep)
        return replace(
            self,
            chosen=self.chosen[kept],
            rejected=self.rejected[kept],
            prompt=self.prompt[kept],
            group=groups,
        )

    def turned(self, turn: BoolArray, *, group: str) -> "FactorTable":
        """Return the same pairs as those of another group, with chosen and rejected swapped where turn is true."""
        swap = turn[:, None]
        return replace(
            self,
            chosen=np.where(swap, self.rejected, self.chosen),
            rejected=np.where(swap, self.chosen, self.rejected),
            group=(group,) * len(self),
        )

    def of_group(self, name: str) -> "FactorTable":
        """Return the pairs of one group."""
        return self.rows(np.array([group == name for group in self.group], dtype=bool))

    def of_similar_length(self) -> "FactorTable":
        """Return the pairs whose answers have about the same number of characters."""
        at = self.names.index("characters")
        chosen, rejected = self.chosen[:, at], self.rejected[:, at]
        low, high = SIMILAR
        return self.rows((chosen >= low * rejected) & (chosen <= high * rejected))


def factor_table(pairs: Sequence[TextPair]) -> FactorTable:
    """Measure all surface factors of pairs, and put what they bring with them beside."""
    extra = tuple(dict.fromkeys(name for pair in pairs for name in pair.extra if name not in SURFACE_FACTORS))
    names = (*SURFACE_FACTORS, *extra)
    numbers: dict[str, int] = {}
    return FactorTable(
        names=names,
        chosen=_values(pairs, extra=extra, side=0, width=len(names)),
        rejected=_values(pairs, extra=extra, side=1, width=len(names)),
        prompt=np.array([numbers.setdefault(pair.prompt, len(numbers)) for pair in pairs], dtype=np.int64),
        group=tuple(pair.group for pair in pairs),
    )


def joined(tables: Sequence[FactorTable], *, prompts: Sequence[int]) -> FactorTable:
    """Put tables of the same factors below each other; `prompts` numbers the prompt of each pair anew."""
    return FactorTable(
        names=tables[0].names,
        chosen=np.concatenate([table.chosen for table in tables]),
        rejected=np.concatenate([table.rejected for table in tables]),
        prompt=np.asarray(prompts, dtype=np.int64),
        group=tuple(group for table in tables for group in table.group),
    )


def _values(pairs: Sequence[TextPair], *, extra: Sequence[str], side: int, width: int) -> FloatArray:
    unknown = (np.nan, np.nan)
    rows = [
        [
            *surface_values((pair.chosen, pair.rejected)[side], prompt=pair.prompt),
            *(pair.extra.get(name, unknown)[side] for name in extra),
        ]
        for pair in pairs
    ]
    return np.array(rows, dtype=np.float64).reshape(len(pairs), width)
