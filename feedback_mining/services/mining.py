"""Mining runs: a detector's pass over the user messages that it has not seen."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from curation.domain.errors import HarkenError
from curation.models import Job, Message, Project, Scorer, User
from curation.services.jobs import JobProgress, Listener, open_job, run_job
from curation.services.preferences import publish_scorer, publish_scores
from curation.services.turns import take_turns_with_withdrawals
from feedback_mining.detectors import build_detector
from feedback_mining.dispatch import MINE_FEEDBACK
from feedback_mining.domain.contexts import FeedbackContext, contexts_of
from feedback_mining.domain.detection import Detector, DetectorTools, MissingToolError
from feedback_mining.domain.findings import (
    SIGNAL_THRESHOLD,
    Finding,
    confident_findings,
    dsat_probability,
    sat_probability,
)
from feedback_mining.domain.taxonomy import TAXONOMY_VERSION, Polarity, polarity_of
from feedback_mining.domain.wishes import wish_from
from feedback_mining.models import MiningRun, Signal, UserWish
from feedback_mining.queries.conversations import (
    conversations_with_messages,
    newest_message_id,
    unread_conversation_ids,
    user_message_count,
    withdrawn_conversation_ids,
)
from language_models.embedders.client import SocketEmbedder
from language_models.embedders.contract import EmbedderUnavailableError

BATCH_MESSAGES = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A user message as the detector saw it, with what it found there."""

    message: Message
    response: Message
    context: FeedbackContext
    findings: list[Finding]

    @property
    def signals(self) -> list[Finding]:
        """The findings that are sure enough to be shown."""
        return confident_findings(self.findings, threshold=SIGNAL_THRESHOLD)


@transaction.atomic
def open_mining(*, project: Project, detector: str, actor: User | None = None) -> Job:
    """Make the job and the run of a detector's pass; only messages that this version has not seen are read."""
    plugin = detector_of(detector)
    job = open_job(project=project, kind="mining", task_name=MINE_FEEDBACK, actor=actor, unit="messages")
    MiningRun.objects.create(
        project=project,
        job=job,
        detector=plugin.name,
        detector_version=plugin.version,
        threshold=SIGNAL_THRESHOLD,
        created_by=actor,
    )
    return job


def detector_of(name: str) -> Detector:
    """Return the detector of this name with the tools it needs; raises HarkenError in a sentence."""
    try:
        return build_detector(
            name, tools=DetectorTools(embedder=SocketEmbedder(settings.HARKEN_EMBEDDER_SOCKET))
        )
    except MissingToolError as error:
        raise HarkenError(str(error)) from error


def run_mining(*, job_id: int, listener: Listener | None = None) -> Job | None:
    """Do the work of a mining job."""

    def work(progress: JobProgress) -> dict[str, Any]:
        return _mine(progress.job.mining_run, progress)

    return run_job(job_id=job_id, work=work, listener=listener)


def _mine(run: MiningRun, progress: JobProgress) -> dict[str, Any]:
    detector = detector_of(run.detector)
    _begin(run)
    left = user_message_count(
        run.project, after_message_id=run.after_message_id, after_conversation_id=run.done_through
    )
    total = run.message_count + left
    progress.report(run.message_count, total=total, now=True)
    for batch in _batches(_contexts(run)):
        _store(run, _read(detector, batch))
        progress.report(run.message_count, total=total)
    _close(run, read=total)
    progress.report(total, total=total, now=True)
    return _summary(run)


def _begin(run: MiningRun) -> None:
    """Fix what the run reads, unless it was begun before: then it goes on where it was stopped."""
    if run.last_message_id:
        return
    run.after_message_id, run.last_message_id = _last_seen(run), newest_message_id(run.project)
    run.save(update_fields=["after_message_id", "last_message_id"])


def _last_seen(run: MiningRun) -> int:
    """Return where the newest finished run of this very detector version stopped."""
    earlier = MiningRun.objects.for_project(run.project).filter(
        detector=run.detector, detector_version=run.detector_version, finished_at__isnull=False
    )
    return earlier.order_by("-last_message_id").values_list("last_message_id", flat=True).first() or 0


def _contexts(run: MiningRun) -> Iterator[tuple[Message, Message, FeedbackContext]]:
    """Yield (user message, the response before it, what the detector sees) for every unread user message."""
    ids = unread_conversation_ids(
        run.project, after_message_id=run.after_message_id, after_conversation_id=run.done_through
    )
    for conversation, messages in conversations_with_messages(ids):
        contexts = contexts_of(messages, conversation=str(conversation.uuid), language=conversation.language)
        for context in contexts:
            message = messages[context.index]
            if message.pk > run.after_message_id:
                yield message, messages[context.response_index], context


