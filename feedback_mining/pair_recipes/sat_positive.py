"""The recipe `sat_positive`: the user praised an answer."""

from collections.abc import Sequence

from feedback_mining.domain.complaint_pairs import answer_before
from feedback_mining.domain.findings import SIGNAL_THRESHOLD, Finding
from feedback_mining.domain.guard import reference_to_complaint
from feedback_mining.domain.pairs import AnswerCandidate, MinedConversation, Proposal, Reads, SkipReason, skip
from feedback_mining.domain.taxonomy import Polarity, polarity_of

# Ways of being at ease that say nothing of the answer.
_AT_EASE = frozenset({"Personal_Details", "Humor"})


class SatPositive:
    """The answer that the user praised is good by itself, unless it leans on an earlier complaint."""

    name = "sat_positive"
    title = "Good answers alone"
    reads = Reads.APPROVALS
    needs: frozenset[str] = frozenset()

    def propose(self, conversation: MinedConversation) -> Sequence[Proposal]:
        """Return a good answer or a reason for each approval of the conversation, in its order."""
        return [
            _proposal(conversation, approval=index)
            for index, (role, _) in enumerate(conversation.messages)
            if role == "user"
            and conversation.sat(index) >= SIGNAL_THRESHOLD
            and answer_before(conversation, index) is not None
        ]


def _proposal(mined: MinedConversation, *, approval: int) -> Proposal:
    answer = answer_before(mined, approval)
    reason = _reason_against(mined, approval=approval, answer=answer)
    if reason is not None or answer is None:
        return skip(approval, reason or SkipReason.NO_REQUEST)
    approvals = _approvals(mined, approval)
    return AnswerCandidate(
        answer_index=answer,
        is_good=True,
        feedback_index=approval,
        confidence=round(mined.sat(approval) * (1 - mined.dsat(approval)), 4),
        criteria=tuple(finding.criterion for finding in approvals),
        span=(approvals[0].start, approvals[0].end),
    )


def _reason_against(mined: MinedConversation, *, approval: int, answer: int | None) -> SkipReason | None:
    """Return why the approval says nothing for the answer before it."""
    if not answer or mined.role(answer - 1) != "user":
        return SkipReason.NO_REQUEST
    kinds = {finding.criterion for finding in _approvals(mined, approval)}
    if kinds <= _AT_EASE:
        return SkipReason.NOT_ABOUT_THE_ANSWER
    if mined.dsat(approval) >= SIGNAL_THRESHOLD or kinds == {"Getting_There"}:
        return SkipReason.MIXED_FEEDBACK
    refers = reference_to_complaint(mined.text(answer), rejected="")
    return SkipReason.REFERS_TO_COMPLAINT if refers else None


def _approvals(mined: MinedConversation, index: int) -> list[Finding]:
    """Return the SAT findings, surest first, those about the answer before those of being at ease."""
    approvals = [finding for finding in mined.found(index) if polarity_of(finding.criterion) is Polarity.SAT]
    return sorted(approvals, key=lambda finding: (finding.criterion in _AT_EASE, -finding.probability))
