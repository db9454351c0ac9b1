"""The recipe `dsat_then_accepted`: an answer drew a complaint, and the user accepted the next one."""

from collections.abc import Sequence

from feedback_mining.domain.complaint_pairs import complaints_in, pair_around
from feedback_mining.domain.pairs import MinedConversation, Proposal, Reads


class DsatThenAccepted:
    """Rejected is the answer that drew the complaint, chosen the next answer, prompt all that came before.

    Silence accepts nothing: the user must have praised the next answer, or gone on from it.
    """

    name = "dsat_then_accepted"
    title = "A complaint, then an accepted answer"
    reads = Reads.COMPLAINTS
    needs: frozenset[str] = frozenset()

    def propose(self, conversation: MinedConversation) -> Sequence[Proposal]:
        """Return a candidate or a reason for each complaint of the conversation, in its order."""
        return [
            pair_around(conversation, complaint=index, wants_reaction=True)
            for index in complaints_in(conversation)
        ]
