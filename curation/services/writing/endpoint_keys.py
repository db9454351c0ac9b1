"""Keys of endpoints: read from the environment by name, or stored encrypted, for one endpoint at one address."""

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from curation.domain.access.sealing import Seal, UnreadableSealError
from curation.models import ModelEndpoint
from curation.services.work.audit import record_event
from curation.services.writing.addresses import EndpointError, origin_of

LONGEST_KEY = 500


def require_key(key: str) -> None:
    """Raise EndpointError for what no request can carry as a key."""
    if not key or len(key) > LONGEST_KEY or not key.isascii() or not key.isprintable() or " " in key:
        raise EndpointError(_("A key is at most %d letters, digits and signs, without spaces.") % LONGEST_KEY)


def seal_key(endpoint: ModelEndpoint, *, key: str) -> str:
    """Return a key as it is stored: readable for this endpoint at its present address alone."""
    require_key(key)
    return _seal_of(endpoint).close(key)


def key_of(endpoint: ModelEndpoint) -> str:
    """Return the key that an endpoint is asked with, empty where it needs none; raises EndpointError."""
    if endpoint.sealed_key:
        return _stored_key(endpoint)
    key: str = settings.HARKEN_MODEL_KEYS.get(endpoint.key_variable, "")
    if endpoint.key_variable and not key:
        raise EndpointError(
            _("The variable %(name)s is not set where this runs. Set it for the web and the worker process.")
            % {"name": endpoint.key_variable}
        )
    return key


def require_readable(endpoint: ModelEndpoint) -> None:
    """Raise EndpointError where the stored key of an endpoint cannot be read, at the address that it now has."""
    _stored_key(endpoint)


def renew_sealed_keys() -> tuple[int, list[str]]:
    """Encrypt every stored key under the first secret; return how many, and the endpoints whose key is unreadable."""
    renewed, unreadable = 0, []
    for endpoint in ModelEndpoint.objects.exclude(sealed_key="").select_related("project").order_by("id"):
        try:
            _renew(endpoint)
            renewed += 1
        except UnreadableSealError:
            unreadable.append(f"{endpoint.project.slug}/{endpoint.name}")
    return renewed, unreadable


@transaction.atomic
def _renew(endpoint: ModelEndpoint) -> None:
    renewed = _seal_of(endpoint).renew(endpoint.sealed_key)
    # Whoever wrote another key meanwhile keeps it.
    untouched = ModelEndpoint.objects.filter(pk=endpoint.pk, sealed_key=endpoint.sealed_key)
    if untouched.update(sealed_key=renewed):
        record_event(action="endpoint.key_renewed", project=endpoint.project, target=endpoint)


def _stored_key(endpoint: ModelEndpoint) -> str:
    try:
        return _seal_of(endpoint).open(endpoint.sealed_key)
    except UnreadableSealError as error:
        raise EndpointError(
            _(
                "The stored key of %(name)s cannot be read: HARKEN_ENCRYPTION_KEYS, or where that is not set "
                "HARKEN_SECRET_KEY, has changed since. Add the former value at the end of HARKEN_ENCRYPTION_KEYS, or "
                "write the key of the endpoint again."
            )
            % {"name": endpoint.name}
        ) from error


def _seal_of(endpoint: ModelEndpoint) -> Seal:
    """Return what seals keys of this endpoint; whoever changes its address, also past the form, cannot use the key."""
    secrets = [*settings.HARKEN_ENCRYPTION_KEYS, settings.SECRET_KEY]
    return Seal(secrets, purpose=f"key of endpoint {endpoint.uuid} at {origin_of(endpoint.base_url)}")
