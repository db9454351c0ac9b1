"""What became of the rows between two versions: every row is counted once, whatever it shares with others."""

from typing import Any

from curation.models import Dataset, DatasetRow, DatasetRowText, DatasetVersion, Project
from curation.queries.versions.version_diffs import diff_versions, shown_changes
from tests.cast import make_pair

Row = dict[str, Any]


def make_version(project: Project, rows: list[Row]) -> DatasetVersion:
    """Store a version of these rows, each with the pair that it is of."""
    dataset, _made = Dataset.objects.get_or_create(project=project, name="d")
    version = DatasetVersion.objects.create(
        project=project, dataset=dataset, number=dataset.versions.count() + 1, row_count=len(rows)
    )
    for position, row in enumerate(rows):
        pair = row.pop("pair")
        sides = {"chosen": pair.chosen, "rejected": pair.rejected}
        standard = {"split": "train", "decided_by": "miner", "source": "s", "sha256": f"text {pair.pk}"}
        stored = DatasetRow.objects.create(
            project=project,
            version=version,
            position=position,
            prompt=pair.prompt,
            **{**sides, **standard, **row},
        )
        DatasetRowText.objects.create(
            project=project, row=stored, prompt=[{"role": "user", "content": "q"}], chosen=[], rejected=[]
        )
    return version


def differ(project: Project, before: list[Row], after: list[Row]) -> dict[str, Any]:
    """Return what differs, and check that every row is counted once on each side."""
    versions = make_version(project, before), make_version(project, after)
    found = diff_versions(*versions)
    by_kind = {kind: sum(reasons.values()) for kind, reasons in found.counts.items()}
    assert found.same + by_kind["changed"] + by_kind["removed"] == len(before)
    assert found.same + by_kind["changed"] + by_kind["added"] == len(after)
    return {"same": found.same, **{kind: reasons for kind, reasons in found.counts.items() if reasons}}


def test_a_copy_that_took_the_place_of_another_is_one_row(project: Project) -> None:
    one, copy = make_pair(project), make_pair(project)
    assert differ(project, [{"pair": one, "sha256": "x"}], [{"pair": copy, "sha256": "x"}]) == {"same": 1}


def test_a_copy_that_moved_says_so(project: Project) -> None:
    one, copy = make_pair(project), make_pair(project)
    moved = differ(project, [{"pair": one, "sha256": "x"}], [{"pair": copy, "sha256": "x", "split": "test"}])
    assert moved == {"same": 0, "changed": {"moved from train to test": 1}}


def test_rows_of_two_sources_on_the_same_answers_are_two_rows(project: Project) -> None:
    pair = make_pair(project)
    rows = [{"pair": pair, "source": source, "sha256": source} for source in ("list", "rating")]
    turned = {"pair": pair, "chosen": pair.rejected, "rejected": pair.chosen}
    assert differ(project, [dict(row) for row in rows], [dict(row) for row in rows[::-1]]) == {"same": 2}
    found = differ(
        project, [dict(row) for row in rows], [{**turned, "source": "list", "sha256": "t"}, rows[1]]
    )
    assert found == {"same": 1, "changed": {"sides reversed": 1}}


def test_the_source_that_went_is_the_row_that_went(project: Project) -> None:
    pair = make_pair(project)
    rows = [{"pair": pair, "source": source, "sha256": "same"} for source in ("a", "b")]
    found = differ(project, [dict(row) for row in rows], [dict(rows[1])])
    assert found["same"] == 1
    assert list(found) == ["same", "removed"]


def test_a_change_of_each_kind_is_shown(project: Project) -> None:
    pairs = [make_pair(project) for _ in range(12)]
    before = make_version(project, [{"pair": pair} for pair in pairs[:11]])
    after = make_version(project, [{"pair": pair, "split": "test"} for pair in pairs[1:]])
    found = diff_versions(before, after)
    assert {each.change for each in shown_changes(found)} == {"added", "removed", "changed"}
    assert len(shown_changes(found)) == 8
    assert [each.row.version for each in shown_changes(found, change="removed")] == [before]
