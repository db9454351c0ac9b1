"""Collecting users' wishes as a job: by code always, and by a language model where an endpoint is named."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from curation.domain.errors import HarkenError
from curation.models import Job, Message, ModelEndpoint, Project, User
from curation.services.work.jobs import JobProgress, Listener, open_job, run_job
from curation.services.work.turns import take_turns, take_turns_with_withdrawals
from curation.services.writing.asking import askable_endpoint
from feedback_mining.dispatch import COLLECT_WISHES
from feedback_mining.domain.checklists import (
    StatedWish,
    WishReading,
    is_said_by,
    wish_questions,
    wish_version,
)
from feedback_mining.domain.constraints import constraints_in
from feedback_mining.domain.contexts import FeedbackContext, contexts_of
from feedback_mining.domain.detection import DetectorStoppedError
from feedback_mining.domain.findings import Finding
from feedback_mining.domain.questions import Part, Questions
from feedback_mining.domain.wishes import wish_from
from feedback_mining.models import ChecklistReading, Signal, UserWish
from feedback_mining.queries.checklists import Scope, conversations_to_read
from feedback_mining.queries.conversations import conversations_with_messages, withdrawn_conversation_ids
from feedback_mining.queries.signals import unrefused
from feedback_mining.queries.wishes import BY_MODEL
from feedback_mining.services.chunk_progress import ChunkProgress
from feedback_mining.services.tools import endpoint_asked
from feedback_mining.services.wishes import store_constraints
from language_models.chat.expense import Expense, scaled, spread

KIND, PURPOSE = "wishes", "wishes"
# Conversations that are asked about before what was found is stored.
CHUNK = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A conversation with what a model said of its parts; None where it gave no readable answer.

    `is_unanswered` where a request about it failed: an endpoint that is down says nothing of the conversation.
    """

    messages: Sequence[Message]
    answers: Sequence[tuple[Part, WishReading | None]]
    is_unanswered: bool

    @property
    def conversation(self) -> int:
        """The id of the conversation."""
        return self.messages[0].conversation_id

    @property
    def is_whole(self) -> bool:
        """Whether every part got an answer."""
        return all(reading is not None for _part, reading in self.answers)

    def read_messages(self) -> list[Message]:
        """Return the messages that were read, without those of parts that got no answer."""
        parts = [part for part, reading in self.answers if reading is not None]
        return [self.messages[context.index] for part in parts for context in part]

    def wishes(self) -> list[tuple[Message, StatedWish]]:
        """Return what was found, each with its message."""
        readings = [reading for _part, reading in self.answers if reading is not None]
        return [(self.messages[wish.index], wish) for reading in readings for wish in reading.wishes]


@transaction.atomic
def open_wish_collection(
    *,
    project: Project,
    endpoint: ModelEndpoint | None = None,
    scope: Scope = Scope.ALL,
    actor: User | None = None,
) -> Job:
    """Make the job of collecting wishes; raises HarkenError while another one waits or runs.

    Without an endpoint it takes constraints that code knows, and the sentences in which users state what is wrong.
    """
    take_turns("wishes", project.pk)
    under_way = Job.objects.for_project(project).filter(kind=KIND, state__in=["queued", "running"])
    if under_way.exists():
        raise HarkenError(_("Wishes are being collected already. Wait for the end, or cancel that job."))
    arguments = {"scope": str(scope), "endpoint": str(endpoint.uuid) if endpoint else ""}
    return open_job(
        project=project,
        kind=KIND,
        task_name=COLLECT_WISHES,
        actor=actor,
        arguments=arguments,
        unit="conversations",
    )


def run_wish_collection(*, job_id: int, listener: Listener | None = None) -> Job | None:
    """Do the work of a job that collects wishes; one that was stopped goes on with what is left."""

    def work(progress: JobProgress) -> dict[str, Any]:
        endpoint = endpoint_asked(progress.job)
        return _collect(progress.job.project, endpoint, Scope(progress.job.arguments["scope"]), progress)

    return run_job(job_id=job_id, work=work, listener=listener)