def _batches(
    contexts: Iterable[tuple[Message, Message, FeedbackContext]],
) -> Iterator[list[tuple[Message, Message, FeedbackContext]]]:
    iterator = iter(contexts)
    while batch := list(islice(iterator, BATCH_MESSAGES)):
        yield batch


def _read(detector: Detector, batch: Sequence[tuple[Message, Message, FeedbackContext]]) -> list[Reading]:
    found = detect(detector, [context for _, _, context in batch])
    return [
        Reading(message=message, response=response, context=context, findings=findings)
        for (message, response, context), findings in zip(batch, found, strict=True)
    ]


def detect(detector: Detector, contexts: Sequence[FeedbackContext]) -> list[list[Finding]]:
    """Return what a detector finds in each context; a tool of its that does not answer is said in a sentence."""
    try:
        return detector.detect(contexts)
    except EmbedderUnavailableError as error:
        raise HarkenError(str(error)) from error


@transaction.atomic
def _store(run: MiningRun, readings: Sequence[Reading]) -> None:
    """Store what a batch gave, and how far the run has come.

    What this version found before gives way, what earlier versions found is kept and no longer current; wishes of
    this detector give way but for those that a person edited or removed. A conversation that was withdrawn while
    it was read gives nothing.
    """
    take_turns_with_withdrawals(run.project)
    withdrawn = withdrawn_conversation_ids(reading.message.conversation_id for reading in readings)
    kept = [reading for reading in readings if reading.message.conversation_id not in withdrawn]
    messages = [reading.message.pk for reading in kept]
    earlier = Signal.objects.for_project(run.project).filter(detector=run.detector, message__in=messages)
    earlier.filter(detector_version=run.detector_version).delete()
    earlier.filter(is_current=True).update(is_current=False)
    wishes = UserWish.objects.for_project(run.project).filter(detector=run.detector, message__in=messages)
    wishes.filter(edited_at__isnull=True, removed_at__isnull=True).delete()
    Signal.objects.bulk_create(_signal_rows(run, kept))
    UserWish.objects.bulk_create(_wish_rows(run, kept), ignore_conflicts=True)
    _publish_scores(run, kept)
    _note_progress(run, readings)


def _note_progress(run: MiningRun, readings: Sequence[Reading]) -> None:
    """Note how far the run has come: the last conversation of a batch may go on in the next one."""
    run.message_count += len(readings)
    run.done_through = max(run.done_through, readings[-1].message.conversation_id - 1)
    run.save(update_fields=["message_count", "done_through"])


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
    return [
        UserWish(project_id=run.project_id, message=message, detector=run.detector, text=text)
        for message, text in wishes
        if text
    ]


def _wish(reading: Reading) -> str:
    complaints = [finding for finding in reading.signals if polarity_of(finding.criterion) is Polarity.DSAT]
    if not complaints:
        return ""
    surest = max(complaints, key=lambda finding: finding.probability)
    return wish_from(reading.context.text, span=(surest.start, surest.end), findings=complaints)


def _publish_scores(run: MiningRun, readings: Sequence[Reading]) -> None:
    for polarity, probability in (("sat", sat_probability), ("dsat", dsat_probability)):
        scorer = publish_scorer(
            project=run.project,
            name=f"{run.detector}: {polarity}",
            version=run.detector_version,
            kind=Scorer.Kind.DETECTOR,
            specification={
                "detector": run.detector,
                "threshold": run.threshold,
                "taxonomy": TAXONOMY_VERSION,
            },
        )
        values = {reading.message.pk: probability(reading.findings) for reading in readings}
        publish_scores(scorer=scorer, target="message", values=values)


def _close(run: MiningRun, *, read: int) -> None:
    run.message_count, run.finished_at = read, timezone.now()
    run.signal_count = run.signals.count()
    run.save(update_fields=["message_count", "finished_at", "signal_count"])


def _summary(run: MiningRun) -> dict[str, Any]:
    signals = run.signals.all()
    return {
        "user_messages": run.message_count,
        "signals": run.signal_count,
        "sat": signals.filter(polarity=Signal.Polarity.SAT).count(),
        "dsat": signals.filter(polarity=Signal.Polarity.DSAT).count(),
        "detector": run.detector,
        "version": run.detector_version,
    }
