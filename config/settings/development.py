"""One machine, nothing to configure: keys are made on first start and kept under var/."""

from config.embedded.keys import stored_key
from config.settings.base import *  # noqa: F403 - an environment starts from the shared settings
from config.settings.base import SECRET_KEY, VAR, env

SECRET_KEY = SECRET_KEY or stored_key(VAR, "secret")
DEBUG = env.bool("HARKEN_DEBUG", default=False)
ALLOWED_HOSTS = env.list("HARKEN_ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
# Models of this machine may be asked from the start.
HARKEN_MODEL_HOSTS = env.list("HARKEN_MODEL_HOSTS", default=["localhost", "127.0.0.1", "::1"])
