"""The preferences of one group of people: found once by their ids, and handed out as lines that trainers read."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from annotation.domain.consensus.judgements import sides_of
from annotation.domain.disagreement.division import divide_items, group_pairs
from annotation.models import Queue, TaskResponse
from annotation.queries.figures.computing import Question, Reporting
from annotation.queries.figures.reports import question_hash, shown_figures
from annotation.queries.queue_figures.queue_agreement import (
    PREFERENCE,
    asked_of,
    judgement_count,
    label_table_of,
)
from curation.domain.errors import HarkenError
from curation.models import Project
from curation.queries.corpus.texts import prompt_texts, response_texts

AT_ONCE = 3_000
# Pairs whose texts are read at once.
TEXTS_AT_ONCE = 200


def groups_of(queue: Queue) -> Sequence[Sequence[str]]:
    """Return the groups that the page of a queue's groups claims, none where it claims or knows none."""
    question = {"queue": str(queue.uuid), "attribute": ""}
    shown = shown_figures(queue.project, figure="queue_groups", question=question)
    groups: Sequence[Sequence[str]] = (shown.result or {}).get("groups", [])
    return groups


def pairs_question(queue: Queue, *, group: int, groups: Sequence[Sequence[str]]) -> Question:
    """Return the question for the pairs of a group, counted from 1; groups that are found anew make it another."""
    return {"queue": str(queue.uuid), "group": group, "groups": question_hash({"groups": groups})}


def size(project: Project, question: Question) -> int:
    """Return how many acts of judging would be read."""
    return judgement_count(project, question, limit=AT_ONCE + 1)


def compute(project: Project, question: Question, *, report: Reporting) -> dict[str, Any]:
    """Return what a group's strict majority prefers, ties left out, by the ids of the answers; and its members."""
    queue = Queue.objects.for_project(project).get(uuid=question["queue"])
    group, groups = question["group"], groups_of(queue)
    if question != pairs_question(queue, group=group, groups=groups):
        raise HarkenError(_("The groups of this queue were found anew meanwhile. Ask for the file again."))
    asked = asked_of(queue)
    if PREFERENCE not in asked:
        return {"members": groups[group - 1], "pairs": []}
    report(0, None)
    divisions = divide_items(label_table_of(*asked[PREFERENCE]), groups=groups, is_tested=False)
    decided = [pair for pair in group_pairs(divisions, group=group - 1) if pair.label in ("a", "b")]
    return {
        "members": groups[group - 1],
        "pairs": [(pair.item, pair.label, pair.votes, pair.total) for pair in decided],
    }


def group_lines(
    queue: Queue, *, members: Sequence[str], pairs: Sequence[tuple[str, str, int, int]], group: int
) -> Iterator[dict[str, Any]]:
    """Yield a group's pairs with their texts: prompt, chosen, rejected, and the votes behind it.

    Texts are read a few at a time; what was withdrawn since is left out.
    """
    for start in range(0, len(pairs), TEXTS_AT_ONCE):
        for line in _lines(queue, pairs[start : start + TEXTS_AT_ONCE]):
            yield {**line, "group": group, "annotators": list(members)}


def _lines(queue: Queue, pairs: Sequence[tuple[str, str, int, int]]) -> Iterator[dict[str, Any]]:
    sides = [sides_of(item)[1] for item, _label, _votes, _total in pairs]
    asked = TaskResponse.objects.filter(
        task__queue=queue,
        task__conversation__withdrawn_at__isnull=True,
        response__uuid__in={answer for both in sides for answer in both},
    )
    fields = ("response__uuid", "response_id", Coalesce("prompt_id", "response__prompt_id"))
    known = {str(uuid): (response, prompt) for uuid, response, prompt in asked.values_list(*fields)}
    texts = response_texts(response for response, _prompt in known.values())
    prompts = prompt_texts(prompt for _response, prompt in known.values())
    for (item, label, votes, total), both in zip(pairs, sides, strict=True):
        chosen, rejected = both if label == "a" else reversed(both)
        if chosen in known and rejected in known:
            yield {
                "id": item,
                "prompt": prompts[known[chosen][1]].messages,
                "chosen": [{"role": "assistant", "content": texts[known[chosen][0]]}],
                "rejected": [{"role": "assistant", "content": texts[known[rejected][0]]}],
                "votes": votes,
                "of": total,
            }
