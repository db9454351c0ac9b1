"""The recipe `dsat_then_better`: an answer drew a complaint, and the next one was received better."""

from collections.abc import Sequence

from feedback_mining.domain.findings import SIGNAL_THRESHOLD, Finding
from feedback_mining.domain.guard import changes_topic, corrects_request, reference_to_complaint
from feedback_mining.domain.pairs import (
    SKIP_SENTENCES,
    MinedConversation,
    PairCandidate,
    PairSkip,
    SkipReason,
)
from feedback_mining.domain.taxonomy import Polarity, polarity_of
from feedback_mining.domain.wishes import wish_from

# How surely the later answer is the better one, by what the user did next: assumed, until people have judged
# enough pairs. Silence is not satisfaction, so it counts least; SAT adds in proportion to its probability.
_AFTER_SILENCE = 0.5
_AFTER_GOING_ON = 0.6
_AFTER_IMPROVEMENT = 0.7
_SAT_ADDS = 0.35
# Who only wants the answer refined finds less fault with it than who calls it wrong or beside the point.
_REFINEMENTS = frozenset({"Revision", "Style", "Insufficient_Detail"})
_REFINED = 0.85


class DsatThenBetter:
    """Rejected is the answer that drew the complaint, chosen the next answer, prompt all that came before."""

    name = "dsat_then_better"
    title = "A complaint, then a better-received answer"

    def propose(self, conversation: MinedConversation) -> Sequence[PairCandidate | PairSkip]:
        """Return a candidate or a reason for each complaint of the conversation, in its order."""
        return [
            _proposal(conversation, complaint=index)
            for index, (role, _) in enumerate(conversation.messages)
            if role == "user"
            and conversation.dsat(index) >= SIGNAL_THRESHOLD
            and _response(conversation, index) is not None
        ]


def _proposal(mined: MinedConversation, *, complaint: int) -> PairCandidate | PairSkip:
    rejected, chosen = _response(mined, complaint), _next_response(mined, complaint)
    reason = _reason_against_complaint(mined, complaint=complaint, rejected=rejected)
    reason = reason or _reason_against_chosen(mined, complaint=complaint, rejected=rejected, chosen=chosen)
    if reason is not None or rejected is None or chosen is None:
        reason = reason or SkipReason.NO_LATER_ANSWER
        return PairSkip(complaint_index=complaint, reason=reason, sentence=SKIP_SENTENCES[reason])
    complaints = _complaints(mined, complaint)
    span = (complaints[0].start, complaints[0].end)
    return PairCandidate(
        prompt_length=rejected,
        rejected_index=rejected,
        chosen_index=chosen,
        complaint_index=complaint,
        confidence=round(_fault(mined, complaint) * _reception(mined, chosen=chosen), 4),
        criteria=tuple(finding.criterion for finding in complaints),
        span=span,
        wish=wish_from(mined.text(complaint), span=span, findings=complaints),
    )


def _reason_against_complaint(
    mined: MinedConversation, *, complaint: int, rejected: int | None
) -> SkipReason | None:
    """Return why the complaint says nothing against the answer before it."""
    text = mined.text(complaint)
    if not rejected or mined.role(rejected - 1) != "user":
        return SkipReason.NO_REQUEST
    if {finding.criterion for finding in _complaints(mined, complaint)} == {"No_Engagement"}:
        return SkipReason.NOT_ABOUT_THE_ANSWER
    if corrects_request(text):
        return SkipReason.REQUEST_CHANGED
    return SkipReason.NEW_TOPIC if changes_topic(text) else None


def _reason_against_chosen(
    mined: MinedConversation, *, complaint: int, rejected: int | None, chosen: int | None
) -> SkipReason | None:
    """Return why the later answer cannot be preferred to the one that drew the complaint."""
    if chosen is None or rejected is None:
        return SkipReason.NO_LATER_ANSWER
    if any(role in {"tool", "assistant"} for role, _ in mined.messages[complaint:chosen]):
        return SkipReason.ANSWERED_WITH_TOOLS
    if _squeezed(mined.text(chosen)) == _squeezed(mined.text(rejected)):
        return SkipReason.SAME_ANSWER
    if reference_to_complaint(mined.text(chosen), rejected=mined.text(rejected)):
        return SkipReason.REFERS_TO_COMPLAINT
    reaction = _reaction(mined, chosen=chosen)
    if reaction is not None and mined.dsat(reaction) >= SIGNAL_THRESHOLD and not _improved(mined, reaction):
        return SkipReason.CHOSEN_DREW_COMPLAINT
    return None


def _fault(mined: MinedConversation, complaint: int) -> float:
    """Return how surely the complaint finds fault with the answer."""
    kinds = {finding.criterion for finding in _complaints(mined, complaint)}
    return mined.dsat(complaint) * (_REFINED if kinds <= _REFINEMENTS else 1.0)


def _reception(mined: MinedConversation, *, chosen: int) -> float:
    reaction = _reaction(mined, chosen=chosen)
    if reaction is None:
        return _AFTER_SILENCE
    if _improved(mined, reaction):
        return _AFTER_IMPROVEMENT
    return _AFTER_GOING_ON + _SAT_ADDS * mined.sat(reaction)


def _improved(mined: MinedConversation, reaction: int) -> bool:
    """Tell whether the user finds the answer better than the one before, though perhaps not yet good."""
    return any(
        finding.criterion == "Getting_There" and finding.probability >= SIGNAL_THRESHOLD
        for finding in mined.found(reaction)
    )


def _complaints(mined: MinedConversation, index: int) -> list[Finding]:
    """Return the DSAT findings, surest first, those about the answer itself before No_Engagement."""
    complaints = [
        finding for finding in mined.found(index) if polarity_of(finding.criterion) is Polarity.DSAT
    ]
    return sorted(
        complaints, key=lambda finding: (finding.criterion == "No_Engagement", -finding.probability)
    )


def _response(mined: MinedConversation, index: int) -> int | None:
    """Return the last answer with text before a message; None where there is none."""
    return next((at for at in range(index - 1, -1, -1) if _answers(mined, at)), None)


def _next_response(mined: MinedConversation, index: int) -> int | None:
    """Return the last answer with text between a user message and the next one; None where there is none."""
    reaction = next(
        (at for at in range(index + 1, len(mined.messages)) if _is_reaction(mined, at)), len(mined.messages)
    )
    return next((at for at in range(reaction - 1, index, -1) if _answers(mined, at)), None)


def _is_reaction(mined: MinedConversation, index: int) -> bool:
    """Tell whether a user message follows an answer; one right behind another user message still asks."""
    return mined.role(index) == "user" and mined.role(index - 1) != "user"


def _reaction(mined: MinedConversation, *, chosen: int) -> int | None:
    """Return the user message that follows an answer; None where the conversation ended."""
    return next((at for at in range(chosen + 1, len(mined.messages)) if mined.role(at) == "user"), None)


def _answers(mined: MinedConversation, index: int) -> bool:
    return mined.role(index) == "assistant" and bool(mined.text(index).strip())


def _squeezed(text: str) -> str:
    return " ".join(text.casefold().split())
