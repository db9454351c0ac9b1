"""What a detector read of messages, stored: signals, wishes in the users' words, and scores."""

from collections.abc import Sequence
from dataclasses import dataclass

from curation.models import Message, Scorer
from curation.services.corpus.preferences import publish_scorer, publish_scores
from feedback_mining.domain.contexts import FeedbackContext
from feedback_mining.domain.detection import Detector, ScoresConversations
from feedback_mining.domain.findings import (
    SIGNAL_THRESHOLD,
    Finding,
    dsat_probability,
    evident_findings,
    sat_probability,
)
from feedback_mining.domain.taxonomy import Polarity, polarity_of
from feedback_mining.domain.wishes import wish_from
from feedback_mining.models import MiningRun, Signal, UserWish
from feedback_mining.queries.conversations import begun_conversation_ids
from feedback_mining.queries.learning import taxonomy_version


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A user message as the detector saw it, with what it found there."""

    message: Message
    response: Message
    context: FeedbackContext
    findings: list[Finding]

    @property
    def signals(self) -> list[Finding]:
        """The findings that are sure enough to be shown, one for each polarity that is."""
        return evident_findings(self.findings, threshold=SIGNAL_THRESHOLD)


def store_readings(run: MiningRun, *, readings: Sequence[Reading], detector: Detector) -> None:
    """Store what was found, in the caller's transaction.

    What this version found before gives way, what earlier versions found is kept and no longer current; wishes of
    this detector give way but for those that a person edited or removed.
    """
    messages = [reading.message.pk for reading in readings]
    earlier = Signal.objects.for_project(run.project).filter(detector=run.detector, message__in=messages)
    earlier.filter(detector_version=run.detector_version).delete()
    earlier.filter(is_current=True).update(is_current=False)
    wishes = UserWish.objects.for_project(run.project).filter(detector=run.detector, message__in=messages)
    wishes.filter(edited_at__isnull=True, removed_at__isnull=True).delete()
    Signal.objects.bulk_create(_signal_rows(run, readings))
    UserWish.objects.bulk_create(_wish_rows(run, readings), ignore_conflicts=True)
    _publish_scores(run, readings)
    _publish_satisfaction(run, readings, detector)


def _signal_rows(run: MiningRun, readings: Sequence[Reading]) -> list[Signal]:
    return [
        Signal(
            project_id=run.project_id,
            run=run,
            message=reading.message,
            response_message=reading.response,
            detector=run.detector,
            detector_version=run.detector_version,
            criterion=finding.criterion,
            polarity=polarity_of(finding.criterion).value,
            probability=finding.probability,
            span_start=finding.start,
            span_end=finding.end,
        )
        for reading in readings
        for finding in reading.signals
    ]


def _wish_rows(run: MiningRun, readings: Sequence[Reading]) -> list[UserWish]:
    wishes = ((reading.message, _wish(reading)) for reading in readings)
    return [_wish_row(run, message, text) for message, text in wishes if text]


def _wish_row(run: MiningRun, message: Message, text: str) -> UserWish:
    start = max(0, message.text.find(text))
    return UserWish(
        project_id=run.project_id,
        message=message,
        detector=run.detector,
        text=text,
        span_start=start,
        span_end=start + len(text),
    )


def _wish(reading: Reading) -> str:
    complaints = [finding for finding in reading.signals if polarity_of(finding.criterion) is Polarity.DSAT]
    if not complaints:
        return ""
    surest = max(complaints, key=lambda finding: finding.probability)
    return wish_from(reading.context.text, span=(surest.start, surest.end), findings=complaints)


def _publish_scores(run: MiningRun, readings: Sequence[Reading]) -> None:
    for polarity, probability in (("sat", sat_probability), ("dsat", dsat_probability)):
        scorer = _scorer(run, polarity, threshold=run.threshold)
        values = {reading.message.pk: probability(reading.findings) for reading in readings}
        publish_scores(scorer=scorer, target="message", values=values)


def _publish_satisfaction(run: MiningRun, readings: Sequence[Reading], detector: Detector) -> None:
    """Publish what a rubric says of the conversations that were read from their beginning."""
    if not isinstance(detector, ScoresConversations) or not readings:
        return
    satisfaction = detector.satisfaction
    conversations = {reading.message.conversation_id: reading.context.conversation for reading in readings}
    begun = begun_conversation_ids(conversations, before_message_id=run.after_message_id)
    values = {
        pk: satisfaction[name].score
        for pk, name in conversations.items()
        if name in satisfaction and pk not in begun
    }
    publish_scores(scorer=_scorer(run, "satisfaction"), target="conversation", values=values)


def _scorer(run: MiningRun, measure: str, **specification: float) -> Scorer:
    """Return the scorer of what this version of the detector measures."""
    return publish_scorer(
        project=run.project,
        name=f"{run.detector}: {measure}",
        version=run.detector_version,
        kind=Scorer.Kind.DETECTOR,
        specification={
            "detector": run.detector,
            **specification,
            "taxonomy": taxonomy_version(run.project),
        },
    )
