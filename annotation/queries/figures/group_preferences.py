"""The preferences of one group of people as lines of a file that trainers read."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models.functions import Coalesce

from annotation.domain.disagreement.division import GroupPair, divide_items, group_pairs
from annotation.models import Queue, TaskResponse
from annotation.queries.figures.consensus_figures import sides_of
from annotation.queries.figures.queue_agreement import PREFERENCE, asked_of, label_table_of
from curation.queries.corpus.texts import prompt_texts, response_texts

AT_ONCE = 200


def group_lines(queue: Queue, *, groups: Sequence[Sequence[str]], group: int) -> Iterator[dict[str, Any]]:
    """Yield what a group's strict majority prefers, ties left out: prompt, chosen, rejected, and the votes behind it.

    `group` counts from 0. Texts are read a few at a time.
    """
    asked = asked_of(queue)
    if PREFERENCE not in asked:
        return
    divisions = divide_items(label_table_of(*asked[PREFERENCE]), groups=groups)
    decided = [pair for pair in group_pairs(divisions, group=group) if pair.label in ("a", "b")]
    for start in range(0, len(decided), AT_ONCE):
        yield from _lines(queue, decided[start : start + AT_ONCE], members=groups[group])


def _lines(queue: Queue, pairs: Sequence[GroupPair], *, members: Sequence[str]) -> Iterator[dict[str, Any]]:
    sides = [sides_of(pair.item)[1] for pair in pairs]
    answers = {answer for both in sides for answer in both}
    asked = TaskResponse.objects.filter(task__queue=queue, response__uuid__in=answers)
    fields = ("response__uuid", "response_id", Coalesce("prompt_id", "response__prompt_id"))
    known = {str(uuid): (response, prompt) for uuid, response, prompt in asked.values_list(*fields)}
    texts = response_texts(response for response, _prompt in known.values())
    prompts = prompt_texts(prompt for _response, prompt in known.values())
    for pair, (first, second) in zip(pairs, sides, strict=True):
        chosen, rejected = (first, second) if pair.label == "a" else (second, first)
        yield {
            "id": pair.item,
            "prompt": prompts[known[chosen][1]].messages,
            "chosen": [{"role": "assistant", "content": texts[known[chosen][0]]}],
            "rejected": [{"role": "assistant", "content": texts[known[rejected][0]]}],
            "group": pair.group + 1,
            "annotators": list(members),
            "votes": pair.votes,
            "of": pair.total,
        }
