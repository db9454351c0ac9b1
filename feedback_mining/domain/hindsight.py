"""What a later message says about an earlier one: who asks again, in whatever words, was not satisfied.

The reverse does not hold: whoever moves on is not thereby satisfied, so silence never becomes satisfaction here.
"""

from collections.abc import Sequence
from dataclasses import replace

from feedback_mining.domain.contexts import FeedbackContext
from feedback_mining.domain.findings import Finding
from feedback_mining.domain.taxonomy import Polarity, polarity_of

# Signs of satisfaction that are read out of small words ("ok", "I see") or acts; they give way to a request that is
# made again. Thanks and praise are said outright, and stand.
_FAINT_SIGNS = frozenset({"Acknowledgment", "Compliance", "Learning", "Positive_Closure", "Personal_Details"})
# How sure such a sign may still be, below what is shown as a signal.
_AT_MOST = 0.35
# From here on a message counts as the request made again.
_ASKED_AGAIN = 0.5
# Who asks again does so within so many messages.
_LOOK_BACK = 2


def with_hindsight(
    found: Sequence[list[Finding] | None], *, contexts: Sequence[FeedbackContext]
) -> list[list[Finding] | None]:
    """Return the findings, with faint signs of satisfaction taken back where the request is made again later.

    The contexts of a conversation stand next to each other in order; a message counts as the request made again
    where the evidence of its Revision is the whole message.
    """
    judged = list(found)
    for place, context in enumerate(contexts):
        findings = judged[place]
        if not findings or not _asks_again(findings, text=context.text):
            continue
        for earlier in range(max(0, place - _LOOK_BACK), place + 1):
            if contexts[earlier].conversation == context.conversation:
                judged[earlier] = _without_faint_signs(judged[earlier])
    return judged


def _asks_again(findings: Sequence[Finding], *, text: str) -> bool:
    return any(
        each.criterion == "Revision"
        and each.probability >= _ASKED_AGAIN
        and (each.start, each.end) == (0, len(text))
        for each in findings
    )


def _without_faint_signs(findings: list[Finding] | None) -> list[Finding] | None:
    if findings is None:
        return None
    return [replace(each, probability=_AT_MOST) if _gives_way(each) else each for each in findings]


def _gives_way(finding: Finding) -> bool:
    is_faint = finding.criterion in _FAINT_SIGNS and polarity_of(finding.criterion) is Polarity.SAT
    return is_faint and finding.probability > _AT_MOST
