"""Whether the ratings and the choices of the same people about the same answers tell the same story."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from django.db.models.functions import Coalesce, Length

from annotation.domain.protocol_comparison.paired_protocols import OUTCOMES, PairedProtocols
from annotation.domain.protocol_comparison.report import compare_protocols
from annotation.models import Queue, TaskResponse
from annotation.queries.figures.computing import Question, Reporting
from annotation.queries.queue_figures.queue_agreement import AT_ONCE, judgement_count
from annotation.queries.queue_figures.queue_judgements import touched_tasks
from annotation.queries.queues.crossed_answers import CrossedPair, crossed_pairs
from curation.models import Project

__all__ = ["AT_ONCE", "compute", "paired_protocols", "size"]
LENGTH = "characters"


def size(project: Project, question: Question) -> int:
    """Return how many acts of judging would be read."""
    return judgement_count(project, question, limit=AT_ONCE + 1)


def compute(project: Project, question: Question, *, report: Reporting) -> dict[str, Any]:
    """Return `protocols`: the comparison of both, or None where nobody rated and chose between the same answers."""
    queue = Queue.objects.for_project(project).get(uuid=question["queue"])
    crossed = list(crossed_pairs(queue))
    report(0, len(crossed))
    if not crossed:
        return {"protocols": None}
    found = compare_protocols(paired_protocols(crossed, lengths=_lengths(queue)))
    report(len(crossed), len(crossed))
    return {"protocols": found}


def paired_protocols(
    crossed: Sequence[CrossedPair], *, lengths: Mapping[str, int] | None = None
) -> PairedProtocols:
    """Return pairs that the same people rated and chose between, clustered by those people.

    `lengths` are the characters of the answers by their ids, where leanings to the longer one are asked for.
    """
    people: dict[str, int] = {}
    for each in crossed:
        people.setdefault(each.said.annotator, len(people))
    ratings = [(each.said.rating_a, each.said.rating_b) for each in crossed]
    traits = {} if lengths is None else {LENGTH: [(lengths[each.a], lengths[each.b]) for each in crossed]}
    return PairedProtocols(
        ratings=np.array(ratings, dtype=float).reshape(-1, 2),
        chosen=np.array([OUTCOMES.index(each.said.choice) for each in crossed], dtype=np.intp),
        cluster=np.array([people[each.said.annotator] for each in crossed], dtype=np.intp),
        clustered_by="annotator",
        traits={name: np.array(measured, dtype=float) for name, measured in traits.items()},
        from_one_person=True,
    )


def _lengths(queue: Queue) -> dict[str, int]:
    """Return the characters of every answer that somebody judged in the queue; the database counts them."""
    asked = TaskResponse.objects.filter(task__in=touched_tasks(queue)).order_by()
    counted = Length(Coalesce("response__message__text", "response__body_text"))
    rows = asked.annotate(characters=counted).values_list("response__uuid", "characters")
    return {str(uuid): characters or 0 for uuid, characters in rows}
