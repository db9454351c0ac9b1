"""Files of labels: one row an item, an annotator and a label."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from annotation.domain.agreement.pair_order import ordered_pair
from annotation.domain.label_tables import ColumnTable, LabelTableError, missing_reason, read_columns
from annotation.domain.labels import LabelRow, LabelTable, Level, label_table, one_spelling, require_scale

REQUIRED = ("item", "annotator", "label")
SIDES = ("response_a", "response_b")
MOST_SLICES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelReading:
    """How a file of labels is to be read: further marks of a gap, the labels from least to most, slices."""

    encoding: str = ""
    missing: Sequence[str] = ()
    order: Sequence[str] = ()
    level: Level = Level.NOMINAL
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelFile:
    """The labels of a file, and those of each of its slices."""

    labels: LabelTable
    slices: dict[str, LabelTable]


def read_label_file(path: Path, *, reading: LabelReading | None = None) -> LabelFile:
    """Read the labels of a file; raises LabelTableError or SourceError with what, where and what next.

    Where the columns response_a and response_b say what was compared, each pair is put in one order first.
    """
    reading = reading or LabelReading()
    required = (*REQUIRED, reading.by) if reading.by else REQUIRED
    table = read_columns(path, required=required, optional=SIDES, encoding=reading.encoding)
    rows = label_rows(table, missing=reading.missing)
    values = {row.label for row in rows if row.label is not None}
    require_scale(values, level=reading.level, order=reading.order)
    return LabelFile(
        labels=label_table(rows, order=reading.order), slices=_slices(table, rows, reading=reading)
    )


def label_rows(table: ColumnTable, *, missing: Collection[str] = ()) -> list[LabelRow]:
    """Return the rows of a table of labels; raises LabelTableError for a row without item or annotator."""
    gaps = [missing_reason(cell, also=missing) for cell in table["label"]]
    labels = one_spelling(
        None if gap is not None else cell for gap, cell in zip(gaps, table["label"], strict=True)
    )
    items: Sequence[str] = table.names("item")
    require_both_sides(table)
    if SIDES[0] in table:
        items, labels = _in_one_order(table, labels=labels)
    return [
        LabelRow(item, annotator, label, gap or "")
        for item, annotator, label, gap in zip(items, table.names("annotator"), labels, gaps, strict=True)
    ]


def require_both_sides(table: ColumnTable) -> None:
    """Raise LabelTableError where a table has one side of its pairs without the other."""
    absent = [side for side in SIDES if side not in table]
    if len(absent) == 1:
        raise LabelTableError(
            f"{table.name} has one of the columns {' and '.join(SIDES)}. Add {absent[0]}, or rename the other."
        )


def _in_one_order(table: ColumnTable, *, labels: list[str | None]) -> tuple[list[str], list[str | None]]:
    sides = (table.names(side) for side in SIDES)
    pairs = [ordered_pair(a, b, label=label) for a, b, label in zip(*sides, labels, strict=True)]
    items = [f"{item}\n{pair.first}\n{pair.second}" for item, pair in zip(table["item"], pairs, strict=True)]
    return items, [pair.label for pair in pairs]


def _slices(table: ColumnTable, rows: list[LabelRow], *, reading: LabelReading) -> dict[str, LabelTable]:
    if not reading.by:
        return {}
    different = len(set(table[reading.by]))
    if different > MOST_SLICES:
        raise LabelTableError(
            f"The column {reading.by} has {different} different values, and figures are drawn for at most"
            f" {MOST_SLICES}. Group them in a column of their own, and name that with --by."
        )
    parts: dict[str, list[LabelRow]] = {}
    for name, row in zip(table[reading.by], rows, strict=True):
        parts.setdefault(name, []).append(row)
    return {name: label_table(part, order=reading.order) for name, part in sorted(parts.items())}
