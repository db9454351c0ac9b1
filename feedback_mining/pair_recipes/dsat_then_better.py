"""The recipe `dsat_then_better`: an answer drew a complaint, and the next one did not."""

from collections.abc import Sequence

from feedback_mining.domain.complaint_pairs import complaints_in, pair_around
from feedback_mining.domain.pairs import MinedConversation, Proposal, Reads


class DsatThenBetter:
    """Rejected is the answer that drew the complaint, chosen the next answer, prompt all that came before.

    Where the conversation ended with it, the next answer counts, at half the confidence.
    """

    name = "dsat_then_better"
    title = "A complaint, then an answer that drew none"
    reads = Reads.COMPLAINTS
    needs: frozenset[str] = frozenset()

    def propose(self, conversation: MinedConversation) -> Sequence[Proposal]:
        """Return a candidate or a reason for each complaint of the conversation, in its order."""
        return [
            pair_around(conversation, complaint=index, wants_reaction=False)
            for index in complaints_in(conversation)
        ]
