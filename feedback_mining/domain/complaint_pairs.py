"""Pairs around a complaint: the answer that drew it, and a later one to the same request."""

from feedback_mining.domain.carried_wishes import carried_wish
from feedback_mining.domain.findings import SIGNAL_THRESHOLD, Finding
from feedback_mining.domain.guard import changes_topic, corrects_request, reference_to_complaint
from feedback_mining.domain.pairs import (
    FOR_REWRITING,
    MinedConversation,
    PairCandidate,
    PairSkip,
    RewriteOffer,
    SkipReason,
    skip,
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


def complaints_in(mined: MinedConversation) -> list[int]:
    """Return the indexes of the user messages that complain of an answer before them."""
    return [
        index
        for index, (role, _) in enumerate(mined.messages)
        if role == "user"
        and mined.dsat(index) >= SIGNAL_THRESHOLD
        and answer_before(mined, index) is not None
    ]


def pair_around(
    mined: MinedConversation, *, complaint: int, wants_reaction: bool
) -> PairCandidate | PairSkip:
    """Return the pair around a complaint, or why there is none.

    With `wants_reaction` the user must have received the later answer: silence accepts nothing.
    """
    rejected, chosen = answer_before(mined, complaint), answer_after(mined, complaint)
    reason = reason_against_complaint(mined, complaint=complaint, rejected=rejected)
    if reason is None and (rejected is None or chosen is None):
        reason = SkipReason.NO_LATER_ANSWER
    if reason is not None or rejected is None or chosen is None:
        return skip(complaint, reason or SkipReason.NO_LATER_ANSWER)
    reason = _reason_against_chosen(mined, complaint=complaint, rejected=rejected, chosen=chosen)
    if reason is None and wants_reaction and _reaction(mined, chosen=chosen) is None:
        reason = SkipReason.NOT_ACCEPTED
    if reason is not None:
        return skip(complaint, reason)
    candidate = _candidate(mined, complaint=complaint, rejected=rejected, chosen=chosen)
    return _guarded(mined, candidate)


def _candidate(mined: MinedConversation, *, complaint: int, rejected: int, chosen: int) -> PairCandidate:
    complaints = complaining_findings(mined, complaint)
    span = (complaints[0].start, complaints[0].end)
    return PairCandidate(
        prompt_length=rejected,
        rejected_index=rejected,
        chosen_index=chosen,
        complaint_index=complaint,
        confidence=round(fault_of(mined, complaint) * _reception(mined, chosen=chosen), 4),
        criteria=tuple(finding.criterion for finding in complaints),
        span=span,
        wish=wish_from(mined.text(complaint), span=span, findings=complaints),
    )


def _guarded(mined: MinedConversation, candidate: PairCandidate) -> PairCandidate | PairSkip:
    """Offer a pair to be rewritten whose chosen answer refers to the complaint or to what only it asks for."""
    found = reference_in(mined, candidate)
    if found is None:
        return candidate
    reason, words = found
    offer = RewriteOffer(candidate=candidate, reference=words)
    return skip(candidate.complaint_index, reason, offer=offer if reason in FOR_REWRITING else None)


def reference_in(
    mined: MinedConversation, candidate: PairCandidate
) -> tuple[SkipReason, tuple[int, int]] | None:
    """Return how the chosen answer leans on what the prompt does not hold, and the words that do."""
    chosen, rejected = mined.text(candidate.chosen_index), mined.text(candidate.rejected_index)
    words = reference_to_complaint(chosen, rejected=rejected)
    if words:
        start = max(0, chosen.replace("'", "’").find(words))
        return SkipReason.REFERS_TO_COMPLAINT, (start, start + len(words))
    carried = carried_wish(mined, candidate)
    return None if carried is None else (SkipReason.CARRIES_WISH, carried)


def reason_against_complaint(
    mined: MinedConversation, *, complaint: int, rejected: int | None
) -> SkipReason | None:
    """Return why the complaint says nothing against the answer before it."""
    text = mined.text(complaint)
    if not rejected or mined.role(rejected - 1) != "user":
        return SkipReason.NO_REQUEST
    if {finding.criterion for finding in complaining_findings(mined, complaint)} == {"No_Engagement"}:
        return SkipReason.NOT_ABOUT_THE_ANSWER
    if corrects_request(text):
        return SkipReason.REQUEST_CHANGED
    return SkipReason.NEW_TOPIC if changes_topic(text) else None


def _reason_against_chosen(
    mined: MinedConversation, *, complaint: int, rejected: int, chosen: int
) -> SkipReason | None:
    """Return why the later answer cannot be preferred to the one that drew the complaint."""
    if any(role in {"tool", "assistant"} for role, _ in mined.messages[complaint:chosen]):
        return SkipReason.ANSWERED_WITH_TOOLS
    if _squeezed(mined.text(chosen)) == _squeezed(mined.text(rejected)):
        return SkipReason.SAME_ANSWER
    reaction = _reaction(mined, chosen=chosen)
    if reaction is not None and mined.dsat(reaction) >= SIGNAL_THRESHOLD and not _improved(mined, reaction):
        return SkipReason.CHOSEN_DREW_COMPLAINT
    return None


def fault_of(mined: MinedConversation, complaint: int) -> float:
    """Return how surely the complaint finds fault with the answer."""
    kinds = {finding.criterion for finding in complaining_findings(mined, complaint)}
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


def complaining_findings(mined: MinedConversation, index: int) -> list[Finding]:
    """Return the DSAT findings, surest first, those about the answer itself before No_Engagement."""
    complaints = [
        finding for finding in mined.found(index) if polarity_of(finding.criterion) is Polarity.DSAT
    ]
    return sorted(
        complaints, key=lambda finding: (finding.criterion == "No_Engagement", -finding.probability)
    )


def answer_before(mined: MinedConversation, index: int) -> int | None:
    """Return the last answer with text before a message; None where there is none."""
    return next((at for at in range(index - 1, -1, -1) if _answers(mined, at)), None)


def answer_after(mined: MinedConversation, index: int) -> int | None:
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
