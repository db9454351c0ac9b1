"""What people and a judge said of the same items: the table that every figure about a judge is computed from."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from annotation.domain.label_tables import as_whole, number_in
from annotation.domain.labels import Codes, Vector

# How tables write down that an answer passes or fails; a table that uses only these is one of two classes.
GOOD_WORDS = frozenset({"1", "true", "yes", "correct", "right", "pass", "good", "positive", "accepted"})
BAD_WORDS = frozenset({"0", "false", "no", "incorrect", "wrong", "fail", "bad", "negative", "rejected"})
GOOD, BAD = "good", "bad"


@dataclass(frozen=True, slots=True)
class JudgedRow:
    """One item as people and the judge labelled it; None where a side gave no label, with the reason in `gap`."""

    item: str
    system: str
    human: str | None
    judge: str | None
    gap: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JudgedLabels:
    """The rows that both sides labelled, as codes.

    `human` and `judge` index `values`, `item` numbers the prompts that intervals draw again, `system` indexes
    `systems`. `worth` is what each value counts for a system, None where the values are mere names. `good` tells the
    code that passes, None where there are not two classes.
    """

    values: tuple[str, ...]
    systems: tuple[str, ...]
    items: int
    item: Codes
    system: Codes
    human: Codes
    judge: Codes
    worth: Vector | None
    good: int | None
    missing: Mapping[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.human)


def judged_labels(rows: Iterable[JudgedRow], *, good: Collection[str] = ()) -> JudgedLabels:
    """Return the rows that have both labels; `good` names the labels that pass where they are no usual words."""
    kept, missing = _split(rows)
    sides = [[_spelled(row.human), _spelled(row.judge)] for row in kept]
    passing = {_spelled(word) for word in good}
    is_binary = bool(passing) or all(label in GOOD_WORDS | BAD_WORDS for side in sides for label in side)
    if is_binary:
        passing = passing or set(GOOD_WORDS)
        sides = [[GOOD if label in passing else BAD for label in side] for side in sides]
    values = (BAD, GOOD) if is_binary else _ordered({label for side in sides for label in side})
    place = {value: code for code, value in enumerate(values)}
    codes = np.array([[place[label] for label in side] for side in sides], dtype=np.intp).reshape(-1, 2)
    items, item = numbered([row.item for row in kept])
    systems, system = numbered([row.system for row in kept])
    return JudgedLabels(
        values=values,
        systems=systems,
        items=len(items),
        item=item,
        system=system,
        human=codes[:, 0],
        judge=codes[:, 1],
        worth=_worth(values, is_binary=is_binary),
        good=1 if is_binary else None,
        missing=missing,
    )


def _split(rows: Iterable[JudgedRow]) -> tuple[list[JudgedRow], Counter[str]]:
    kept, missing = [], Counter[str]()
    for row in rows:
        if row.human is None or row.judge is None:
            missing[row.gap] += 1
        else:
            kept.append(row)
    return kept, missing


def _spelled(label: str | None) -> str:
    return as_whole((label or "").strip()).casefold()


def _ordered(values: Collection[str]) -> tuple[str, ...]:
    if all(number_in(value) is not None for value in values):
        return tuple(sorted(values, key=lambda value: (float(value), value)))
    return tuple(sorted(values))


def _worth(values: Sequence[str], *, is_binary: bool) -> Vector | None:
    if is_binary:
        return np.array([0.0, 1.0])
    numbers = [number_in(value) for value in values]
    known = [number for number in numbers if number is not None]
    return np.array(known) if known and len(known) == len(numbers) else None


def numbered(names: Sequence[str]) -> tuple[tuple[str, ...], Codes]:
    """Return the different names as they first come, and the place of each name among them."""
    place: dict[str, int] = {}
    codes = [place.setdefault(name, len(place)) for name in names]
    return tuple(place), np.array(codes, dtype=np.intp)
