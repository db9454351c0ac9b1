"""Have the entries of a response set answered: each once, resumable, with cost, refusals and failures on record."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from curation.domain.errors import HarkenError
from curation.models import (
    Conversation,
    Job,
    ModelEndpoint,
    ModelVersion,
    Response,
    ResponseSet,
    ResponseSetEntry,
    User,
)
from curation.queries.writing.generation import contexts_until, entry_counts
from curation.services.corpus.responses import ensure_response
from curation.services.work.jobs import JobProgress, Listener, open_job, ring_job, run_job
from curation.services.work.turns import take_turns_with_withdrawals
from curation.services.writing.asking import askable_endpoint
from language_models.chat.asking import Answered, AskableModel
from language_models.chat.contract import (
    ChatClient,
    ChatReply,
    ChatRequest,
    ChatUnavailableError,
    SamplingSettings,
)
from language_models.protocols import BudgetSpentError

PURPOSE = "generation"
# Entries whose prompts are read at once.
CHUNK_ENTRIES = 100
State = ResponseSetEntry.State

# Gives a client of a model whose weights lie here, for as long as the block runs.
LocalClient = Callable[[ModelVersion], AbstractContextManager[ChatClient]]
Entry = ResponseSetEntry


def run_generation(
    *, job_id: int, local_client: LocalClient | None = None, listener: Listener | None = None
) -> Job | None:
    """Do the work of a generation's job: ask for every entry that waits, whatever was answered before."""

    def work(progress: JobProgress) -> dict[str, Any]:
        response_set = ResponseSet.objects.select_related("project").filter(job=progress.job).first()
        if response_set is None:
            raise HarkenError(
                _(
                    "The answers of this set are asked for by a newer job. Resume that one: the set's page shows it."
                )
            )
        _Answering(response_set, progress, local_client).answer_all()
        return _summary(response_set)

    return run_job(job_id=job_id, work=work, listener=listener)


def _summary(response_set: ResponseSet) -> dict[str, Any]:
    counts = entry_counts(response_set)
    return {
        "set": str(response_set.uuid),
        "given": counts.given,
        "refused": counts.refused,
        "failed": counts.failed,
        "prompt_tokens": counts.prompt_tokens,
        "completion_tokens": counts.completion_tokens,
        "cost": None if counts.cost is None else str(counts.cost),
    }


class _Answering:
    """One pass over the waiting entries of a set, writer by writer."""

    def __init__(
        self, response_set: ResponseSet, progress: JobProgress, local_client: LocalClient | None
    ) -> None:
        self.set = response_set
        self.progress = progress
        self.local_client = local_client
        counts = entry_counts(response_set)
        self.total, self.done = counts.total, counts.total - counts.waiting
        known = ("temperature", "top_p", "max_tokens")
        self.settings = SamplingSettings(**{name: response_set.settings.get(name) for name in known})

    def answer_all(self) -> None:
        """Answer entry by entry; raises HarkenError where a writer cannot be asked any more."""
        self.progress.report(self.done, total=self.total, now=True)
        self._fail_those_without_a_writer()
        waiting = Entry.objects.filter(response_set=self.set, state=State.WAITING)
        for endpoint in ModelEndpoint.objects.filter(pk__in=waiting.values("endpoint")).order_by("id"):
            self._ask_endpoint(endpoint)
        local = waiting.filter(endpoint__isnull=True)
        for model in ModelVersion.objects.filter(pk__in=local.values("model_version")).order_by("id"):
            self._ask_local(model)
        self.progress.report(self.done, total=self.total, now=True)

    def _fail_those_without_a_writer(self) -> None:
        """Ask nobody in place of a model that was promised: its answers, and their terms, would be another's."""
        waiting = Entry.objects.filter(response_set=self.set, state=State.WAITING, endpoint__isnull=False)
        stopped = waiting.filter(endpoint__archived_at__isnull=False)
        self.done += _fail_all(stopped, _("This endpoint is not used any more, so it was not asked."))
        changed = waiting.exclude(endpoint__model_version=F("model_version"))
        sentence = _("This endpoint leads to another model now. Ask that one in a set of its own.")
        self.done += _fail_all(changed, sentence)

    def _ask_local(self, model: ModelVersion) -> None:
        if self.local_client is None:
            raise HarkenError(
                _("%(name)s lies with the training worker, so only that can ask it.") % {"name": model}
            )
        with self.local_client(model) as client:
            self._ask(AskableModel(client=client, parallel=1), model_version=model, endpoint=None)

    def _ask_endpoint(self, endpoint: ModelEndpoint) -> None:
        self._ask(askable_endpoint(endpoint=endpoint, purpose=PURPOSE), endpoint=endpoint)

    def _ask(self, askable: AskableModel, **writer: Any) -> None:
        answers = askable.ask_all(self._waiting(**writer), before_each=self._report)
        try:
            with closing(answers):
                for answered in answers:
                    self._keep(answered, askable)
                    self.done += 1
        except (BudgetSpentError, ChatUnavailableError) as error:
            raise HarkenError(str(error)) from error

    def _report(self) -> None:
        """Note how far the work is; where it was cancelled, what is under way is kept before it ends."""
        self.progress.report(self.done, total=self.total)

    def _waiting(self, **writer: Any) -> Iterator[tuple[Entry, ChatRequest]]:
        """Yield each waiting entry of a writer with what is asked; one that cannot be asked is marked so."""
        last = 0
        rows = Entry.objects.filter(response_set=self.set, state=State.WAITING, **writer)
        while chunk := list(
            rows.filter(pk__gt=last)
            .select_related("prompt", "endpoint", "model_version")
            .order_by("id")[:CHUNK_ENTRIES]
        ):
            contexts = contexts_until(entry.prompt.last_message_id for entry in chunk)
            for entry in chunk:
                messages = contexts.get(entry.prompt.last_message_id)
                if messages:
                    yield entry, self._request(entry, messages)
                else:
                    _fail(entry, _("This prompt was withdrawn, or carries attachments, which are not sent."))
                    self.done += 1
            last = chunk[-1].pk

    def _request(self, entry: Entry, messages: list[dict[str, Any]]) -> ChatRequest:
        return ChatRequest(
            messages=tuple(messages),
            settings=self.settings,
            seed=entry.seed,
            sources=(entry.prompt.conversation_id,),
        )

    def _keep(self, answered: Answered[Entry], askable: AskableModel) -> None:
        """Store one outcome in a transaction of its own, so that no later one can lose it."""
        entry, reply = answered.key, answered.reply
        if reply is None:
            _fail(entry, str(answered.error))
            return
        cost = askable.price.of_reply(reply) if entry.endpoint_id else None
        with transaction.atomic():
            take_turns_with_withdrawals(self.set.project)
            _store(entry, reply, cost, {**self.set.settings, "seed": entry.seed})


