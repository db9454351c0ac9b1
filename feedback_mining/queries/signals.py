"""Signals as people left them: rejected ones gone, corrected ones under the criterion they were given."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import OuterRef, Q, Subquery

from curation.models import Project
from feedback_mining.domain.findings import Finding, surest_per_criterion
from feedback_mining.domain.taxonomy import CRITERIA, Polarity, polarity_of
from feedback_mining.models import Signal, SignalReview


def reviewed_signals(project: Project) -> Any:
    """Return the project's signals, each with `verdict` and `corrected` of its newest review (None without one)."""
    newest = SignalReview.objects.filter(signal=OuterRef("pk")).order_by("-id")
    return Signal.objects.for_project(project).annotate(
        verdict=Subquery(newest.values("verdict")[:1]),
        corrected=Subquery(newest.values("corrected_criterion")[:1]),
    )


def findings_by_message(project: Project, *, conversation_ids: Iterable[int]) -> dict[int, list[Finding]]:
    """Return what stands of every detector's findings by message id: for each criterion the surest."""
    found: dict[int, list[Finding]] = defaultdict(list)
    for signal in reviewed_signals(project).filter(message__conversation__in=list(conversation_ids)):
        if signal.verdict == SignalReview.Verdict.REJECTED:
            continue
        found[signal.message_id].append(_standing(signal))
    return {message: surest_per_criterion(findings) for message, findings in found.items()}


def _standing(signal: Any) -> Finding:
    """What a person confirmed or corrected is certain."""
    verdict, corrected = signal.verdict, signal.corrected
    probability = 1.0 if verdict else signal.probability
    return Finding(corrected or signal.criterion, probability, signal.span_start, signal.span_end)


def conversations_with_complaints(project: Project) -> list[int]:
    """Return the ids of the conversations that stand and hold a complaint, by detector or person, oldest first."""
    complaints = [name for name in CRITERIA if polarity_of(name) is Polarity.DSAT]
    is_complaint = Q(polarity=Signal.Polarity.DSAT) | Q(corrected__in=complaints)
    rows = reviewed_signals(project).standing().filter(is_complaint)
    return sorted(set(rows.values_list("message__conversation_id", flat=True)))
