"""Chosen answers that carry out what only the complaint asks for.

Where the prompt says nothing of French, an answer in French is no better than one in English: a model trained on it
learns to answer in languages that nobody asked for. Lengths and manners are another matter: they are what users
prefer unasked, and so what preferences are for.
"""

import re
from collections.abc import Sequence

from feedback_mining.domain.constraints import Constraint, constraints_in
from feedback_mining.domain.pairs import MinedConversation, PairCandidate

# Kinds of constraints that nobody would want unasked.
_ARBITRARY = frozenset(
    {"language", "json", "lowercase", "uppercase", "no_comma", "contains_word", "avoids_word", "code_only"}
)
# An answer names what it was asked for where it begins.
_OPENING = 160
_SENTENCE_END = re.compile(r"[.:!?。！？\n]")
_WORD = re.compile(r"[^\W\d_]{5,}")
# Words that say how the answer should be rather than what it should be about, and so name no wish by themselves.
_COMMON = frozenset(
    """about after again answer aren't because before being better bullet clear could doing don't early email every
    example first found given gives going great having instead least letter little longer maybe means might needs never
    number other others please point points really right rather reply sentence shall short shorter should since simple
    simpler something still story their there these thing things think those three through times today under using
    version wanted wants which while whole without words would write wrong years yours""".split()  # noqa: SIM905
)


def carried_wish(mined: MinedConversation, candidate: PairCandidate) -> tuple[int, int] | None:
    """Return the words of the chosen answer that carry out a wish which the prompt does not hold; None if none do."""
    chosen = mined.text(candidate.chosen_index)
    if _follows_new_constraint(mined, candidate):
        return (0, _opening_of(chosen))
    if "Factual_Error" in candidate.criteria:
        return None  # what the answer says of the fault is what it got wrong
    return _echo(
        chosen,
        wish=candidate.wish or mined.text(candidate.complaint_index),
        known=[text for _, text in mined.messages[: candidate.rejected_index + 1]],
    )


def _follows_new_constraint(mined: MinedConversation, candidate: PairCandidate) -> bool:
    """Tell whether chosen keeps, and rejected breaks, a constraint that the prompt neither sets nor implies."""
    chosen, rejected = mined.text(candidate.chosen_index), mined.text(candidate.rejected_index)
    asked = [text for role, text in mined.messages[: candidate.prompt_length] if role == "user"]
    return any(
        not is_wanted_unasked(each, asked=asked)
        and each.is_followed(answer=chosen) is True
        and each.is_followed(answer=rejected) is False
        for each in constraints_in(mined.text(candidate.complaint_index))
    )


def is_wanted_unasked(constraint: Constraint, *, asked: Sequence[str]) -> bool:
    """Tell whether an answer to these user messages may follow a constraint that was set after them."""
    if constraint.kind not in _ARBITRARY:
        return True
    # Whoever writes in a language wants it unasked.
    if constraint.kind == "language" and constraint.is_followed(answer=asked[-1]):
        return True
    return _key(constraint) in {_key(each) for text in asked for each in constraints_in(text)}


def _echo(answer: str, *, wish: str, known: Sequence[str]) -> tuple[int, int] | None:
    """Return the first word of the answer's opening that the wish brought up, and nothing before it did."""
    said = set(_WORD.findall(" ".join(known).casefold()))
    new = set(_WORD.findall(wish.casefold())) - said - _COMMON
    opening = answer[: _opening_of(answer)]
    return next((match.span() for match in _WORD.finditer(opening) if match[0].casefold() in new), None)


def _opening_of(answer: str) -> int:
    end = _SENTENCE_END.search(answer, min(20, len(answer)), _OPENING)
    return end.end() if end else min(len(answer), _OPENING)


def _key(constraint: Constraint) -> tuple[str, str]:
    return constraint.kind, str(sorted(constraint.settings.items()))
