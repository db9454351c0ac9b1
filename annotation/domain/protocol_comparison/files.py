"""Files of pairs that were rated and chosen between: one row a pair."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from annotation.domain.label_tables import (
    Choices,
    ColumnTable,
    LabelTableError,
    Numbers,
    counted,
    parse_coding,
    read_columns,
)
from annotation.domain.labels import Codes
from annotation.domain.protocol_comparison.leanings import text_traits
from annotation.domain.protocol_comparison.paired_protocols import (
    OUTCOMES,
    PairedProtocols,
    Repeated,
    inferred_outcomes,
)

REQUIRED = ("item", "rating_a", "rating_b", "choice")
_TEXTS = ("response_a", "response_b")
_LENGTHS = ("length_a", "length_b")
_MODELS = ("model_a", "model_b")
_OPTIONAL = ("annotator", "occasion", *_TEXTS, *_LENGTHS, *_MODELS)


@dataclass(frozen=True, slots=True, kw_only=True)
class PairReading:
    """How a file of pairs is to be read: what its choices mean, what clusters its pairs, marks of a gap."""

    coding: str = ""
    cluster: str = ""
    missing: Sequence[str] = ()
    encoding: str = ""

    @property
    def meanings(self) -> Mapping[str, str]:
        """What each way of writing a choice means: a, b and tie unless a coding says otherwise."""
        plain = {outcome: outcome for outcome in OUTCOMES}
        return plain | parse_coding(self.coding, allowed=OUTCOMES)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    """The columns of a file as values, and which rows are whole."""

    table: ColumnTable
    ratings: NDArray[np.float64]
    choices: Choices
    gaps: dict[str, int]
    whole: list[int] = field(default_factory=list)


def read_pairs(path: Path, *, reading: PairReading | None = None) -> PairedProtocols:
    """Read the pairs of a file; raises LabelTableError or SourceError with what, where and what next.

    A row without both ratings and the choice is counted as incomplete. Rows of one item and annotator at several
    occasions are one pair, the first, and a test of the annotator with herself.
    """
    reading = reading or PairReading()
    named = [reading.cluster] if reading.cluster else []
    table = read_columns(path, required=[*REQUIRED, *named], optional=_OPTIONAL, encoding=reading.encoding)
    for sides in (_TEXTS, _LENGTHS, _MODELS):
        _require_both(table, sides)
    table.names("item")
    rows = _values(table, reading=reading)
    first, again = _occasions(rows)
    return _pairs(rows, kept=first, again=again, clustered_by=reading.cluster or _usual_cluster(table, first))


def _values(table: ColumnTable, *, reading: PairReading) -> _Rows:
    sides = [table.numbers(column, also_missing=reading.missing) for column in ("rating_a", "rating_b")]
    choices = table.choices("choice", coding=reading.meanings, also_missing=reading.missing)
    ratings = np.array([_floats(side) for side in sides]).T
    whole = [
        row
        for row, choice in enumerate(choices.values)
        if choice is not None and np.isfinite(ratings[row]).all()
    ]
    gaps = counted([*(side.missing for side in sides), choices.missing])
    return _Rows(table=table, ratings=ratings, choices=choices, gaps=gaps, whole=whole)


def _floats(numbers: Numbers) -> list[float]:
    return [np.nan if value is None else value for value in numbers.values]


def _occasions(rows: _Rows) -> tuple[list[int], list[tuple[int, int]]]:
    """Return the rows that count, and pairs of rows of the same annotator and item at different times."""
    if "occasion" not in rows.table:
        return rows.whole, []
    if "annotator" not in rows.table:
        raise LabelTableError(
            f"{rows.table.name} has occasions and no annotators, so nobody can be compared with herself."
            " Add a column annotator, or take the column occasion out."
        )
    keys = list(zip(rows.table.names("item"), rows.table.names("annotator"), strict=True))
    first: dict[tuple[str, str], int] = {}
    again: list[tuple[int, int]] = []
    for row in sorted(rows.whole, key=lambda row: _time(rows.table["occasion"][row])):
        if keys[row] in first:
            again.append((first[keys[row]], row))
        else:
            first[keys[row]] = row
    return sorted(first.values()), again


def _time(occasion: str) -> tuple[float, str]:
    """Return what occasions are ordered by: their number, else their name (dates sort as text)."""
    try:
        return float(occasion), ""
    except ValueError:
        return np.inf, occasion


def _pairs(
    rows: _Rows, *, kept: list[int], again: list[tuple[int, int]], clustered_by: str
) -> PairedProtocols:
    table = rows.table
    chosen = _codes_of(rows, kept)
    return PairedProtocols(
        ratings=rows.ratings[kept],
        chosen=chosen,
        cluster=_cluster_codes(table, clustered_by, kept=kept),
        clustered_by=clustered_by,
        traits=_traits(table, kept=kept),
        models=_models(table, kept=kept),
        again=[(_repeated(rows, one), _repeated(rows, other)) for one, other in again],
        missing=rows.gaps,
        incomplete=len(table) - len(rows.whole),
        from_one_person="annotator" in table,
    )


def _codes_of(rows: _Rows, kept: Sequence[int]) -> Codes:
    return np.array([OUTCOMES.index(str(rows.choices.values[row])) for row in kept], dtype=np.intp)


def _repeated(rows: _Rows, row: int) -> Repeated:
    inferred = inferred_outcomes(rows.ratings[[row]])
    return Repeated(int(inferred[0]), int(_codes_of(rows, [row])[0]))


def _usual_cluster(table: ColumnTable, kept: list[int]) -> str:
    """Return what draws together: annotators where there are several, else items."""
    several = "annotator" in table and len({table["annotator"][row] for row in kept}) > 1
    return "annotator" if several else "item"


def _cluster_codes(table: ColumnTable, column: str, *, kept: list[int]) -> Codes:
    names = table.names(column)
    codes: dict[str, int] = {}
    return np.array([codes.setdefault(names[row], len(codes)) for row in kept], dtype=np.intp)


def _traits(table: ColumnTable, *, kept: list[int]) -> dict[str, NDArray[np.float64]]:
    if _TEXTS[0] in table:
        measured = [text_traits(table[_TEXTS[0]][row], table[_TEXTS[1]][row]) for row in kept]
        names = measured[0] if measured else ()
        return {name: np.array([each[name] for each in measured]) for name in names}
    if _LENGTHS[0] in table:
        lengths = np.array([_floats(table.numbers(column)) for column in _LENGTHS]).T
        return {"length": lengths[kept]}
    return {}


def _models(table: ColumnTable, *, kept: list[int]) -> list[tuple[str, str]]:
    if _MODELS[0] not in table:
        return []
    first, second = (table.names(column) for column in _MODELS)
    return [(first[row], second[row]) for row in kept]


def _require_both(table: ColumnTable, sides: tuple[str, str]) -> None:
    present = [side for side in sides if side in table]
    if len(present) == 1:
        absent = next(side for side in sides if side not in table)
        raise LabelTableError(
            f"{table.name} has a column {present[0]} and no {absent}. Add it, or rename the other."
        )
