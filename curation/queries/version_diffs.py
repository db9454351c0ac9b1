"""What became of the rows between two versions of a project: added, removed, changed, and why."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from curation.models import DatasetRow, DatasetVersion, LeftOutRow, Response

# Rows that a page shows of each kind of change.
SHOWN = 8
# The two answers of a row, whichever was chosen: what makes it the same row in both versions.
Sides = tuple[int, int]
Known = Mapping[Sides, str]


class Change(StrEnum):
    """What became of a row."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowChange:
    """One row and what became of it; the ids are those of its rows in either version."""

    change: Change
    why: str
    before: int | None = None
    after: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionDiff:
    """How two versions differ; `counts` by change and reason, `recipe` the fields that differ, as (before, after)."""

    before: DatasetVersion
    after: DatasetVersion
    same: int
    changes: list[RowChange]
    recipe: dict[str, tuple[Any, Any]]

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """How many rows changed how, by reason, the most frequent first."""
        return {
            change: dict(Counter(each.why for each in self.changes if each.change == change).most_common())
            for change in Change
        }

    def as_json(self) -> dict[str, Any]:
        """Return the counts as a command prints them."""
        return {
            "before": str(self.before),
            "after": str(self.after),
            "same": self.same,
            **self.counts,
            "recipe": {name: list(values) for name, values in self.recipe.items()},
        }


def diff_versions(before: DatasetVersion, after: DatasetVersion) -> VersionDiff:
    """Compare two versions of one project, row by row; texts are not read."""
    old, new = _rows_of(before), _rows_of(after)
    same_text = _same_text(old, new)
    changes: list[RowChange] = []
    changes += _changed(old, new)
    changes += _removed(old, new, same_text, after)
    changes += _added(old, new, same_text, before)
    moved = sum(change.change == Change.CHANGED for change in changes)
    return VersionDiff(
        before=before,
        after=after,
        same=len(set(old) & set(new)) + len(same_text) - moved,
        changes=changes,
        recipe=_recipe_changes(before.recipe, after.recipe),
    )


def _rows_of(version: DatasetVersion) -> dict[Sides, dict[str, Any]]:
    fields = ("id", "chosen_id", "rejected_id", "split", "decided_by", "source", "sha256", "is_tie")
    rows = DatasetRow.objects.filter(version=version).order_by("position").values(*fields)
    return {_sides(row["chosen_id"], row["rejected_id"]): row for row in rows.iterator()}


def _sides(chosen: int | None, rejected: int | None) -> Sides:
    """Return both answers in an order of their own; 0 stands for a side that is not there."""
    one, other = sorted((chosen or 0, rejected or 0))
    return one, other


def _same_text(old: Mapping[Sides, Any], new: Mapping[Sides, Any]) -> set[Sides]:
    """Return the rows of either version whose very text the other holds under other answers: copies took turns."""
    gone = {row["sha256"]: sides for sides, row in old.items() if sides not in new}
    came = {row["sha256"]: sides for sides, row in new.items() if sides not in old}
    shared = gone.keys() & came.keys()
    return {gone[text] for text in shared} | {came[text] for text in shared}


def _changed(old: Mapping[Sides, Any], new: Mapping[Sides, Any]) -> Iterator[RowChange]:
    for sides, before in old.items():
        if sides not in new:
            continue
        after = new[sides]
        why = _what_changed(before, after)
        if why:
            yield RowChange(change=Change.CHANGED, why=why, before=before["id"], after=after["id"])


def _what_changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    if before["chosen_id"] != after["chosen_id"]:
        return "sides reversed"
    if before["decided_by"] != after["decided_by"]:
        return f"now decided by {after['decided_by']}"
    if before["split"] != after["split"]:
        return f"moved from {before['split']} to {after['split']}"
    if before["sha256"] != after["sha256"]:
        return "text or strength changed"
    return "" if before["source"] == after["source"] else "now from another source"


def _removed(
    old: Mapping[Sides, Any], new: Mapping[Sides, Any], same_text: set[Sides], after: DatasetVersion
) -> Iterator[RowChange]:
    gone = {sides: row for sides, row in old.items() if sides not in new and sides not in same_text}
    left_out = _left_out(after, gone)
    for sides, row in gone.items():
        why = left_out.get(sides, "no longer proposed: archived, withdrawn, retracted or not asked for")
        yield RowChange(change=Change.REMOVED, why=why, before=row["id"])


def _added(
    old: Mapping[Sides, Any], new: Mapping[Sides, Any], same_text: set[Sides], before: DatasetVersion
) -> Iterator[RowChange]:
    came = {sides: row for sides, row in new.items() if sides not in old and sides not in same_text}
    left_out = _left_out(before, came)
    sources = {row["source"] for row in old.values()}
    newer = _newer(came, before)
    for sides, row in came.items():
        if sides in left_out:
            why = f"was {left_out[sides]}"
        elif row["source"] not in sources:
            why = f"new source: {row['source']}"
        else:
            why = "new answers in the corpus" if newer & set(sides) else "newly proposed"
        yield RowChange(change=Change.ADDED, why=why, after=row["id"])


def _left_out(version: DatasetVersion, wanted: Mapping[Sides, Any]) -> Known:
    """Return which of the rows the version's recipe left out, and by which step."""
    if not wanted:
        return {}
    rows = LeftOutRow.objects.filter(version=version).order_by("id")
    fields = ("chosen_id", "rejected_id", "step", "reason")
    return {
        sides: f"left out by {step}: {reason}"
        for chosen, rejected, step, reason in rows.values_list(*fields).iterator()
        if (sides := _sides(chosen, rejected)) in wanted
    }


def _newer(rows: Iterable[Sides], before: DatasetVersion) -> set[int]:
    """Return the answers that came after a version was frozen."""
    answers = Response.objects.for_project(before.project).filter(created_at__gt=before.frozen_at)
    wanted = {answer for sides in rows for answer in sides}
    return wanted & set(answers.values_list("id", flat=True).iterator()) if wanted else set()


def _recipe_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    names = [*before, *(name for name in after if name not in before)]
    return {
        name: (before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownChange:
    """A change with the row to show: the newer one where there is one."""

    change: RowChange
    row: DatasetRow


def shown_changes(diff: VersionDiff, *, change: str = "") -> list[ShownChange]:
    """Return the first changes of a kind, or of every kind, with their rows."""
    wanted = [each for each in diff.changes if change in ("", each.change)][:SHOWN]
    ids = [each.after or each.before or 0 for each in wanted]
    rows = DatasetRow.objects.filter(pk__in=ids).select_related("snapshot").in_bulk()
    return [ShownChange(change=each, row=rows[each.after or each.before or 0]) for each in wanted]
