"""The recipe `negative_only`: an answer drew a complaint, whatever came after."""

from collections.abc import Sequence

from feedback_mining.domain.complaint_pairs import (
    answer_before,
    complaining_findings,
    complaints_in,
    fault_of,
    reason_against_complaint,
)
from feedback_mining.domain.pairs import AnswerCandidate, MinedConversation, Proposal, Reads, SkipReason, skip


class NegativeOnly:
    """The answer that drew the complaint is bad by itself: for objectives that need no better one."""

    name = "negative_only"
    title = "Bad answers alone"
    reads = Reads.COMPLAINTS
    needs: frozenset[str] = frozenset()

    def propose(self, conversation: MinedConversation) -> Sequence[Proposal]:
        """Return a bad answer or a reason for each complaint of the conversation, in its order."""
        return [_proposal(conversation, complaint=index) for index in complaints_in(conversation)]


def _proposal(mined: MinedConversation, *, complaint: int) -> Proposal:
    answer = answer_before(mined, complaint)
    reason = reason_against_complaint(mined, complaint=complaint, rejected=answer)
    if reason is not None or answer is None:
        return skip(complaint, reason or SkipReason.NO_REQUEST)
    complaints = complaining_findings(mined, complaint)
    return AnswerCandidate(
        answer_index=answer,
        is_good=False,
        feedback_index=complaint,
        confidence=round(fault_of(mined, complaint), 4),
        criteria=tuple(finding.criterion for finding in complaints),
        span=(complaints[0].start, complaints[0].end),
    )
