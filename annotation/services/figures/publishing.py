"""Publishing a queue's consensus into curation, under the name of its method."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from annotation.consensus import load_method
from annotation.domain.agreement.pair_order import ordered_pair
from annotation.domain.consensus.contract import (
    Consensus,
    ConsensusMethod,
    Reliability,
)
from annotation.domain.consensus.judgements import pair_name
from annotation.domain.consensus.orders import parse_order
from annotation.domain.label_tables import number_in
from annotation.models import Queue, Task
from annotation.queries.queue_figures.queue_consensus import queue_consensus
from annotation.queries.queue_figures.queue_judgements import touched_tasks
from curation.models import Comparison, Response, Scorer, User
from curation.services.corpus.consensus import OrderedAnswers, replace_ranked_lists, replace_scores
from curation.services.corpus.preferences import publish_scorer
from curation.services.work.audit import record_event

TASKS_AT_ONCE = 1_000
# Why a task's consensus is not published.
NO_PAIR = "two answers that are no pair: their comparisons are published already"
SEVERAL_PROMPTS = "answers to several prompts"
ANOTHER_TASK = "another task orders answers to the same prompt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What was published: scores of answers or of pairs, lists, what was left out and why, the annotators."""

    scorer: Scorer
    scores: int = 0
    lists: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)
    annotators: Sequence[Reliability] = ()
    notes: Sequence[str] = ()

    def as_json(self) -> dict[str, Any]:
        """Return what a job keeps of it."""
        return {
            "scorer": str(self.scorer),
            "scores": self.scores,
            "lists": self.lists,
            "left_out": dict(self.left_out),
        }


def published_words(found: Mapping[str, Any]) -> str:
    """Return for people what was published, from the form that jobs keep."""
    said = _("%(scores)d scores and %(lists)d ranked lists are published as %(scorer)s.") % found
    left_out = "; ".join(f"{count}: {why}" for why, count in found["left_out"].items())
    return f"{said} {_('Left out:')} {left_out}." if left_out else said


@transaction.atomic
def publish_consensus(
    *, queue: Queue, method: str, attribute: str = "", actor: User | None = None
) -> Published:
    """Publish what a queue's standing judgements come to, in place of what this method published of it before.

    With an attribute, each rated answer gets a score. Without, each pair gets the probability that its chosen answer
    is preferred, as a score, and each longer order becomes a ranked list. What an adjudicator decided stands as
    decided. Raises HarkenError with a sentence.
    """
    chosen = load_method(method)
    consensus = queue_consensus(queue, method=chosen, attribute=attribute)
    scorer = _scorer(queue, chosen, attribute=attribute)
    published = (
        _publish_ratings(scorer, consensus) if attribute else _publish_orders(scorer, consensus, queue=queue)
    )
    details = {"method": method, "attribute": attribute, "scores": published.scores, "lists": published.lists}
    record_event(
        action="consensus.published", project=queue.project, actor=actor, target=queue, details=details
    )
    return published


def _scorer(queue: Queue, method: ConsensusMethod, *, attribute: str) -> Scorer:
    what = attribute or "preference"
    return publish_scorer(
        project=queue.project,
        name=f"{what[:50]} · {queue.name}"[:120],
        # A queue's name may have been cut, its id is not.
        version=f"{method.name[:40]} {queue.uuid.hex[-12:]}",
        kind=Scorer.Kind.CONSENSUS,
        specification={"method": method.name, "attribute": attribute, "queue": str(queue.uuid)},
    )


def _publish_ratings(scorer: Scorer, consensus: Consensus) -> Published:
    found = {
        each.item: each.value if each.value is not None else number_in(each.label) for each in consensus.items
    }
    ids = dict(Response.objects.filter(uuid__in=found).values_list("uuid", "pk"))
    values = {ids[uuid]: value for uuid in ids if (value := found[str(uuid)]) is not None}
    count = replace_scores(scorer=scorer, target="response", values=values)
    return Published(scorer=scorer, scores=count, annotators=consensus.annotators, notes=consensus.notes)


def _publish_orders(scorer: Scorer, consensus: Consensus, *, queue: Queue) -> Published:
    sorted_out = _sorted_out(queue, consensus)
    return Published(
        scorer=scorer,
        scores=replace_scores(scorer=scorer, target="pair", values=sorted_out.pairs),
        lists=replace_ranked_lists(
            scorer=scorer, source=Comparison.Source.PERSON, lists=list(sorted_out.lists.values())
        ),
        left_out=dict(sorted_out.left_out),
        annotators=consensus.annotators,
        notes=consensus.notes,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _SortedOut:
    """Probabilities by pair, lists by prompt, and counts of what is neither."""

    pairs: dict[int, float] = field(default_factory=dict)
    lists: dict[int, OrderedAnswers] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)


def _sorted_out(queue: Queue, consensus: Consensus) -> _SortedOut:
    found = {each.item: each for each in consensus.items}
    result = _SortedOut()
    tasks = touched_tasks(queue).select_related("pair__chosen", "pair__rejected").order_by("id")
    for task in tasks.prefetch_related("asked__response__prompt").iterator(chunk_size=TASKS_AT_ONCE):
        answers = {str(asked.response.uuid): asked.response for asked in task.asked.all()}
        if len(answers) == 2:
            names = sorted(answers)
            item = found.get(str(task.uuid)) or found.get(pair_name(str(task.uuid), *names))
            if item is not None:
                _sort_pair(result, task, soft=item.soft)
        elif item := found.get(str(task.uuid)):
            _sort_list(result, label=item.label, answers=answers)
    return result


def _sort_pair(result: _SortedOut, task: Task, *, soft: Mapping[str, float]) -> None:
    if task.pair is None:
        result.left_out[NO_PAIR] += 1
        return
    result.pairs[task.pair.pk] = chance_of_first(
        soft, first=str(task.pair.chosen.uuid), second=str(task.pair.rejected.uuid)
    )


def chance_of_first(soft: Mapping[str, float], *, first: str, second: str) -> float:
    """Return the probability that the first of two answers is preferred, a tie counting half.

    Soft labels name the answers themselves, or a, b and tie as seen from the pair in its one order.
    """
    if first in soft or second in soft:
        return soft.get(first, 0.0)
    own = ordered_pair(first, second, label="a").label or "a"
    return soft.get(own, 0.0) + soft.get("tie", 0.0) / 2


def _sort_list(result: _SortedOut, *, label: str, answers: Mapping[str, Response]) -> None:
    prompts = {answer.prompt_id for answer in answers.values()}
    first = next(iter(answers.values()))
    if len(prompts) > 1:
        result.left_out[SEVERAL_PROMPTS] += 1
    elif first.prompt_id in result.lists:
        result.left_out[ANOTHER_TASK] += 1
    else:
        result.lists[first.prompt_id] = OrderedAnswers(
            prompt=first.prompt, places=_places(label, answers=answers)
        )


def _places(label: str, *, answers: Mapping[str, Response]) -> dict[int, int]:
    """Return the places of answers: those of a tier share one, and the next begins after them all."""
    places: dict[int, int] = {}
    for tier in parse_order(label).tiers:
        place = len(places) + 1
        places |= {answers[name].pk: place for name in tier}
    return places
