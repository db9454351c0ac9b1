"""Ranked pairs (Tideman 1987): the largest majorities make the order; ties and circles are shown as what they are."""

from collections.abc import Sequence

import numpy as np

from annotation.domain.consensus.contract import Consensus, ConsensusError, ItemConsensus, Reliability, Takes
from annotation.domain.consensus.duels import Duels, majority_cycles, ranked_pairs
from annotation.domain.consensus.judgements import Judgements
from annotation.domain.consensus.orders import JudgedOrder, Order
from annotation.domain.consensus.reach import unreached
from annotation.domain.consensus.votes import shares


class RankedPairs:
    """No model of people: votes alone decide, each once."""

    name = "ranked_pairs"
    title = "Ranked pairs"
    takes = Takes.ORDERS

    def infer(self, judgements: Judgements) -> Consensus:
        """Return each item's order; the confidence is the first's smallest share of votes against another."""
        by_item: dict[str, list[JudgedOrder]] = {}
        for each in judgements.orders:
            by_item.setdefault(each.item, []).append(each)
        if not by_item:
            raise ConsensusError("No row holds an order of responses, so there is nothing to agree on.")
        found = {item: _item(item, [each.order for each in orders]) for item, orders in by_item.items()}
        circles = sum("circle" in each.note for each in found.values())
        return Consensus(
            items=list(found.values()),
            annotators=_reliabilities(by_item),
            reliability_means=(
                "The share of an annotator's decided comparisons that agree with the majority of the others; a tie of"
                " the others counts half."
            ),
            notes=[f"{circles} items have responses that beat each other in a circle."] if circles else (),
        )


def _item(item: str, orders: Sequence[Order]) -> ItemConsensus:
    duels = Duels.of(orders)
    order = ranked_pairs(duels)
    notes = [f"In a circle by majority: {' > '.join((*each, each[0]))}." for each in majority_cycles(duels)]
    if apart := unreached(duels.names, orders=orders):
        notes.append(apart)
    top = order.tiers[0]
    return ItemConsensus(
        item=item,
        label=str(order),
        confidence=_confidence(duels, top=top),
        soft={name: 1 / len(top) if name in top else 0.0 for name in duels.names},
        judgements=len(orders),
        tied=tuple(sorted(top)) if len(top) > 1 else (),
        note=" ".join(notes),
    )


def _confidence(duels: Duels, *, top: Sequence[str]) -> float:
    """Return the smallest share of votes that the first got against any other; at most one half where it is tied."""
    places = [duels.names.index(name) for name in top]
    smallest = [
        min(duels.share(place, other) for other in range(len(duels.names)) if other != place)
        for place in places
    ]
    return min(0.5, *smallest) if len(top) > 1 else smallest[0]


def _reliabilities(by_item: dict[str, list[JudgedOrder]]) -> list[Reliability]:
    names = list(dict.fromkeys(each.annotator for orders in by_item.values() for each in orders))
    place = {name: at for at, name in enumerate(names)}
    total, count = np.zeros(len(names)), np.zeros(len(names))
    for orders in by_item.values():
        duels = Duels.of(each.order for each in orders)
        at = {name: index for index, name in enumerate(duels.names)}
        for each in orders:
            for one, other, won in each.order.pairs():
                # What the others say: the margin without this vote.
                margin = duels.margins[at[one], at[other]] - (2 * won - 1)
                compared = won == 1 and duels.wins[at[one], at[other]] + duels.wins[at[other], at[one]] > 1
                total[place[each.annotator]] += compared * (
                    1.0 if margin > 0 else 0.5 if margin == 0 else 0.0
                )
                count[place[each.annotator]] += compared
    return shares(names, total=total, count=count)
