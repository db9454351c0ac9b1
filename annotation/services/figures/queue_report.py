"""What the judgements of a queue say of its people: agreement by what was asked, and ratings against choices."""

from typing import Any

from annotation.domain.agreement.report import Drawing, report_agreement
from annotation.domain.protocol_comparison.report import compare_protocols
from annotation.models import Queue
from annotation.queries.queue_figures.queue_agreement import asked_of, label_table_of
from annotation.queries.queue_figures.queue_protocols import paired_protocols
from annotation.queries.queues.crossed_answers import crossed_pairs


def report_queue(*, queue: Queue, drawing: Drawing | None = None) -> dict[str, Any]:
    """Return `agreement` by attribute, and `protocols` where the same people rated answers and chose between them.

    Preferences are labels without an order; ratings have one, but their distances may not be equal.
    """
    drawing = drawing or Drawing()
    crossed = list(crossed_pairs(queue))
    return {
        "agreement": {
            name: report_agreement(label_table_of(judged, level), level=level, drawing=drawing).as_json()
            for name, (judged, level) in asked_of(queue).items()
        },
        "protocols": compare_protocols(paired_protocols(crossed), rounds=drawing.rounds, seed=drawing.seed)
        if crossed
        else None,
    }
