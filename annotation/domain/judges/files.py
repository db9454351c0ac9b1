"""Files of what people and a judge said: one row an answer of a system to an item."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from annotation.domain.judges.labels import BAD, GOOD, JudgedLabels, JudgedRow, judged_labels
from annotation.domain.judges.lexical import is_contained, is_exact
from annotation.domain.label_tables import ColumnTable, LabelTableError, missing_reason, read_columns, shown

REQUIRED = ("item", "system", "human", "judge")
TEXTS = ("answer", "reference")


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictReading:
    """How such a file is to be read: further marks of a gap, the labels that pass, the encoding."""

    encoding: str = ""
    missing: tuple[str, ...] = ()
    good: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictFile:
    """The labels of a file, and what rules without a model say in the judge's place, by the rule's name."""

    labels: JudgedLabels
    baselines: dict[str, JudgedLabels]


def read_verdict_file(path: Path, *, reading: VerdictReading | None = None) -> VerdictFile:
    """Read a file; raises LabelTableError or SourceError with what, where and what next."""
    reading = reading or VerdictReading()
    table = read_columns(path, required=REQUIRED, optional=TEXTS, encoding=reading.encoding)
    rows = _rows(table, missing=reading.missing)
    labels = judged_labels(rows, good=reading.good)
    _require_good(labels, rows, reading=reading, name=table.name)
    return VerdictFile(labels=labels, baselines=_baselines(table, rows, labels=labels))


def _rows(table: ColumnTable, *, missing: Collection[str]) -> list[JudgedRow]:
    named = zip(table.names("item"), table.names("system"), strict=True)
    labels = zip(table["human"], table["judge"], strict=True)
    return [
        _row(item, system, (human, judge), missing=missing)
        for (item, system), (human, judge) in zip(named, labels, strict=True)
    ]


def _row(item: str, system: str, labels: tuple[str, str], *, missing: Collection[str]) -> JudgedRow:
    gaps = [missing_reason(label, also=missing) for label in labels]
    sides = [None if gap is not None else label for gap, label in zip(gaps, labels, strict=True)]
    said = [f"{side}: {gap}" for side, gap in zip(("human", "judge"), gaps, strict=True) if gap is not None]
    return JudgedRow(item, system, sides[0], sides[1], ", ".join(said))


def _require_good(labels: JudgedLabels, rows: list[JudgedRow], *, reading: VerdictReading, name: str) -> None:
    """Raise LabelTableError where a label that is said to pass stands nowhere in the file."""
    known = {row.human.casefold() for row in rows if row.human} | {
        row.judge.casefold() for row in rows if row.judge
    }
    absent = [word for word in reading.good if word.casefold() not in known]
    if absent:
        raise LabelTableError(
            f"{name} has no label {shown(absent[0])}, which --good names."
            f" Found: {', '.join(sorted(known)[:20])}. Name the labels that pass."
        )
    if not len(labels):
        raise LabelTableError(
            f"{name} has no row with a label of people and one of the judge. Fill the columns human and judge, and"
            " run the command again."
        )


def _baselines(table: ColumnTable, rows: list[JudgedRow], *, labels: JudgedLabels) -> dict[str, JudgedLabels]:
    """Return what rules say that need no model; those of the reference only where the file has texts."""
    if labels.good is None:
        return {}
    said = {"always_pass": [True] * len(rows)}
    if all(column in table for column in TEXTS):
        texts = list(zip(*(table[column] for column in TEXTS), strict=True))
        said["exact_match"] = [is_exact(answer, reference=reference) for answer, reference in texts]
        said["contains"] = [is_contained(answer, reference=reference) for answer, reference in texts]
    return {name: _instead(rows, passes, labels=labels) for name, passes in said.items()}


def _instead(rows: list[JudgedRow], passes: list[bool], *, labels: JudgedLabels) -> JudgedLabels:
    """Return the labels with a rule in the judge's place, on the rows that the judge labelled."""
    kept = [
        (row, said)
        for row, said in zip(rows, passes, strict=True)
        if row.human is not None and row.judge is not None
    ]
    humans = [labels.values[code] for code in labels.human]
    return judged_labels(
        [
            JudgedRow(row.item, row.system, human, GOOD if said else BAD)
            for (row, said), human in zip(kept, humans, strict=True)
        ]
    )
