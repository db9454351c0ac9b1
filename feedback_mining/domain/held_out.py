"""Choosing prompts to evaluate on: the request whose answer drew a wish, spread over what users ask."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans

from feedback_mining.domain.constraints import Binding, binding_after
from feedback_mining.domain.pairs import KnownWish
from language_models.judges.contract import MOST_WISHES

_SEED, _STARTS = 7, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class WishTurn:
    """One message of a conversation: what its user makes plain in it, and whether they complain in it.

    `text` is what may take back an earlier wish that code checks; an answer's is not needed.
    """

    position: int
    role: str
    text: str = ""
    wishes: tuple[KnownWish, ...] = ()
    complains: bool = False


def request_to_evaluate(turns: Sequence[WishTurn]) -> int | None:
    """Return the position of the request that an evaluation asks about: where answers can be held against a wish.

    The first whose answer drew a complaint that states a wish; else the first that states one itself.
    """
    drew = [request.position for request, reply in _answered(turns) if reply.complains and reply.wishes]
    states = [turn.position for turn in turns if turn.role == "user" and turn.wishes]
    return next(iter([*drew, *states]), None)


def checklist_at(turns: Sequence[WishTurn], *, position: int) -> tuple[str, ...]:
    """Return what answers to a request are held against, each wish once, in the order in which they were made plain.

    It is what the user made plain up to the request, and in their reply where that complains of the logged answer,
    but for what they took back by then. What a reply without a complaint asks for is the next request's. Of more than
    a judge reads, the newest stay.
    """
    said = [turn for turn in turns if turn.role == "user" and turn.position <= position]
    said += [reply for request, reply in _answered(turns) if request.position == position and reply.complains]
    binding: list[Binding] = []
    for turn in said:
        set_here = [wish.constraint for wish in turn.wishes if wish.constraint is not None]
        binding = binding_after(binding, at=turn.position, text=turn.text, constraints=set_here)
    standing = {(each.set_at, each.constraint.kind) for each in binding}
    newest: dict[str, str] = {}
    for turn in said:
        for wish in turn.wishes:
            if wish.constraint is None or (turn.position, wish.constraint.kind) in standing:
                newest.pop(wish.text.casefold(), None)
                newest[wish.text.casefold()] = wish.text
    return tuple(newest.values())[-MOST_WISHES:]


def _answered(turns: Sequence[WishTurn]) -> Iterator[tuple[WishTurn, WishTurn]]:
    """Yield each user message that was answered, with the user's reply to that."""
    request, is_answered = None, False
    for turn in turns:
        if turn.role == "user":
            if request is not None and is_answered:
                yield request, turn
            request, is_answered = turn, False
        elif turn.role == "assistant":
            is_answered = True


def nearest_to_centres(
    vectors: NDArray[np.float32], *, clusters: int, per_cluster: int
) -> list[tuple[int, int]]:
    """Return (cluster, place in `vectors`) of the nearest to each centre, clusters in order, nearest first.

    `vectors` has shape (prompts, dimension). There are no more clusters than different vectors, and the same vectors
    give the same choice. As WildFeedback chose its test prompts (arXiv 2408.15549), there with 70 clusters of 10.
    """
    count = min(clusters, len(np.unique(vectors, axis=0)))
    if not count:
        return []
    found = KMeans(n_clusters=count, n_init=_STARTS, random_state=_SEED).fit(vectors)
    distances = np.linalg.norm(vectors - found.cluster_centers_[found.labels_], axis=1)
    # Places break ties, so that the choice hangs on nothing but the vectors and their order.
    nearest = sorted(range(len(vectors)), key=lambda place: (distances[place], place))
    return [
        (cluster, place)
        for cluster in range(count)
        for place in [each for each in nearest if found.labels_[each] == cluster][:per_cluster]
    ]
