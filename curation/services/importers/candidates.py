"""Pairs that behaviour proposes: an answer that was kept, and those it replaced. Only people make labels of them."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from curation.domain.corpus.records import Reply, ReplyGroup
from curation.models import PreferencePair, Response

REGENERATED = "regenerated"
EDITED = "edited"


class Answered(Protocol):
    """A group of replies with the responses that they are stored as."""

    group: ReplyGroup
    responses: list[tuple[Response, Reply]]
    is_new: bool


def store_candidates(answered: Sequence[Answered]) -> None:
    """Propose kept ≻ each other answer of groups in which one was kept; what was proposed before stays."""
    wanted = {
        (pair.chosen_id, pair.rejected_id, pair.recipe): (pair, each)
        for each in answered
        if each.group.kept_reply is not None
        for pair in _candidates_of(each)
    }
    if not wanted:
        return
    pairs = PreferencePair.objects.filter(
        chosen_id__in={chosen for chosen, _, _ in wanted}, is_candidate=True
    )
    known = set(pairs.values_list("chosen_id", "rejected_id", "recipe"))
    new = [found for key, found in wanted.items() if key not in known]
    PreferencePair.objects.bulk_create((pair for pair, _ in new), batch_size=1000)
    for _, each in new:
        each.is_new = True


def _candidates_of(answered: Answered) -> Iterator[PreferencePair]:
    kept, reply = answered.responses[answered.group.kept_reply or 0]
    for other, _ in answered.responses:
        # Two answers that say the same are one response.
        if other.pk != kept.pk:
            yield PreferencePair(
                project_id=kept.project_id,
                prompt_id=other.prompt_id,
                chosen=kept,
                rejected=other,
                origin=PreferencePair.Origin.IMPORTED,
                recipe=EDITED if reply.is_edited else REGENERATED,
                confidence=0.0,
                is_candidate=True,
            )
