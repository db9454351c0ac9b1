"""The recipe `constraint`: an answer breaks what binds it, and a later one to the same request follows all."""

from collections.abc import Sequence

from feedback_mining.domain.complaint_pairs import answer_after, reference_in
from feedback_mining.domain.constraints import Binding
from feedback_mining.domain.findings import SIGNAL_THRESHOLD
from feedback_mining.domain.guard import changes_topic, corrects_request
from feedback_mining.domain.pairs import (
    FOR_REWRITING,
    MinedConversation,
    PairCandidate,
    Proposal,
    Reads,
    RewriteOffer,
    SkipReason,
    skip,
)

# Code has counted the words or told the language; that nothing else got worse it cannot know.
_CONFIDENCE = 0.8


class ConstraintRecipe:
    """Follows every binding constraint ≻ breaks one; constraints are the user's earlier words, checked by code."""

    name = "constraint"
    title = "A broken constraint, then one that is kept"
    reads = Reads.CONSTRAINTS
    needs: frozenset[str] = frozenset()

    def propose(self, conversation: MinedConversation) -> Sequence[Proposal]:
        """Return a candidate or a reason for each answer that breaks a constraint, in the conversation's order."""
        return [
            _proposal(conversation, broken=index, constraint=constraint)
            for index, constraint in broken_in(conversation)
        ]


def broken_in(mined: MinedConversation) -> list[tuple[int, Binding]]:
    """Return the answers that break a constraint which binds them, with the newest that each breaks."""
    found = []
    for index, (role, text) in enumerate(mined.messages):
        if role != "assistant" or not text.strip() or not index or mined.role(index - 1) != "user":
            continue
        broken = [each for each in mined.binding(index) if each.constraint.is_followed(answer=text) is False]
        if broken:
            found.append((index, broken[-1]))
    return found


def _proposal(mined: MinedConversation, *, broken: int, constraint: Binding) -> Proposal:
    chosen = _kept_after(mined, broken)
    if chosen is None:
        return skip(broken, SkipReason.NONE_FOLLOWS)
    candidate = PairCandidate(
        prompt_length=broken,
        rejected_index=broken,
        chosen_index=chosen,
        complaint_index=constraint.set_at,
        confidence=_CONFIDENCE,
        criteria=(f"constraint: {constraint.constraint.kind}",),
        span=(constraint.constraint.start, constraint.constraint.end),
        wish=mined.text(constraint.set_at)[constraint.constraint.start : constraint.constraint.end],
        by_constraint=True,
    )
    found = reference_in(mined, candidate)
    if found is None:
        return candidate
    offer = RewriteOffer(candidate=candidate, reference=found[1])
    return skip(broken, found[0], offer=offer if found[0] in FOR_REWRITING else None)


def _kept_after(mined: MinedConversation, broken: int) -> int | None:
    """Return the next answer to the same request, if it follows everything that bound the broken one."""
    asked_again = broken + 1
    if asked_again >= len(mined.messages) or mined.role(asked_again) != "user":
        return None
    text = mined.text(asked_again)
    is_same = mined.dsat(asked_again) >= SIGNAL_THRESHOLD or bool(mined.constraints.get(asked_again))
    if not is_same or changes_topic(text) or corrects_request(text):
        return None
    chosen = answer_after(mined, asked_again)
    if chosen is None:
        return None
    held = [each.constraint.is_followed(answer=mined.text(chosen)) for each in mined.binding(broken)]
    return chosen if held and all(each is not False for each in held) and any(held) else None
