"""Behind HTTPS: refuses to start without a secret key, a pseudonym key, allowed hosts and a database."""

from django.core.exceptions import ImproperlyConfigured

from config.settings.base import *  # noqa: F403 - an environment starts from the shared settings
from config.settings.base import env

REQUIRED = ["HARKEN_SECRET_KEY", "HARKEN_PSEUDONYM_KEY", "HARKEN_ALLOWED_HOSTS", "DATABASE_URL"]
missing = [name for name in REQUIRED if not env(name, default="")]
if missing:
    message = (
        f"Production needs {', '.join(missing)} in the environment. docs/reference/settings.md explains each."
    )
    raise ImproperlyConfigured(message)

SECURE_SSL_REDIRECT = env.bool("HARKEN_SSL_REDIRECT", default=True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
