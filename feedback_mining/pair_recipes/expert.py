"""The recipe `expert`: an answer drew a complaint, and a strong model that knows the user's wishes writes another."""

from collections.abc import Sequence

from feedback_mining.domain.complaint_pairs import complaints_in
from feedback_mining.domain.pairs import MinedConversation, Proposal, Reads
from feedback_mining.domain.written_pairs import writing_around


class Expert:
    """Rejected is the answer that drew the complaint, chosen what an endpoint writes under the user's checklist."""

    name = "expert"
    title = "A complaint, then an answer written by a strong model that knows the wishes"
    reads = Reads.COMPLAINTS
    needs = frozenset({"writer"})

    def propose(self, conversation: MinedConversation) -> Sequence[Proposal]:
        """Return what to have written or a reason for each complaint of the conversation, in its order."""
        return [
            writing_around(conversation, complaint=index, writes_rejected=False)
            for index in complaints_in(conversation)
        ]