def _store(entry: Entry, reply: ChatReply, cost: Any, settings: dict[str, Any]) -> None:
    conversations = Conversation.objects.filter(pk=entry.prompt.conversation_id, withdrawn_at__isnull=True)
    if not conversations.exists():
        _fail(entry, _("The conversation was withdrawn while its answer was written, so it was not kept."))
        return
    if reply.text.strip():
        entry.response = _response(entry, reply, settings)
    entry.state = State.REFUSED if reply.is_refusal or entry.response is None else State.GIVEN
    entry.error_sentence = reply.refusal[:1000]
    entry.prompt_tokens, entry.completion_tokens, entry.cost = (
        reply.prompt_tokens,
        reply.completion_tokens,
        cost,
    )
    entry.answered_at = timezone.now()
    entry.save()


def _response(entry: Entry, reply: ChatReply, settings: dict[str, Any]) -> Response:
    response = ensure_response(
        prompt=entry.prompt,
        parts=[{"type": "text", "text": reply.text}],
        origin=Response.Origin.GENERATED,
        model_version=entry.model_version,
        source_id=f"set:{entry.response_set_id}:{entry.model_version_id}:{entry.number}",
    )
    response.generation_settings = {**settings, "finish_reason": reply.finish_reason[:40]}
    if reply.is_cached:
        response.generation_settings["is_cached"] = True
    response.save(update_fields=["generation_settings"])
    return response


def _fail_all(entries: QuerySet[Entry], sentence: str) -> int:
    return entries.update(state=State.FAILED, error_sentence=sentence, answered_at=timezone.now())


def _fail(entry: Entry, sentence: str) -> None:
    entry.state, entry.error_sentence, entry.answered_at = State.FAILED, sentence[:1000], timezone.now()
    entry.save(update_fields=["state", "error_sentence", "answered_at"])


@transaction.atomic
def ask_failed_again(*, response_set: ResponseSet, actor: User | None = None) -> int:
    """Let the failed entries of a finished set wait again, under a job of their own; returns how many."""
    locked = ResponseSet.objects.select_for_update(of=("self",)).select_related("job").get(pk=response_set.pk)
    if locked.job is None or not locked.job.is_finished:
        raise HarkenError(_("This set is still being answered. Wait for its end, or cancel it."))
    failed = Entry.objects.filter(response_set=locked, state=State.FAILED)
    count = failed.update(state=State.WAITING, error_sentence="", answered_at=None)
    if not count:
        raise HarkenError(_("No answer of this set has failed."))
    locked.job = open_job(
        project=locked.project,
        kind=locked.job.kind,
        task_name=locked.job.task_name,
        actor=actor,
        unit="answers",
    )
    locked.save(update_fields=["job"])
    ring_job(job=locked.job)
    return count
