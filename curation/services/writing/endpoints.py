"""Model endpoints: where a model is reached, under which key, at which price."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from curation.models import ModelEndpoint, ModelVersion, User
from curation.services.work.audit import record_event
from curation.services.writing.addresses import EndpointError, place_of, require_allowed
from curation.services.writing.endpoint_keys import key_of, require_readable, seal_key
from curation.services.writing.spending import EndpointMeter, price_of
from language_models.chat.asking import AskableModel
from language_models.chat.contract import ChatError, ChatReply, ChatRequest, SamplingSettings
from language_models.chat.openai_client import OpenAIChatClient
from language_models.protocols import BudgetSpentError

# Whoever tries an endpoint waits for it in the browser.
TRIAL_SECONDS = 20.0
TRIAL = ChatRequest(
    messages=({"role": "user", "content": "Answer with the one word: ready"},),
    settings=SamplingSettings(temperature=0.0, max_tokens=20),
)


@transaction.atomic
def save_endpoint(*, endpoint: ModelEndpoint, actor: User | None = None, new_key: str = "") -> ModelEndpoint:
    """Store a new or a changed endpoint, with the model that what it writes is credited to.

    `new_key` is stored encrypted in place of the one that is stored; without it that one is kept.
    """
    require_allowed(base_url=endpoint.base_url, key_variable=endpoint.key_variable)
    _require_free_name(endpoint)
    if new_key:
        endpoint.sealed_key = seal_key(endpoint, key=new_key)
    elif endpoint.sealed_key:
        require_readable(endpoint)
    is_new = endpoint.pk is None
    # What two hosts call by one name need not be one model, nor stand under the same terms.
    endpoint.model_version, _made = ModelVersion.objects.get_or_create(
        project=endpoint.project,
        name=endpoint.model,
        kind=ModelVersion.Kind.ENDPOINT,
        revision=place_of(endpoint.base_url)[:120],
    )
    endpoint.full_clean()
    endpoint.save()
    record_event(
        action="endpoint.added" if is_new else "endpoint.changed",
        project=endpoint.project,
        actor=actor,
        target=endpoint,
        details={
            "name": endpoint.name,
            "address": endpoint.base_url,
            "model": endpoint.model,
            "key": endpoint.key_source,
            "has_new_key": bool(new_key),
        },
    )
    return endpoint


@transaction.atomic
def archive_endpoint(*, endpoint: ModelEndpoint, actor: User) -> None:
    """Take an endpoint out of use, and forget its stored key; what it wrote and what it cost stays."""
    endpoint.archived_at, endpoint.sealed_key = timezone.now(), ""
    endpoint.save(update_fields=["archived_at", "sealed_key"])
    record_event(action="endpoint.archived", project=endpoint.project, actor=actor, target=endpoint)


@transaction.atomic
def set_terms(*, model: ModelVersion, terms: str, commercial_use: str, actor: User) -> None:
    """Say under which terms a model's texts stand; new versions of datasets carry them."""
    model.terms, model.commercial_use = terms, commercial_use
    model.full_clean(exclude=["trained_on"])
    model.save(update_fields=["terms", "commercial_use"])
    details = {"name": model.name, "terms": terms, "commercial_use": commercial_use}
    record_event(action="model.terms_set", project=model.project, actor=actor, target=model, details=details)


def _require_free_name(endpoint: ModelEndpoint) -> None:
    others = ModelEndpoint.objects.for_project(endpoint.project).exclude(pk=endpoint.pk)
    if others.filter(name=endpoint.name, archived_at__isnull=True).exists():
        raise EndpointError(
            _("There is an endpoint named %(name)s already. Choose another name, or change that one.")
            % {"name": endpoint.name}
        )


def client_of(endpoint: ModelEndpoint, **options: Any) -> OpenAIChatClient:
    """Return a client of the endpoint, with options of the client's.

    Raises EndpointError where it may not be asked, or its key is not to be had.
    """
    if endpoint.archived_at is not None:
        raise EndpointError(_("The endpoint %(name)s is not used any more.") % {"name": endpoint.name})
    require_allowed(base_url=endpoint.base_url, key_variable=endpoint.key_variable)
    key = key_of(endpoint)
    return OpenAIChatClient(base_url=endpoint.base_url, model=endpoint.model, key=key, **options)


def try_endpoint(*, endpoint: ModelEndpoint) -> ChatReply:
    """Ask one short question that holds nothing of the project; it counts into the budget as any other.

    Raises EndpointError with what went wrong.
    """
    asked = AskableModel(
        client=client_of(endpoint, retries=0, timeout=TRIAL_SECONDS),
        address=endpoint.base_url,
        model=endpoint.model,
        price=price_of(endpoint),
        meter=EndpointMeter(endpoint, purpose="trial"),
    )
    try:
        (answered,) = asked.ask_all([(None, TRIAL)])
    except (ChatError, BudgetSpentError) as error:
        raise EndpointError(str(error)) from error
    if answered.reply is None:
        raise EndpointError(str(answered.error))
    return answered.reply
