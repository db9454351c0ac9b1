"""A coarser reading of findings: five classes of feedback, and what a message does in the dialogue.

The five classes are those by which studies of naturally occurring feedback count (arXiv 2407.10944): said again,
aware of a fault with and without a correction, a question what was meant, pleased.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from re import Pattern
from types import MappingProxyType
from typing import Any

from feedback_mining.domain.contexts import FeedbackContext
from feedback_mining.domain.findings import Finding, confident_findings
from feedback_mining.domain.guard import changes_topic
from feedback_mining.domain.repetition import is_same_request, repeats_request
from feedback_mining.domain.taxonomy import Polarity, polarity_of
from feedback_mining.domain.wishes import wish_from
from feedback_mining.domain.wording import WORDING, any_of


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackClass:
    """One of the five classes, and the criteria that usually stand behind it."""

    name: str
    definition: str
    criteria: tuple[str, ...]


def _read() -> Mapping[str, FeedbackClass]:
    text = Path(__file__).with_name("taxonomy.toml").read_text(encoding="utf-8")
    written: Mapping[str, Any] = tomllib.loads(text)["classes"]
    return MappingProxyType(
        {
            name: FeedbackClass(name=name, definition=entry["definition"], criteria=tuple(entry["criteria"]))
            for name, entry in written.items()
        }
    )


FEEDBACK_CLASSES = _read()
# Criteria by which a request is changed rather than made again.
_REFINING = frozenset({"Style", "Insufficient_Detail", "Getting_There"})


def feedback_class(findings: Sequence[Finding], *, context: FeedbackContext) -> str:
    """Return the class of a message: a name of FEEDBACK_CLASSES, "" where it holds no confident finding."""
    confident = confident_findings(findings)
    complaints = [each for each in confident if polarity_of(each.criterion) is Polarity.DSAT]
    if not complaints:
        return "positive" if confident else ""
    if asks_what_was_meant(context.text):
        return "ask_for_clarification"
    if _is_said_again(context, complaints=complaints):
        return "repeat_or_rephrase"
    surest = max(complaints, key=lambda each: each.probability)
    wish = wish_from(context.text, span=(surest.start, surest.end), findings=complaints)
    return "aware_with_correction" if wish else "aware_without_correction"


def dialogue_state(findings: Sequence[Finding], *, context: FeedbackContext) -> str:
    """Return what a message does in the dialogue, by rule: a name of DIALOGUE_STATES."""
    names = {each.criterion for each in confident_findings(findings)}
    if asks_what_was_meant(context.text):
        return "CLARIFICATION"
    if "Revision" in names or repeats_any(context):
        return "REVISION"
    if names & _REFINING:
        return "REFINEMENT"
    if "Positive_Closure" in names:
        return "CLOSING"
    if names:
        return "FEEDBACK"
    return "NEWTOPIC" if changes_topic(context.text) else "CONTINUATION"


def repeats_any(context: FeedbackContext) -> bool:
    """Tell whether a message makes an earlier request again, by its words."""
    return any(
        is_same_request(context.text, earlier) or repeats_request(context.text, earlier)
        for earlier in context.earlier_requests[-4:]
    )


def asks_what_was_meant(text: str) -> bool:
    """Tell whether a message asks what the answer was meant to say."""
    return _clarification().search(text.replace("'", "’")) is not None


def _is_said_again(context: FeedbackContext, *, complaints: Sequence[Finding]) -> bool:
    """Tell whether the evidence is the whole message, as where likeness to an earlier request is all there is."""
    whole = (0, len(context.text))
    revision = [each for each in complaints if each.criterion == "Revision"]
    return any((each.start, each.end) == whole for each in revision) or repeats_any(context)


@cache
def _clarification() -> Pattern[str]:
    return any_of(WORDING["clarification"])
