"""Model endpoints: where a model is reached, under which key, at which price."""

from collections.abc import Collection
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from curation.domain.errors import HarkenError
from curation.models import ModelEndpoint, ModelVersion, User
from curation.services.work.audit import record_event
from curation.services.writing.spending import EndpointMeter, price_of
from language_models.chat.asking import AskableModel
from language_models.chat.contract import ChatError, ChatReply, ChatRequest, SamplingSettings
from language_models.chat.openai_client import OpenAIChatClient
from language_models.protocols import BudgetSpentError

KEY_PREFIX = "HARKEN_MODEL_KEY_"
STANDARD_PORTS = {"http": 80, "https": 443}
# Whoever tries an endpoint waits for it in the browser.
TRIAL_SECONDS = 20.0
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
    _require_free_name(endpoint)
    is_new = endpoint.pk is None
    # What two hosts call by one name need not be one model, nor stand under the same terms.
    endpoint.model_version, _made = ModelVersion.objects.get_or_create(
        project=endpoint.project,
        name=endpoint.model,
        kind=ModelVersion.Kind.ENDPOINT,
        revision=_place_of(endpoint.base_url)[:120],
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


def _require_free_name(endpoint: ModelEndpoint) -> None:
    others = ModelEndpoint.objects.for_project(endpoint.project).exclude(pk=endpoint.pk)
    if others.filter(name=endpoint.name, archived_at__isnull=True).exists():
        raise EndpointError(
            _("There is an endpoint named %(name)s already. Choose another name, or change that one.")
            % {"name": endpoint.name}
        )


def require_allowed(*, base_url: str, key_variable: str = "") -> None:
    """Raise EndpointError for an address that conversations may not go to, or a key that may not go there."""
    address = _parts_of(base_url)
    if address.scheme not in STANDARD_PORTS or not address.hostname or address.username:
        raise EndpointError(
            _("An address begins with http:// or https:// and a host, and holds no password.")
        )
    if not _is_among(base_url, settings.HARKEN_MODEL_HOSTS):
        raise EndpointError(
            _(
                "Texts may not be sent to %(host)s. Whoever runs this installation can allow it: add it to "
                "HARKEN_MODEL_HOSTS."
            )
            % {"host": address.netloc}
        )
    if key_variable and not key_variable.startswith(KEY_PREFIX):
        raise EndpointError(_("A variable that holds an endpoint's key begins with %s.") % KEY_PREFIX)
    if key_variable in settings.HARKEN_MODEL_KEYS:
        _require_key_of_host(base_url, key_variable)


def _require_key_of_host(base_url: str, key_variable: str) -> None:
    """Refuse to send a key of one provider to another."""
    if not _is_among(base_url, settings.HARKEN_MODEL_KEY_HOSTS.get(key_variable, [])):
        said = {"key": key_variable, "host": _parts_of(base_url).netloc}
        raise EndpointError(
            _(
                "The key %(key)s may not be sent to %(host)s. Whoever runs this installation can allow it: name the "
                "host in %(key)s_HOST."
            )
            % said
        )


def _is_among(base_url: str, hosts: Collection[str]) -> bool:
    """Tell whether an address is at one of these hosts, each named alone (any port) or with its port."""
    return bool({_parts_of(base_url).hostname, _place_of(base_url)} & set(hosts))


def _place_of(base_url: str) -> str:
    """Return host and port of an address."""
    address = _parts_of(base_url)
    host = address.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return f"{host}:{address.port or STANDARD_PORTS[address.scheme]}"


def client_of(endpoint: ModelEndpoint, **options: Any) -> OpenAIChatClient:
    """Return a client of the endpoint, with options of the client's.

    Raises EndpointError where it may not be asked, or its key is not set.
    """
    if endpoint.archived_at is not None:
        raise EndpointError(_("The endpoint %(name)s is not used any more.") % {"name": endpoint.name})
    require_allowed(base_url=endpoint.base_url, key_variable=endpoint.key_variable)
    key = settings.HARKEN_MODEL_KEYS.get(endpoint.key_variable, "")
    if endpoint.key_variable and not key:
        raise EndpointError(
            _("The variable %(name)s is not set where this runs. Set it for the web and the worker process.")
            % {"name": endpoint.key_variable}
        )
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


def _parts_of(base_url: str) -> SplitResult:
    """Return the parts of an address that any client can read: the port is a number, and every letter can be seen."""
    try:
        address = urlsplit(base_url)
        is_read = base_url.isascii() and base_url.isprintable() and " " not in base_url
        is_read = is_read and (address.port is None or address.port > 0)
    except ValueError:
        is_read = False
    if not is_read:
        raise EndpointError(_("This address cannot be read. Write it such as http://127.0.0.1:8080/v1."))
    return address
