"""Signals as people left them: rejected ones gone, corrected ones under the criterion they were given."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Exists, OuterRef, Q, Subquery

from curation.models import Message, Project
from feedback_mining.domain.findings import Finding, surest_per_criterion
from feedback_mining.domain.taxonomy import DSAT_CRITERIA, SAT_CRITERIA, Polarity
from feedback_mining.models import Signal, SignalReview

Verdict = SignalReview.Verdict


def reviewed_signals(project: Project) -> Any:
    """Return the project's current signals, each with what the newest review of its claim says (None without one).

    These are `verdict`, `corrected`, `corrected_start` and `corrected_end`.
    """
    claims = SignalReview.objects.filter(message=OuterRef("message"), criterion=OuterRef("criterion"))
    newest = claims.order_by("-id")
    return (
        Signal.objects.for_project(project)
        .current()
        .annotate(
            verdict=Subquery(newest.values("verdict")[:1]),
            corrected=Subquery(newest.values("corrected_criterion")[:1]),
            corrected_start=Subquery(newest.values("span_start")[:1]),
            corrected_end=Subquery(newest.values("span_end")[:1]),
        )
    )


def unrefused(signals: Any) -> Any:
    """Leave out the claims whose newest review rejects them or gives them another criterion."""
    of_claim = {"message": OuterRef("message"), "criterion": OuterRef("criterion")}
    newer = SignalReview.objects.filter(**of_claim, pk__gt=OuterRef("pk"))
    refusals = SignalReview.objects.filter(**of_claim, verdict__in=[Verdict.REJECTED, Verdict.CORRECTED])
    return signals.exclude(Exists(refusals.exclude(Exists(newer))))


def findings_by_message(project: Project, *, conversation_ids: Iterable[int]) -> dict[int, list[Finding]]:
    """Return what stands of every detector's findings by message id: for each criterion the surest.

    What a person confirmed, corrected or marked is certain, also where no detector claims it any more.
    """
    ids = list(conversation_ids)
    signals = list(Signal.objects.for_project(project).current().filter(message__conversation__in=ids))
    reviews = newest_reviews(project, conversation_ids=ids)
    spans = {
        (signal.message_id, signal.criterion): (signal.span_start, signal.span_end) for signal in signals
    }
    found: dict[int, list[Finding]] = defaultdict(list)
    for signal in signals:
        if (signal.message_id, signal.criterion) not in reviews:
            found[signal.message_id].append(
                Finding(signal.criterion, signal.probability, signal.span_start, signal.span_end)
            )
    for (message, criterion), review in reviews.items():
        if review.verdict in (Verdict.CONFIRMED, Verdict.CORRECTED, Verdict.MISSED):
            start, end = _words_of(review, spans.get((message, criterion)))
            found[message].append(Finding(review.corrected_criterion or criterion, 1.0, start, end))
    return {message: surest_per_criterion(findings) for message, findings in found.items()}


def miner_of(message: Message, *, criterion: str) -> str:
    """Return who found this in a message: the endpoint that was asked, else the detector; "" for a person's own mark.

    Of several the surest; one that a person gave another criterion is found by the message alone.
    """
    found = Signal.objects.for_project(message.project).current().filter(message=message)
    of_criterion = found.filter(criterion=criterion)
    signals = (of_criterion if of_criterion.exists() else found).select_related("run__endpoint")
    surest = signals.order_by("-probability", "id").first()
    if surest is None:
        return ""
    return surest.run.endpoint.name if surest.run.endpoint else surest.detector


def newest_reviews(
    project: Project, *, conversation_ids: Iterable[int]
) -> Mapping[tuple[int, str], SignalReview]:
    """Return the newest review of each criterion in each message of these conversations."""
    rows = SignalReview.objects.for_project(project).filter(message__conversation__in=list(conversation_ids))
    return {key: row for key, row in standing_reviews(rows.order_by("id")).items() if row.criterion}


def standing_reviews(reviews: Iterable[SignalReview]) -> dict[tuple[int, str], SignalReview]:
    """Return the newest review of each criterion in each message; "" stands for a message rightly silent.

    The reviews come oldest first. Whoever then says that nothing is there takes back what was marked as missed.
    """
    rows = list(reviews)
    silent = {row.message_id: row.pk for row in rows if row.verdict == Verdict.NOTHING}
    newest = {(row.message_id, row.criterion): row for row in rows}
    return {
        key: row
        for key, row in newest.items()
        if row.verdict != Verdict.MISSED or row.pk > silent.get(row.message_id, 0)
    }


def _words_of(review: SignalReview, claimed: tuple[int, int] | None) -> tuple[int, int]:
    """Return the words that a person marked, else those that were claimed, else none."""
    if review.span_start is not None and review.span_end is not None:
        return review.span_start, review.span_end
    return claimed or (0, 0)


def conversations_with(project: Project, *, polarity: Polarity) -> list[int]:
    """Return the ids of the conversations that stand and hold a signal of a polarity, oldest first."""
    claimed = Signal.objects.for_project(project).standing().filter(polarity=polarity.value)
    names = SAT_CRITERIA if polarity is Polarity.SAT else DSAT_CRITERIA
    own = f"{polarity.value}:"
    is_named = Q(criterion__in=names) | Q(criterion__startswith=own)
    is_renamed = Q(corrected_criterion__in=names) | Q(corrected_criterion__startswith=own)
    said = SignalReview.objects.for_project(project).filter(
        (is_named & Q(verdict__in=[Verdict.CONFIRMED, Verdict.MISSED])) | is_renamed,
        message__conversation__archived_at__isnull=True,
        message__conversation__withdrawn_at__isnull=True,
    )
    rows = [each.values_list("message__conversation_id", flat=True) for each in (claimed, said)]
    return sorted({*rows[0], *rows[1]})


def signalled_messages(project: Project) -> Any:
    """Return the user messages in which a detector finds feedback now, in the order of the corpus."""
    claims = Signal.objects.filter(message=OuterRef("pk"), is_current=True)
    standing = Message.objects.for_project(project).filter(
        conversation__archived_at__isnull=True, conversation__withdrawn_at__isnull=True
    )
    return standing.filter(Exists(claims), role=Message.Role.USER).order_by("id")
