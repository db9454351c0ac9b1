"""What became of the rows between two versions of a project: added, removed, changed, and why."""

# The statement is put together from names of our own tables alone; what differs between calls is a parameter.
# ruff: noqa: S608

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, islice, zip_longest
from typing import Any

from django.db import connection, transaction

from curation.models import DatasetRow, DatasetVersion

# Rows that a page shows of each kind of change.
SHOWN = 8
# What makes a row of one version the same as one of the other, the strictest first; of several that are alike each
# meets one. The two answers count as they are, whichever was chosen; 0 stands for a side that is not there.
SAME = ("sha256, one, other, source", "sha256", "one, other, source", "one, other")
_SIDES = (
    "LEAST(COALESCE(chosen_id, 0), COALESCE(rejected_id, 0)) AS one, "
    "GREATEST(COALESCE(chosen_id, 0), COALESCE(rejected_id, 0)) AS other"
)
_ROWS = f"""
    SELECT id, position, sha256, split, decided_by, source, chosen_id, rejected_id, {_SIDES}
    FROM curation_datasetrow WHERE version_id = %({{version}})s
"""
_MEETING = """
    SELECT old.id AS old_id, new.id AS new_id
    FROM (SELECT *, row_number() OVER (PARTITION BY {key} ORDER BY position) AS nth FROM old{at}) old
    JOIN (SELECT *, row_number() OVER (PARTITION BY {key} ORDER BY position) AS nth FROM new{at}) new
    USING ({key}, nth)
"""
_LEFT = "SELECT * FROM {side}{at} kept WHERE NOT EXISTS (SELECT FROM met{at} WHERE {side}_id = kept.id)"
_LEFT_OUT = f"""
    SELECT DISTINCT ON (one, other) one, other, 'left out by ' || step || ': ' || reason AS why
    FROM (SELECT id, step, reason, {_SIDES} FROM curation_leftoutrow WHERE version_id = %({{version}})s) gone
    JOIN (SELECT DISTINCT one, other FROM {{rows}}) wanted USING (one, other)
    ORDER BY one, other, id
"""
_CHANGES = """
    SELECT 'changed' AS kind, new.id, new.position, CASE
        WHEN (old.one, old.other) = (new.one, new.other) AND old.sha256 <> new.sha256
            AND old.chosen_id IS DISTINCT FROM new.chosen_id THEN 'sides reversed'
        WHEN old.decided_by <> new.decided_by THEN 'now decided by ' || new.decided_by
        WHEN old.split <> new.split THEN 'moved from ' || old.split || ' to ' || new.split
        WHEN old.sha256 <> new.sha256 THEN 'text or strength changed'
        WHEN old.source <> new.source THEN 'now from another source'
    END AS why
    FROM met JOIN old1 old ON old.id = met.old_id JOIN new1 new ON new.id = met.new_id
    UNION ALL
    SELECT 'removed', gone.id, gone.position,
        COALESCE(why, 'no longer proposed: archived, withdrawn, retracted or not asked for')
    FROM {gone} gone LEFT JOIN left_out_after USING (one, other)
    UNION ALL
    SELECT 'added', came.id, came.position, CASE
        WHEN why IS NOT NULL THEN 'was ' || why
        WHEN came.source NOT IN (SELECT source FROM old1) THEN 'new source: ' || came.source
        WHEN EXISTS (
            SELECT FROM curation_response
            WHERE id IN (came.chosen_id, came.rejected_id) AND created_at > %(frozen_at)s
        ) THEN 'new answers in the corpus'
        ELSE 'newly proposed'
    END
    FROM {came} came LEFT JOIN left_out_before USING (one, other)
"""


class Change(StrEnum):
    """What became of a row."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowChanges:
    """What became of so many rows; `examples` are the ids of the first of them, the newer row where there is one."""

    change: Change
    why: str
    count: int
    examples: Sequence[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionDiff:
    """How two versions differ; `recipe` holds the fields that differ, as (before, after)."""

    before: DatasetVersion
    after: DatasetVersion
    same: int
    changes: Sequence[RowChanges]
    recipe: dict[str, tuple[Any, Any]]

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """How many rows changed how, by reason, the most frequent first."""
        return {
            change: {each.why: each.count for each in self.changes if each.change == change}
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
    """Compare two versions of one project, row by row, in the database; texts are not read."""
    found = _compared(before, after)
    changes = [
        RowChanges(change=Change(kind), why=why, count=count, examples=examples)
        for kind, why, count, examples in found
        if why is not None
    ]
    return VersionDiff(
        before=before,
        after=after,
        same=sum(count for _kind, why, count, _examples in found if why is None),
        changes=changes,
        recipe=_recipe_changes(before.recipe, after.recipe),
    )


@transaction.atomic
def _compared(before: DatasetVersion, after: DatasetVersion) -> list[tuple[str, str | None, int, list[int]]]:
    """Return kind, reason, count and examples; rows that are the same have no reason."""
    with connection.cursor() as cursor:
        # The planner cannot guess how many rows meet, and a loop over those of two large versions would not end.
        cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute(
            _statement(),
            {"before": before.pk, "after": after.pk, "frozen_at": before.frozen_at, "shown": SHOWN},
        )
        found: list[tuple[str, str | None, int, list[int]]] = cursor.fetchall()
        cursor.execute("SET LOCAL enable_nestloop = on")
    return found


def _statement() -> str:
    """Write the statement: rows meet by each rule in turn, and those that met nothing came or went."""
    parts = {"old1": _ROWS.format(version="before"), "new1": _ROWS.format(version="after")}
    for at, key in enumerate(SAME, start=1):
        parts[f"met{at}"] = _MEETING.format(key=key, at=at)
        for side in ("old", "new"):
            parts[f"{side}{at + 1}"] = _LEFT.format(side=side, at=at)
    parts["met"] = " UNION ALL ".join(f"SELECT * FROM met{at}" for at in range(1, len(SAME) + 1))
    gone, came = f"old{len(SAME) + 1}", f"new{len(SAME) + 1}"
    parts["left_out_after"] = _LEFT_OUT.format(version="after", rows=gone)
    parts["left_out_before"] = _LEFT_OUT.format(version="before", rows=came)
    parts["changes"] = _CHANGES.format(gone=gone, came=came)
    named = ", ".join(f"{name} AS MATERIALIZED ({query})" for name, query in parts.items())
    return (
        f"WITH {named} SELECT kind, why, count(*), (array_agg(id ORDER BY position))[:%(shown)s] "
        "FROM changes GROUP BY kind, why ORDER BY count(*) DESC, why"
    )


def _recipe_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    names = [*before, *(name for name in after if name not in before)]
    return {
        name: (before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownChange:
    """A row to show, and what became of it."""

    change: Change
    why: str
    row: DatasetRow


def shown_changes(diff: VersionDiff, *, change: str = "") -> list[ShownChange]:
    """Return the first changes of a kind, or of every kind, with their rows; each reason has its turn."""
    wanted = [each for each in diff.changes if change in ("", each.change)]
    shown = list(islice(_in_turn(wanted), SHOWN))
    rows = DatasetRow.objects.filter(pk__in=[number for _, number in shown]).select_related("snapshot")
    by_id = rows.in_bulk()
    return [ShownChange(change=each.change, why=each.why, row=by_id[number]) for each, number in shown]


def _in_turn(wanted: Sequence[RowChanges]) -> Iterator[tuple[RowChanges, int]]:
    examples = [[(each, number) for number in each.examples] for each in wanted]
    return (found for found in chain.from_iterable(zip_longest(*examples)) if found is not None)
