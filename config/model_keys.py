"""Keys of model endpoints as the environment names them, and the hosts that each may be sent to."""

from collections.abc import Mapping

PREFIX = "HARKEN_MODEL_KEY_"
HOST_SUFFIX = "_HOST"


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
