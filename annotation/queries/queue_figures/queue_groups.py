"""Groups of a queue's people by how they judge, claimed only where chance does not make them as well."""

from collections import Counter
from typing import Any

from annotation.domain.consensus.judgements import sides_of
from annotation.domain.disagreement.division import ItemDivision, divide_items, group_pairs
from annotation.domain.disagreement.groups import PERMUTATIONS, find_groups
from annotation.domain.labels import LabelTable
from annotation.models import Queue
from annotation.queries.figures.computing import Question, Reporting
from annotation.queries.queue_figures.queue_agreement import asked_of, judgement_count, label_table_of
from curation.models import Project

# Where there are groups, every permutation is drawn, each clusters everybody anew, and that takes seconds.
AT_ONCE = 200
# Divided items that a page shows; the counts tell of all.
MOST_SHOWN = 50
NOTHING = "Nobody has judged anything here yet."


def size(project: Project, question: Question) -> int:
    """Return how many acts of judging would be read."""
    return judgement_count(project, question, limit=AT_ONCE + 1)


def compute(project: Project, question: Question, *, report: Reporting) -> dict[str, Any]:
    """Return the finding, and where groups are claimed what they share and on what they part."""
    queue = Queue.objects.for_project(project).get(uuid=question["queue"])
    asked = asked_of(queue)
    name = question.get("attribute") or next(iter(asked), "")
    if name not in asked:
        return {"asked": list(asked), "attribute": name, "claimed": False, "sentence": NOTHING}
    report(0, 1)
    labels = label_table_of(*asked[name])
    finding = find_groups(labels, permutations=PERMUTATIONS)
    found = {
        **finding.as_json(),
        "asked": list(asked),
        "attribute": name,
        "items": len(labels.items),
        "annotators": len(labels.annotators),
    }
    if finding.groups:
        found |= _divided(labels, groups=finding.groups)
    report(1, 1)
    return found


def _divided(labels: LabelTable, *, groups: tuple[tuple[str, ...], ...]) -> dict[str, Any]:
    divisions = divide_items(labels, groups=groups)
    parted = [each for each in divisions if each.standing == "divided"]
    parted.sort(key=lambda each: (not each.is_sure, 1.0 if each.p_value is None else each.p_value))
    return {
        "standing": Counter(str(each.standing) for each in divisions),
        "sure": sum(each.is_sure for each in parted),
        "divided": [_in_letters(each.as_json()) for each in parted[:MOST_SHOWN]],
        "grid": _grid(divisions) if len(groups) == 2 else [],
        "preferences": [_preferences(divisions, group=at) for at in range(len(groups))],
    }


def _preferences(divisions: list[ItemDivision], *, group: int) -> int:
    return len(group_pairs(divisions, group=group))


def _grid(divisions: list[ItemDivision]) -> list[tuple[str, str, int]]:
    """Return how often the majority of the one group said this and that of the other that."""
    said = Counter(tuple(vote.label or "" for vote in each.votes) for each in divisions)
    return [(one, other, count) for (one, other), count in sorted(said.items()) if one and other]


def _in_letters(divided: dict[str, Any]) -> dict[str, Any]:
    """Name the answers of a pair A and B, in the order of their ids, and say which of them each group prefers."""
    subject, sides = sides_of(divided["item"])
    words = {"a": "A", "b": "B", "tie": "="} if sides else {}
    votes = [{**vote, "label": words.get(vote["label"], vote["label"])} for vote in divided["votes"]]
    return {**divided, "subject": subject, "answers": sides, "votes": votes}
