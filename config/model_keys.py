"""Keys of model endpoints in the environment, the hosts that each may be sent to, and secrets that encrypt others."""

from collections.abc import Mapping, Sequence

from django.core.exceptions import ImproperlyConfigured

PREFIX = "HARKEN_MODEL_KEY_"
HOST_SUFFIX = "_HOST"
# A shorter secret can be guessed by whoever has what was encrypted under it.
LEAST_SECRET = 32


def model_keys(environment: Mapping[str, str]) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Return the keys by their variable, and by the same name their hosts from the variable that adds `_HOST`."""
    keys = {
        name: value
        for name, value in environment.items()
        if name.startswith(PREFIX) and not name.endswith(HOST_SUFFIX)
    }
    hosts = {name: environment.get(f"{name}{HOST_SUFFIX}", "") for name in keys}
    return keys, {
        name: [host.strip() for host in said.split(",") if host.strip()] for name, said in hosts.items()
    }


def encryption_keys(said: Sequence[str]) -> list[str]:
    """Return the secrets under which keys are stored; raises ImproperlyConfigured for one that can be guessed."""
    secrets = [secret.strip() for secret in said if secret.strip()]
    if any(len(secret) < LEAST_SECRET for secret in secrets):
        message = (
            f"Each of HARKEN_ENCRYPTION_KEYS needs at least {LEAST_SECRET} random characters, and one is shorter. "
            "`openssl rand -hex 32` makes one. docs/reference/settings.md explains them."
        )
        raise ImproperlyConfigured(message)
    return secrets
