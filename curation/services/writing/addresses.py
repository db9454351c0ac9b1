"""Where endpoints may be: hosts that this installation allows by name, and the hosts of each key."""

from collections.abc import Collection
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from curation.domain.errors import HarkenError

KEY_PREFIX = "HARKEN_MODEL_KEY_"
STANDARD_PORTS = {"http": 80, "https": 443}


class EndpointError(HarkenError):
    """An endpoint that cannot be used as it is described."""


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
    return bool({_parts_of(base_url).hostname, place_of(base_url)} & set(hosts))


def place_of(base_url: str) -> str:
    """Return host and port of an address."""
    address = _parts_of(base_url)
    host = address.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return f"{host}:{address.port or STANDARD_PORTS[address.scheme]}"


def origin_of(base_url: str) -> str:
    """Return scheme, host and port of an address."""
    return f"{_parts_of(base_url).scheme}://{place_of(base_url)}"


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
