"""Mining runs: a detector's pass over the user messages that it has not seen."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from curation.domain.errors import JobLostError
from curation.domain.work.job_states import JobState
from curation.models import Job, Message, ModelEndpoint, Project, User
from curation.services.work.jobs import JobProgress, Listener, open_job, run_job
from curation.services.work.turns import take_turns, take_turns_with_withdrawals
from feedback_mining.dispatch import MINE_FEEDBACK
from feedback_mining.domain.contexts import FeedbackContext, contexts_of
from feedback_mining.domain.detection import Detector
from feedback_mining.domain.findings import SIGNAL_THRESHOLD
from feedback_mining.domain.questions import TIMES_ASKED
from feedback_mining.models import MiningRun, Signal
from feedback_mining.queries.conversations import (
    conversations_with_messages,
    first_message_ids,
    newest_message_id,
    unread_conversation_ids,
    user_message_count,
    withdrawn_conversation_ids,
)
from feedback_mining.queries.reports import speaking_of
from feedback_mining.services.detecting import BATCH_MESSAGES, detect, unknown_languages
from feedback_mining.services.readings import Reading, store_readings
from feedback_mining.services.run_checks import require_alone, require_same_version
from feedback_mining.services.tools import asks_a_model, detector_of
from feedback_mining.services.wishes import find_constraints
from language_models.chat.expense import Expense

# What so many runs could not read is left unread, else each run would read again all that came after it.
_TRIES = 3
# A user message, the response before it, and what the detector sees of both.
Unread = tuple[Message, Message, FeedbackContext]


@transaction.atomic
def open_mining(
    *, project: Project, detector: str, endpoint: ModelEndpoint | None = None, actor: User | None = None
) -> Job:
    """Make the job and the run of a detector's pass; only messages that this version has not seen are read.

    `endpoint` is whom a detector asks that asks a language model. Raises HarkenError while a run of the detector waits
    or reads.
    """
    plugin = detector_of(detector, project=project, endpoint=endpoint)
    take_turns("mining", project.pk)
    require_alone(project, detector=plugin.name, states={JobState.QUEUED, JobState.RUNNING})
    job = open_job(project=project, kind="mining", task_name=MINE_FEEDBACK, actor=actor, unit="messages")
    MiningRun.objects.create(
        project=project,
        job=job,
        detector=plugin.name,
        detector_version=plugin.version,
        threshold=SIGNAL_THRESHOLD,
        endpoint=endpoint if asks_a_model(detector) else None,
        created_by=actor,
    )
    return job


def run_mining(*, job_id: int, listener: Listener | None = None) -> Job | None:
    """Do the work of a mining job."""

    def work(progress: JobProgress) -> dict[str, Any]:
        return _mine(progress.job.mining_run, progress)

    return run_job(job_id=job_id, work=work, listener=listener)


def _mine(run: MiningRun, progress: JobProgress) -> dict[str, Any]:
    # Looked at before each question too: a batch may take half an hour of them.
    detector = detector_of(
        run.detector,
        project=run.project,
        endpoint=run.endpoint,
        before_each=lambda: progress.report(run.message_count),
    )
    require_alone(run.project, detector=run.detector, states={JobState.RUNNING}, but=run)
    _begin(run, version=detector.version)
    # All that it reads, whether or not a part was read before it was stopped: a resumed run says what one in a go says.
    total = user_message_count(run.project, after_message_id=run.after_message_id)
    progress.report(run.message_count, total=total, now=True)
    _read_all(run, detector, progress, total=total)
    find_constraints(
        run.project,
        after_message_id=run.after_message_id,
        before_each=lambda: progress.report(run.message_count, total=total),
    )
    _close(run, read=total)
    progress.report(total, total=total, now=True)
    return _summary(run)


def _read_all(run: MiningRun, detector: Detector, progress: JobProgress, *, total: int) -> None:
    """Read and store batch by batch; what was spent is noted too where the run is stopped within one."""
    spent = Expense.from_json(run.expense)
    try:
        for batch in _batches(_contexts(run)):
            readings = _read(detector, batch)
            unknown = unknown_languages(detector, [context for _, _, context in batch])
            _store(run, batch, readings, detector=detector, expense=spent + unknown + detector.expense)
            spent += unknown
            progress.report(run.message_count, total=total)
    except JobLostError:
        raise  # another worker has the run, and counts from what it found
    except BaseException:
        run.expense = (spent + detector.expense).as_json()
        run.save(update_fields=["expense"])
        raise


def _begin(run: MiningRun, *, version: str) -> None:
    """Fix what the run reads, and by which version; one that stored something goes on where it was stopped."""
    if run.done_through:
        require_same_version(run, version=version)
        return
    run.detector_version = version
    run.after_message_id, run.last_message_id = _last_seen(run), newest_message_id(run.project)
    run.save(update_fields=["detector_version", "after_message_id", "last_message_id"])


def _last_seen(run: MiningRun) -> int:
    """Return where the newest finished run of this very detector version stopped.

    It is 0 where another version has read since: what that one found is to give way again.
    """
    earlier = MiningRun.objects.for_project(run.project).filter(detector=run.detector)
    newest = earlier.filter(done_through__gt=0).order_by("-id").first()
    if newest is not None and newest.detector_version != run.detector_version:
        return 0
    finished = earlier.filter(detector_version=run.detector_version, finished_at__isnull=False)
    return finished.order_by("-last_message_id").values_list("last_message_id", flat=True).first() or 0


def _contexts(run: MiningRun) -> Iterator[Unread]:
    """Yield (user message, the response before it, what the detector sees) for every unread user message."""
    ids = unread_conversation_ids(
        run.project, after_message_id=run.after_message_id, after_conversation_id=run.done_through
    )
    for conversation, messages in conversations_with_messages(ids):
        contexts = contexts_of(
            messages,
            conversation=str(conversation.uuid),
            language=conversation.language,
            source=conversation.pk,
        )
        for context in contexts:
            message = messages[context.index]
            if message.pk > run.after_message_id:
                yield message, messages[context.response_index], context


def _batches(contexts: Iterable[Unread]) -> Iterator[list[Unread]]:
    """Yield whole conversations together, some hundred messages at once: detectors read them as such."""
    batch: list[Unread] = []
    for unread in contexts:
        if len(batch) >= BATCH_MESSAGES and unread[2].conversation != batch[-1][2].conversation:
            yield batch
            batch = []
        batch.append(unread)
    if batch:
        yield batch


def _read(detector: Detector, batch: Sequence[Unread]) -> list[Reading]:
    """Return what was found; a message that could not be read is not among it."""
    found = detect(detector, [context for _, _, context in batch])
    return [
        Reading(message=message, response=response, context=context, findings=findings)
        for (message, response, context), findings in zip(batch, found, strict=True)
        if findings is not None
    ]


@transaction.atomic
def _store(
    run: MiningRun,
    batch: Sequence[Unread],
    readings: Sequence[Reading],
    *,
    detector: Detector,
    expense: Expense,
) -> None:
    """Store what a batch gave, and how far the run has come; what was withdrawn while it was read gives nothing."""
    take_turns_with_withdrawals(run.project)
    withdrawn = withdrawn_conversation_ids(reading.message.conversation_id for reading in readings)
    kept = [reading for reading in readings if reading.message.conversation_id not in withdrawn]
    store_readings(run, readings=kept, detector=detector)
    _note_progress(run, batch, readings, expense=expense)


def _note_progress(
    run: MiningRun, batch: Sequence[Unread], readings: Sequence[Reading], *, expense: Expense
) -> None:
    """Note how far the run has come, and from where the next one reads again what could not be read.

    It reads whole conversations again, for some detectors judge them as such.
    """
    read = {reading.message.pk for reading in readings}
    unread = {message.conversation_id for message, _response, _context in batch if message.pk not in read}
    begins = first_message_ids(unread - _given_up(run, unread))
    run.message_count += len(batch)
    run.done_through = max(run.done_through, batch[-1][0].conversation_id)
    run.last_message_id = min([run.last_message_id, *(pk - 1 for pk in begins)])
    run.expense = expense.as_json()
    run.save(update_fields=["message_count", "done_through", "last_message_id", "expense"])


def _given_up(run: MiningRun, conversations: Collection[int]) -> set[int]:
    """Return those of these conversations that enough runs of this version tried in vain, this one included."""
    if not conversations:
        return set()
    earlier = MiningRun.objects.for_project(run.project).filter(
        detector=run.detector, detector_version=run.detector_version, finished_at__isnull=False
    )
    # A run that began no later than this one read every conversation that it came past.
    tries = list(
        earlier.filter(after_message_id__lte=run.after_message_id).values_list("done_through", flat=True)
    )
    return {pk for pk in conversations if sum(done >= pk for done in tries) >= _TRIES - 1}


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
        "expense": run.expense,
        # Copied with the run, so that dataset cards below can say who spoke at all.
        "speaking": speaking_of(run.project, detector=run.detector).as_json(),
    }


def price_mining(*, project: Project, detector: str, endpoint: ModelEndpoint | None = None) -> dict[str, Any]:
    """Return what a run would read and about what it would take, without asking anyone: a dry run.

    `cost_at_most` is what it takes where every question has to be asked again.
    """
    built = detector_of(detector, project=project, endpoint=endpoint)
    run = MiningRun(project=project, detector=built.name, detector_version=built.version)
    run.after_message_id = _last_seen(run)
    expected, count = Expense(), 0
    for batch in _batches(_contexts(run)):
        expected += built.estimate([context for _, _, context in batch])
        count += len(batch)
    at_most = None if expected.cost is None else str(expected.cost * TIMES_ASKED)
    return {
        "user_messages": count,
        "detector": built.name,
        "version": built.version,
        **expected.as_json(),
        "cost_at_most": at_most,
    }
