"""The recipe `on_policy`: the policy answers with and without the user's wishes, and a judge must tell them apart."""

from collections.abc import Sequence

from feedback_mining.domain.complaint_pairs import complaints_in
from feedback_mining.domain.pairs import MinedConversation, Proposal, Reads
from feedback_mining.domain.written_pairs import writing_around


class OnPolicy:
    """Both answers are the policy's own: rejected to the plain prompt, chosen under the user's checklist.

    A pair is kept only where a judge that has the checklist prefers chosen in both orders.
    """

    name = "on_policy"
    title = "The policy's own answers, with and without the wishes"
    reads = Reads.COMPLAINTS
    needs = frozenset({"writer", "judge"})

    def propose(self, conversation: MinedConversation) -> Sequence[Proposal]:
        """Return what to have written or a reason for each complaint of the conversation, in its order."""
        return [
            writing_around(conversation, complaint=index, writes_rejected=True)
            for index in complaints_in(conversation)
        ]
