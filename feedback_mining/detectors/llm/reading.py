"""Reading what the language model answered: only what can be verified against the conversation counts."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from feedback_mining.domain.contexts import FeedbackContext
from feedback_mining.domain.findings import Finding, surest_per_criterion
from feedback_mining.domain.quotes import find_quote
from feedback_mining.domain.taxonomy import Polarity, polarity_of
from language_models.chat.structured import list_in, number_in

# How often a verdict of each word is right: on the careful side of the precision that studies report of such
# detectors (0.83 for dissatisfaction), until a project's reviews say more.
PROBABILITIES: Mapping[str, float] = {"certain": 0.9, "likely": 0.7, "possible": 0.35}
_LISTS = {"satisfaction": Polarity.SAT, "dissatisfaction": Polarity.DSAT}


@dataclass(slots=True)
class Reading:
    """The findings of one answer by the number of the message, and what had to be dropped, by a short code."""

    findings: dict[int, list[Finding]] = field(default_factory=dict)
    dropped: Counter[str] = field(default_factory=Counter)


def read_answer(answer: str, *, contexts: Sequence[FeedbackContext], known: Collection[str]) -> Reading:
    """Return what stands in an answer; raises UnreadableAnswerError where it is not the JSON that was asked for.

    A message without a verdict has no entry. Verdicts on other messages, unknown criteria, criteria in the wrong
    list, and quotes that do not stand in the message are dropped and counted.
    """
    by_number = {context.index: context for context in contexts}
    reading = Reading()
    for verdict in list_in(answer, "verdicts"):
        context = by_number.get(number_in(verdict))
        if context is None:
            reading.dropped["verdicts_of_nothing"] += 1
            continue
        reading.findings[context.index] = _findings(verdict, context, known, reading.dropped)
    return reading


def _findings(
    verdict: Mapping[str, Any], context: FeedbackContext, known: Collection[str], dropped: Counter[str]
) -> list[Finding]:
    found = []
    for name, polarity in _LISTS.items():
        entries = verdict.get(name)
        for entry in entries if isinstance(entries, list) else []:
            finding = _finding(entry, polarity, context, known)
            if isinstance(finding, Finding):
                found.append(finding)
            else:
                dropped[finding] += 1
    return surest_per_criterion(found)


def _finding(
    entry: Any, polarity: Polarity, context: FeedbackContext, known: Collection[str]
) -> Finding | str:
    """Return the finding of an entry, or the code under which it is dropped."""
    criterion = entry.get("criterion") if isinstance(entry, dict) else None
    if not isinstance(criterion, str) or criterion not in known:
        return "criteria_unknown"
    if polarity_of(criterion) is not polarity:
        return "criteria_misplaced"
    span = find_quote(str(entry.get("quote") or ""), text=context.text)
    if span is None:
        return "quotes_not_found"
    probability = PROBABILITIES.get(str(entry.get("certainty")), PROBABILITIES["possible"])
    return Finding(criterion, probability, *span)
