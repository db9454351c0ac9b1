"""How each person of a queue works: for researchers in full, for the person as far as it helps."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from annotation.domain.quality.gold import says_the_same
from annotation.domain.quality.shares import Share
from annotation.domain.queues.overlap import Verdict, verdict_of
from annotation.models import Annotation, Queue
from annotation.queries.desk.conclusions import conclusions_of
from annotation.queries.figures.computing import Question, Reporting
from annotation.queries.quality.gold import gold_accuracies
from annotation.queries.queue_figures.queue_agreement import judgement_count
from annotation.queries.queues.standing import in_order, judgements_in
from curation.models import Project

# Every standing judgement is read; those of a large queue by a worker.
AT_ONCE = 5_000
SIDES = 2
NOTHING = Share(count=0, of=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonAtWork:
    """One person's standing judgements in a queue.

    `peers` counts, over pairs of this person and another on one task, those that said the same; `first_shown`
    the choices of the side that stood first among those of one side; `seconds` is the median active time.
    """

    pseudonym: str
    judged: int
    seconds: float | None
    peers: Share
    first_shown: Share
    gold: Share


def size(project: Project, question: Question) -> int:
    """Return how many acts of judging would be read."""
    return judgement_count(project, question, limit=AT_ONCE + 1)


def compute(project: Project, question: Question, *, report: Reporting) -> dict[str, Any]:
    """Return everybody's work in a queue, as `people_of` reads it."""
    queue = Queue.objects.for_project(project).get(uuid=question["queue"])
    report(0, 1)
    people = [asdict(person) for person in people_at_work(queue)]
    report(1, 1)
    return {"people": people}


def people_of(result: Mapping[str, Any] | None) -> list[PersonAtWork]:
    """Return the people of a report; nobody while there is none."""
    shares = ("peers", "first_shown", "gold")
    return [
        PersonAtWork(**{**person, **{name: Share(**person[name]) for name in shares}})
        for person in (result or {}).get("people", ())
    ]


def people_at_work(queue: Queue) -> list[PersonAtWork]:
    """Return everybody who judged in a queue, those with the most judgements first."""
    judged = list(in_order(judgements_in(queue).select_related("membership"), queues=[queue]))
    by_person: dict[int, list[Annotation]] = defaultdict(list)
    for annotation in judged:
        by_person[annotation.membership_id].append(annotation)
    agreement, gold = _peer_agreement(queue, judged), gold_accuracies(queue)
    people = [
        _at_work(mine, peers=agreement[who], gold=gold.get(who, NOTHING)) for who, mine in by_person.items()
    ]
    return sorted(people, key=lambda each: (-each.judged, each.pseudonym))


def _at_work(mine: list[Annotation], *, peers: Share, gold: Share) -> PersonAtWork:
    times = [annotation.active_ms / 1000 for annotation in mine if annotation.active_ms is not None]
    sides = [side for annotation in mine if (side := _chosen_place(annotation)) is not None]
    return PersonAtWork(
        pseudonym=mine[0].membership.pseudonym,
        judged=len(mine),
        seconds=median(times) if times else None,
        peers=peers,
        first_shown=Share(count=sides.count(0), of=len(sides)),
        gold=gold,
    )


def _chosen_place(annotation: Annotation) -> int | None:
    """Return the place at which the preferred one of two stood; None where neither was, or more were shown."""
    if len(annotation.order_shown) != SIDES:
        return None
    for preference in conclusions_of(annotation).preferences:
        winner = {"a": preference.first, "b": preference.second}.get(preference.outcome)
        return annotation.order_shown.index(winner) if winner else None
    return None


def _peer_agreement(queue: Queue, judged: Iterable[Annotation]) -> Mapping[int, Share]:
    votes: dict[int, list[tuple[int, Verdict]]] = defaultdict(list)
    for annotation in judged:
        verdict = verdict_of(conclusions_of(annotation), attribute=queue.key_attribute)
        votes[annotation.task_id].append((annotation.membership_id, verdict))
    same: dict[int, int] = defaultdict(int)
    met: dict[int, int] = defaultdict(int)
    for given in votes.values():
        for place, (who, verdict) in enumerate(given):
            others = [other for spot, (_person, other) in enumerate(given) if spot != place]
            met[who] += len(others)
            same[who] += sum(says_the_same(verdict, other) for other in others)
    return defaultdict(lambda: NOTHING, {who: Share(count=same[who], of=count) for who, count in met.items()})
