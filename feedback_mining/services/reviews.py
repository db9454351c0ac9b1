"""People's verdicts on what detectors claim: only ever added, the newest counts."""

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from curation.domain.errors import HarkenError
from curation.models import Message, User
from curation.services.work.audit import record_event
from feedback_mining.domain.review_order import FREELY_CHOSEN, Draw
from feedback_mining.domain.taxonomy import polarity_of
from feedback_mining.models import SignalReview


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalVerdict:
    """What a person says of a criterion in a message: `span` are the right words, where the claimed ones are not.

    The verdict `nothing` is of a whole message, and names no criterion.
    """

    verdict: str
    criterion: str = ""
    corrected_criterion: str = ""
    span: tuple[int, int] | None = None


@transaction.atomic
def record_signal_review(
    *, message: Message, reviewer: User, verdict: SignalVerdict, draw: Draw = FREELY_CHOSEN
) -> SignalReview:
    """Add a review of one criterion in one user message; pairs that are built afterwards follow it."""
    _check(message, verdict)
    start, end = verdict.span or (None, None)
    review = SignalReview(
        project_id=message.project_id,
        message=message,
        criterion=verdict.criterion,
        reviewer=reviewer,
        verdict=verdict.verdict,
        corrected_criterion=verdict.corrected_criterion,
        span_start=start,
        span_end=end,
        arm=draw.arm,
        weight=draw.weight,
        value=draw.value,
    )
    review.full_clean()
    review.save()
    record_event(
        action=f"signal.{verdict.verdict}",
        project=message.project,
        actor=reviewer,
        target=review,
        details={
            "message": str(message.uuid),
            "criterion": verdict.criterion,
            "corrected": verdict.corrected_criterion,
            "arm": draw.arm,
        },
    )
    return review


def _check(message: Message, verdict: SignalVerdict) -> None:
    if message.role != Message.Role.USER:
        raise HarkenError(_("Only what a user said can be reviewed, and this message is not a user's."))
    if message.conversation.withdrawn_at is not None:
        raise HarkenError(_("This conversation was withdrawn, so nothing of it is left to review."))
    claimed = verdict.criterion if verdict.verdict == SignalReview.Verdict.MISSED else ""
    for name in filter(None, (claimed, verdict.corrected_criterion)):
        polarity_of(name)
    if verdict.span is not None and not 0 <= verdict.span[0] < verdict.span[1] <= len(message.text):
        raise HarkenError(_("These words are not in the message. Mark them again."))