def price_wishes(
    *, project: Project, endpoint: ModelEndpoint, scope: Scope = Scope.ALL, sample: int | None = None
) -> dict[str, Any]:
    """Return what asking once about the unread conversations would take, without asking anyone: a dry run.

    With `sample` so many of them are read, and the rest is taken to be alike.
    """
    model = askable_endpoint(endpoint=endpoint, purpose=PURPOSE)
    questions = wish_questions(model)
    ids = conversations_to_read(project, version=wish_version(model.model), scope=scope)
    read, expected = spread(ids, most=sample), Expense()
    for _messages, contexts in _with_contexts(read):
        expected += questions.estimate(contexts)
    return {"conversations": len(ids), **scaled(expected, read=len(read), of=len(ids)).as_json()}


def _collect(
    project: Project, endpoint: ModelEndpoint | None, scope: Scope, progress: JobProgress
) -> dict[str, Any]:
    model = askable_endpoint(endpoint=endpoint, purpose=PURPOSE) if endpoint else None
    version = wish_version(model.model) if model else ""
    ids = conversations_to_read(project, version=version, scope=scope)
    report = ChunkProgress(progress, total=len(ids))
    questions = wish_questions(model, before_each=report) if model else None
    found = unread = 0
    for start in range(0, len(ids), CHUNK):
        report.begin(done=start, size=min(CHUNK, len(ids) - start), questions=CHUNK)
        chunk = list(_with_contexts(ids[start : start + CHUNK]))
        said = [messages for messages, _contexts in chunk]
        store_constraints(project, said)
        found += _store_own_words(project, said)
        if questions is not None:
            read = _ask(questions, chunk)
            found += _store(project, read, version=version)
            unread += sum(not each.is_whole for each in read)
    report.end()
    result = {"conversations": len(ids), "wishes": found, "unread": unread}
    return result | {"expense": questions.expense.as_json() if questions else {}}


def _with_contexts(ids: Sequence[int]) -> Iterator[tuple[list[Message], list[FeedbackContext]]]:
    for conversation, messages in conversations_with_messages(ids):
        contexts = contexts_of(
            messages,
            conversation=str(conversation.uuid),
            language=conversation.language,
            source=conversation.pk,
            with_openings=True,
        )
        yield messages, contexts


def _ask(
    questions: Questions[WishReading], chunk: Sequence[tuple[list[Message], list[FeedbackContext]]]
) -> list[_Read]:
    """Ask about conversations together; raises HarkenError where no more can be asked."""
    try:
        answers = questions.ask([context for _messages, contexts in chunk for context in contexts])
    except DetectorStoppedError as error:
        raise HarkenError(str(error)) from error
    about: dict[str, list[tuple[Part, WishReading | None]]] = defaultdict(list)
    for part, reading in answers:
        about[part[0].conversation].append((part, reading))
    return [
        _Read(
            messages=messages,
            answers=about[contexts[0].conversation] if contexts else [],
            is_unanswered=bool(contexts) and contexts[0].conversation in questions.unanswered,
        )
        for messages, contexts in chunk
        if messages
    ]


@transaction.atomic
def _store(project: Project, read: Sequence[_Read], *, version: str) -> int:
    """Store the wishes of conversations that stand, and how far each was read; returns how many wishes.

    Those that an earlier reading found give way; what a person edited or removed stays, and its words are not read
    again.
    """
    take_turns_with_withdrawals(project)
    withdrawn = withdrawn_conversation_ids(each.conversation for each in read)
    standing = [each for each in read if each.conversation not in withdrawn]
    messages = [message.pk for each in standing for message in each.read_messages()]
    wishes = UserWish.objects.for_project(project).filter(message__in=messages)
    wishes.filter(detector=BY_MODEL, edited_at__isnull=True, removed_at__isnull=True).delete()
    touched: dict[int, list[UserWish]] = defaultdict(list)
    for wish in wishes.filter(edited_at__isnull=False):
        touched[wish.message_id].append(wish)
    rows = [row for each in standing for row in _rows(project, each.wishes(), touched)]
    UserWish.objects.bulk_create(rows)
    for each in standing:
        _note(project, each, version)
    return len(rows)


