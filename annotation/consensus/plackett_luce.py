"""Plackett–Luce strengths of an item's responses, from orders of any length."""

from annotation.domain.consensus.contract import Consensus, Takes
from annotation.domain.consensus.judgements import Judgements
from annotation.domain.consensus.strengths import infer_by_strength


class PlackettLuce:
    """An order counts as choosing the best of all, then the best of the rest, and so on."""

    name = "plackett_luce"
    title = "Plackett–Luce"
    takes = Takes.ORDERS

    def infer(self, judgements: Judgements) -> Consensus:
        """Return each item's order by strength; the soft labels are the chances to be chosen from all."""
        return infer_by_strength(judgements.orders)
