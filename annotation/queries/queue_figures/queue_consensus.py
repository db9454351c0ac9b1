"""What a queue's judgements come to by one method, with the decisions of adjudicators in the place of votes."""

from annotation.consensus import CONSENSUS, load_method
from annotation.domain.consensus.contract import Consensus, ConsensusError, ConsensusMethod, Takes
from annotation.domain.consensus.decisions import with_decisions
from annotation.domain.consensus.judgements import Judgements
from annotation.models import Queue
from annotation.queries.queue_figures.queue_judgements import (
    QueueJudgements,
    queue_decisions,
    queue_judgements,
)


def queue_consensus(queue: Queue, *, method: ConsensusMethod, attribute: str = "") -> Consensus:
    """Return the consensus on an attribute that was rated, or on preferences where none is named.

    Raises ConsensusError or LabelTableError with a sentence where the method cannot read what was asked.
    """
    return infer_with_decisions(
        queue_judgements(queue), queue_decisions(queue), method=method, attribute=attribute
    )


def infer_with_decisions(
    judged: QueueJudgements, decided: QueueJudgements, *, method: ConsensusMethod, attribute: str = ""
) -> Consensus:
    """Return what the votes come to, each decision in the place of the votes on its item."""
    _require_readable(method, attribute=attribute)
    if not attribute:
        return with_decisions(method.infer(judged.orders), decisions=decided.orders, takes=method.takes)
    if attribute not in judged.ratings:
        known = ", ".join(sorted(judged.ratings)) or "none"
        raise ConsensusError(f"Nobody rated the attribute '{attribute}' in this queue. Rated: {known}.")
    decisions = decided.ratings.get(attribute, Judgements([]))
    return with_decisions(method.infer(judged.ratings[attribute]), decisions=decisions, takes=method.takes)


def methods_for(*, attribute: str) -> list[ConsensusMethod]:
    """Return the methods that can read ratings of an attribute, or preferences where none is named."""
    left_out = Takes.ORDERS if attribute else Takes.RATINGS
    return [method for name in CONSENSUS if (method := load_method(name)).takes is not left_out]


def _require_readable(method: ConsensusMethod, *, attribute: str) -> None:
    if attribute and method.takes is Takes.ORDERS:
        raise ConsensusError(
            f"{method.title} reads orders of answers, and ratings are numbers. Take shrunken_mean or closest_k."
        )
    if not attribute and method.takes is Takes.RATINGS:
        raise ConsensusError(
            f"{method.title} reads ratings. Name the attribute that was rated, or take bradley_terry."
        )
