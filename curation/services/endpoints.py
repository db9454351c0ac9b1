"""Model endpoints: where a model is reached, under which key, at which price."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from curation.domain.errors import HarkenError
from curation.models import ModelEndpoint, ModelVersion, User
from curation.services.audit import record_event
from language_models.chat.contract import ChatError, ChatReply, ChatRequest, SamplingSettings
from language_models.chat.openai_client import OpenAIChatClient

KEY_PREFIX = "HARKEN_MODEL_KEY_"
TRIAL = ChatRequest(
    messages=({"role": "user", "content": "Answer with the one word: ready"},),
    settings=SamplingSettings(temperature=0.0, max_tokens=20),
)


class EndpointError(HarkenError):
    """An endpoint that cannot be used as it is described."""


@transaction.atomic
def save_endpoint(*, endpoint: ModelEndpoint, actor: User | None = None) -> ModelEndpoint:
    """Store a new or a changed endpoint, with the model that what it writes is credited to."""
    require_allowed(base_url=endpoint.base_url, key_variable=endpoint.key_variable)
    is_new = endpoint.pk is None
    endpoint.model_version, _made = ModelVersion.objects.get_or_create(
        project=endpoint.project, name=endpoint.model, kind=ModelVersion.Kind.ENDPOINT, revision=""
    )
    endpoint.full_clean()
    endpoint.save()
    record_event(
        action="endpoint.added" if is_new else "endpoint.changed",
        project=endpoint.project,
        actor=actor,
        target=endpoint,
        details={"name": endpoint.name, "address": endpoint.base_url, "model": endpoint.model},
    )
    return endpoint


@transaction.atomic
def archive_endpoint(*, endpoint: ModelEndpoint, actor: User) -> None:
    """Take an endpoint out of use; what it wrote and what it cost stays."""
    endpoint.archived_at = timezone.now()
    endpoint.save(update_fields=["archived_at"])
    record_event(action="endpoint.archived", project=endpoint.project, actor=actor, target=endpoint)


@transaction.atomic
def set_terms(*, model: ModelVersion, terms: str, commercial_use: str, actor: User) -> None:
    """Say under which terms a model's texts stand; new versions of datasets carry them."""
    model.terms, model.commercial_use = terms, commercial_use
    model.full_clean(exclude=["trained_on"])
    model.save(update_fields=["terms", "commercial_use"])
    details = {"name": model.name, "terms": terms, "commercial_use": commercial_use}
    record_event(action="model.terms_set", project=model.project, actor=actor, target=model, details=details)


def require_allowed(*, base_url: str, key_variable: str = "") -> None:
    """Raise EndpointError for an address that conversations may not go to, or a key that is not an endpoint's."""
    address = _parts_of(base_url)
    if address.scheme not in ("http", "https") or not address.hostname or address.username:
        raise EndpointError(
            _("An address begins with http:// or https:// and a host, and holds no password.")
        )
    if address.hostname not in settings.HARKEN_MODEL_HOSTS:
        raise EndpointError(
            _(
                "Texts may not be sent to %(host)s. Whoever runs this installation can allow it: add it to "
                "HARKEN_MODEL_HOSTS."
            )
            % {"host": address.hostname}
        )
    if key_variable and not key_variable.startswith(KEY_PREFIX):
        raise EndpointError(_("A variable that holds an endpoint's key begins with %s.") % KEY_PREFIX)


def client_of(endpoint: ModelEndpoint) -> OpenAIChatClient:
    """Return a client of the endpoint; raises EndpointError where it may not be asked, or its key is not set."""
    require_allowed(base_url=endpoint.base_url, key_variable=endpoint.key_variable)
    key = settings.HARKEN_MODEL_KEYS.get(endpoint.key_variable, "")
    if endpoint.key_variable and not key:
        raise EndpointError(
            _("The variable %(name)s is not set where this runs. Set it for the web and the worker process.")
            % {"name": endpoint.key_variable}
        )
    return OpenAIChatClient(base_url=endpoint.base_url, model=endpoint.model, key=key)


def try_endpoint(*, endpoint: ModelEndpoint) -> ChatReply:
    """Ask one short question that holds nothing of the project; raises EndpointError with what went wrong."""
    try:
        return client_of(endpoint).complete(TRIAL)
    except ChatError as error:
        raise EndpointError(str(error)) from error


def _parts_of(base_url: str) -> Any:
    try:
        return urlsplit(base_url)
    except ValueError as error:
        raise EndpointError(_("This address cannot be read.")) from error