def _rows(
    project: Project, found: Sequence[tuple[Message, StatedWish]], touched: dict[int, list[UserWish]]
) -> list[UserWish]:
    rows: list[UserWish] = []
    taken: dict[int, int] = {
        message: 1 + max((wish.number for wish in wishes if wish.detector == BY_MODEL), default=-1)
        for message, wishes in touched.items()
    }
    for message, wish in found:
        if is_said_by(wish.span, [(each.span_start, each.span_end) for each in touched.get(message.pk, ())]):
            continue
        number = taken.get(message.pk, 0)
        taken[message.pk] = number + 1
        rows.append(_row(project, message, wish, number))
    return rows


def _row(project: Project, message: Message, wish: StatedWish, number: int) -> UserWish:
    """Return the row of a wish; code checks it where the user's own words are such that code can."""
    constraint = next(iter(constraints_in(message.text[wish.start : wish.end])), None)
    return UserWish(
        project_id=project.pk,
        message=message,
        detector=BY_MODEL,
        number=number,
        text=wish.text,
        span_start=wish.start,
        span_end=wish.end,
        constraint=constraint.kind if constraint else "",
        settings=dict(constraint.settings) if constraint else {},
    )


def _note(project: Project, read: _Read, version: str) -> None:
    """Note how far a conversation was read, or that it could not be; of a request that failed nothing is noted."""
    if not read.is_whole and read.is_unanswered:
        return
    row, _made = ChecklistReading.objects.get_or_create(
        project=project, conversation_id=read.conversation, version=version
    )
    newest = max(message.pk for message in read.messages)
    if read.is_whole:
        ChecklistReading.objects.filter(pk=row.pk).update(
            through_message_id=newest, failures=0, failed_at_message_id=None
        )
        return
    failures = row.failures + 1 if row.failed_at_message_id == newest else 1
    ChecklistReading.objects.filter(pk=row.pk).update(failures=failures, failed_at_message_id=newest)


@transaction.atomic
def _store_own_words(project: Project, conversations: Sequence[Sequence[Message]]) -> int:
    """Store of complaints the sentence that says what is wanted; returns how many such sentences are new."""
    take_turns_with_withdrawals(project)
    said = {message.pk: message for messages in conversations for message in messages}
    withdrawn = withdrawn_conversation_ids(message.conversation_id for message in said.values())
    rows = []
    for (message, detector), findings in _complaints(project, said).items():
        words = _sentence(said[message], findings)
        if words and said[message].conversation_id not in withdrawn:
            rows.append(_own_row(project, said[message], detector, words))
    known = set(
        UserWish.objects.filter(message__in=said).values_list("message", "detector").order_by().distinct()
    )
    fresh = [row for row in rows if (row.message_id, row.detector) not in known]
    UserWish.objects.bulk_create(fresh, ignore_conflicts=True)
    return len(fresh)


def _complaints(project: Project, said: dict[int, Message]) -> dict[tuple[int, str], list[Finding]]:
    signals = unrefused(Signal.objects.for_project(project).current())
    found: dict[tuple[int, str], list[Finding]] = defaultdict(list)
    for signal in signals.filter(message__in=said, polarity=Signal.Polarity.DSAT).order_by("id"):
        finding = Finding(signal.criterion, signal.probability, signal.span_start, signal.span_end)
        found[(signal.message_id, signal.detector)].append(finding)
    return found


def _sentence(message: Message, findings: Sequence[Finding]) -> str:
    surest = max(findings, key=lambda finding: finding.probability)
    return wish_from(message.text, span=(surest.start, surest.end), findings=findings)


def _own_row(project: Project, message: Message, detector: str, words: str) -> UserWish:
    start = max(0, message.text.find(words))
    return UserWish(
        project_id=project.pk,
        message=message,
        detector=detector,
        text=words,
        span_start=start,
        span_end=start + len(words),
    )
