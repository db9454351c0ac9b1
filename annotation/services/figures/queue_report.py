"""What the judgements of a queue say of its people: agreement by what was asked, and ratings against choices."""

from typing import Any

import numpy as np

from annotation.domain.agreement.report import Drawing, report_agreement
from annotation.domain.labels import Level
from annotation.domain.protocol_comparison.paired_protocols import OUTCOMES, PairedProtocols
from annotation.domain.protocol_comparison.report import compare_protocols
from annotation.models import Queue
from annotation.queries.figures.queue_judgements import queue_judgements
from annotation.queries.queues.crossed_answers import CrossedAnswer, crossed_answers

# The name of what was asked where nobody rated an attribute: which of two answers is better.
PREFERENCE = "preference"


def report_queue(*, queue: Queue, drawing: Drawing | None = None) -> dict[str, Any]:
    """Return `agreement` by attribute, and `protocols` where the same people rated answers and chose between them.

    Preferences are labels without an order; ratings have one, but their distances may not be equal.
    """
    drawing, judgements = drawing or Drawing(), queue_judgements(queue)
    agreement = {
        name: report_agreement(rated.ratings, level=Level.ORDINAL, drawing=drawing).as_json()
        for name, rated in sorted(judgements.ratings.items())
    }
    if judgements.orders.rows:
        preferences = judgements.orders.comparisons
        agreement[PREFERENCE] = report_agreement(preferences, drawing=drawing).as_json()
    crossed = list(crossed_answers(queue))
    return {
        "agreement": agreement,
        "protocols": compare_protocols(paired_protocols(crossed), rounds=drawing.rounds, seed=drawing.seed)
        if crossed
        else None,
    }


def paired_protocols(crossed: list[CrossedAnswer]) -> PairedProtocols:
    """Return pairs that the same people rated and chose between, clustered by those people."""
    people: dict[str, int] = {}
    for each in crossed:
        people.setdefault(each.annotator, len(people))
    return PairedProtocols(
        ratings=np.array([(each.rating_a, each.rating_b) for each in crossed], dtype=float).reshape(-1, 2),
        chosen=np.array([OUTCOMES.index(each.choice) for each in crossed], dtype=np.intp),
        cluster=np.array([people[each.annotator] for each in crossed], dtype=np.intp),
        clustered_by="annotator",
        from_one_person=True,
    )
