"""Asking for candidate answers: k of each model to each prompt, as a set whose entries wait."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from curation.dispatch import RUN_GENERATION, RUN_LOCAL_GENERATION
from curation.domain.errors import HarkenError
from curation.models import (
    Message,
    ModelEndpoint,
    ModelVersion,
    Project,
    Prompt,
    ResponseSet,
    ResponseSetEntry,
    User,
)
from curation.queries.writing.generation import prompt_tokens
from curation.services.work.audit import record_event
from curation.services.work.jobs import open_job
from curation.services.writing.spending import price_of
from language_models.chat.asking import UNLIMITED_ANSWER
from language_models.chat.contract import SamplingSettings

KIND = "generation"
MAX_ANSWERS = 64
MAX_ENTRIES = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationPlan:
    """What is asked: these prompts, of these models, so many answers each, under these settings.

    `prompts` are ids of the user messages that the prompts end with. Writers are endpoints, or models whose weights
    lie here; a set has one kind, for another worker asks the other. `seed` plus the answer's number is its seed.
    """

    name: str
    prompts: Sequence[int]
    writers: Sequence[ModelEndpoint] | Sequence[ModelVersion]
    answers: int = 1
    settings: SamplingSettings = field(default_factory=SamplingSettings)
    seed: int = 7
    purpose: ResponseSet.Purpose = ResponseSet.Purpose.CURATION

    @property
    def is_local(self) -> bool:
        """Whether the weights lie here."""
        return bool(self.writers) and isinstance(self.writers[0], ModelVersion)

    @property
    def entry_count(self) -> int:
        """How many answers are wanted."""
        return len(self.prompts) * len(self.writers) * self.answers


@transaction.atomic
def open_generation(*, project: Project, plan: GenerationPlan, actor: User | None = None) -> ResponseSet:
    """Make a set with all its entries waiting, and the job that asks; `ring_job` wakes a worker for it."""
    prompts = _prompts_of(project, plan.prompts)
    _require_sensible(project, plan, prompts)
    job = open_job(
        project=project,
        kind=KIND,
        task_name=RUN_LOCAL_GENERATION if plan.is_local else RUN_GENERATION,
        actor=actor,
        unit="answers",
    )
    response_set = ResponseSet(
        project=project,
        name=plan.name,
        purpose=plan.purpose,
        settings={**plan.settings.as_json(), "seed": plan.seed},
        answers_per_prompt=plan.answers,
        job=job,
        created_by=actor,
    )
    response_set.full_clean()
    response_set.save()
    ResponseSetEntry.objects.bulk_create(_entries(response_set, plan, prompts), batch_size=1000)
    record_event(
        action="responses.asked_for",
        project=project,
        actor=actor,
        target=response_set,
        details={
            "name": plan.name,
            "answers": plan.entry_count,
            "writers": [str(each) for each in plan.writers],
        },
    )
    return response_set


def _require_sensible(project: Project, plan: GenerationPlan, prompts: Sequence[Prompt]) -> None:
    if not prompts:
        raise HarkenError(_("There is no prompt to answer. Import conversations, or choose other prompts."))
    if not plan.writers:
        raise HarkenError(_("No model is named. Add an endpoint, or choose a model that was trained here."))
    if len(set(map(_maker_of, plan.writers))) < len(plan.writers):
        raise HarkenError(
            _("Two of these endpoints reach the same model at the same host. Ask it through one of them.")
        )
    if not 1 <= plan.answers <= MAX_ANSWERS:
        raise HarkenError(_("Ask each model for 1 to %(most)s answers to a prompt.") % {"most": MAX_ANSWERS})
    if plan.entry_count > MAX_ENTRIES:
        raise HarkenError(
            _("This asks for %(count)s answers, more than the %(most)s of one set. Choose fewer prompts.")
            % {"count": plan.entry_count, "most": MAX_ENTRIES}
        )
    named = ResponseSet.objects.for_project(project).filter(name=plan.name, archived_at__isnull=True)
    if named.exists():
        raise HarkenError(
            _("There is a set named %(name)s already. Choose another name.") % {"name": plan.name}
        )


def _entries(
    response_set: ResponseSet, plan: GenerationPlan, prompts: Sequence[Prompt]
) -> Iterator[ResponseSetEntry]:
    for prompt in prompts:
        for writer in plan.writers:
            for number in range(plan.answers):
                yield ResponseSetEntry(
                    project_id=response_set.project_id,
                    response_set=response_set,
                    prompt=prompt,
                    model_version_id=_maker_of(writer),
                    endpoint=writer if isinstance(writer, ModelEndpoint) else None,
                    number=number,
                    seed=plan.seed + number,
                )


def _maker_of(writer: ModelEndpoint | ModelVersion) -> int:
    return writer.pk if isinstance(writer, ModelVersion) else writer.model_version_id or 0


def _prompts_of(project: Project, last_messages: Sequence[int]) -> list[Prompt]:
    """Return the prompts that end with these messages of the project, made where they are new."""
    found = Message.objects.for_project(project).filter(pk__in=last_messages, role=Message.Role.USER)
    known = set(Prompt.objects.filter(last_message__in=found).values_list("last_message_id", flat=True))
    Prompt.objects.bulk_create(
        Prompt(project_id=project.pk, conversation_id=message.conversation_id, last_message=message)
        for message in found.only("id", "conversation_id")
        if message.pk not in known
    )
    return list(Prompt.objects.filter(last_message__in=found).order_by("id"))


def estimated_cost(plan: GenerationPlan) -> tuple[int, Decimal | None]:
    """Return about how many tokens a plan takes, and the most it may cost; None where a price is not known.

    Each answer counts as long as it may be.
    """
    prompts, tokens = prompt_tokens(plan.prompts)
    asked = tokens * plan.answers
    written = (plan.settings.max_tokens or UNLIMITED_ANSWER) * prompts * plan.answers
    prices = [price_of(writer) for writer in plan.writers if isinstance(writer, ModelEndpoint)]
    costs = [price.of(prompt_tokens=asked, completion_tokens=written) for price in prices]
    known = [cost for cost in costs if cost is not None]
    is_whole = bool(known) and len(known) == len(plan.writers)
    return (asked + written) * len(plan.writers), sum(known, Decimal(0)) if is_whole else None
