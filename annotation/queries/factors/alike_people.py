"""Groups of a project's people by how they choose, as groups of their preferences."""

from collections.abc import Sequence
from dataclasses import replace

from annotation.domain.agreement.pair_order import ordered_pair
from annotation.domain.disagreement.groups import PERMUTATIONS, GroupFinding, find_groups
from annotation.domain.labels import LabelRow, label_table
from annotation.queries.ranking.compared_models import PEOPLE_GROUP, standing_comparisons
from annotation.queries.ranking.stored_preferences import MOST_PREFERENCES, PreferenceRow
from curation.models import Project
from curation.queries.corpus.preferences import PEOPLE

UNGROUPED = f"{PEOPLE_GROUP}: in no group"
_SIDES = ("a", "b")


def alike_people(project: Project) -> GroupFinding:
    """Look for groups of people over everything that they compared here, the newest verdicts."""
    said = standing_comparisons(project).filter(source__in=PEOPLE).exclude(annotator_pseudonym="")
    fields = ("response_a_id", "response_b_id", "outcome", "annotator_pseudonym")
    rows = [
        _label(a, b, outcome, person)
        for a, b, outcome, person in said.order_by("-id").values_list(*fields)[:MOST_PREFERENCES]
    ]
    return find_groups(label_table(rows), permutations=PERMUTATIONS)


def _label(a: int, b: int, outcome: str, person: str) -> LabelRow:
    pair = ordered_pair(f"{a:020}", f"{b:020}", label=outcome if outcome in _SIDES else "tie")
    return LabelRow(f"{pair.first} | {pair.second}", person, pair.label)


def group_name(number: int) -> str:
    """Return the name of a group of people, counted from 1."""
    return f"{PEOPLE_GROUP}: group {number}"


def in_groups(rows: Sequence[PreferenceRow], *, finding: GroupFinding) -> list[PreferenceRow]:
    """Return preferences whose people, each a group so far, stand in the groups found; in one where none is claimed."""
    named = {
        person: group_name(number)
        for number, members in enumerate(finding.groups, start=1)
        for person in members
    }
    others = UNGROUPED if named else PEOPLE_GROUP
    return [replace(row, group=named.get(row.group, others)) if row.source in PEOPLE else row for row in rows]
