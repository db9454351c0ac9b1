"""Bradley–Terry strengths of an item's responses, from comparisons of two."""

from annotation.domain.consensus.choice_model import pairs_of
from annotation.domain.consensus.contract import Consensus, Takes
from annotation.domain.consensus.judgements import Judgements
from annotation.domain.consensus.strengths import infer_by_strength


class BradleyTerry:
    """A longer order counts as all its comparisons of two, a tie as half a win for either."""

    name = "bradley_terry"
    title = "Bradley–Terry"
    takes = Takes.ORDERS

    def infer(self, judgements: Judgements) -> Consensus:
        """Return each item's order by strength; the soft labels are the chances to be chosen from all."""
        return infer_by_strength(pairs_of(judgements.orders))
