"""People's verdicts on signals: only ever added, the newest counts."""

from django.db import transaction

from curation.models import User
from curation.services.audit import record_event
from feedback_mining.models import Signal, SignalReview


@transaction.atomic
def review_signal(
    *, signal: Signal, reviewer: User, verdict: str, corrected_criterion: str = ""
) -> SignalReview:
    """Add a review; pairs that are built afterwards follow it."""
    review = SignalReview(
        project_id=signal.project_id,
        signal=signal,
        reviewer=reviewer,
        verdict=verdict,
        corrected_criterion=corrected_criterion,
    )
    review.full_clean()
    review.save()
    record_event(
        action=f"signal.{verdict}",
        project=signal.project,
        actor=reviewer,
        target=signal,
        details={"criterion": signal.criterion, "corrected": corrected_criterion},
    )
    return review
