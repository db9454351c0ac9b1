"""What every environment shares. Each variable is explained in docs/reference/settings.md."""

import os
from pathlib import Path

import environ
from csp.constants import NONE, SELF

from config.embedded.keys import stored_key
from config.embedded.postgres import database_url
from config.model_keys import encryption_keys, model_keys

ROOT = Path(__file__).resolve().parent.parent.parent
env = environ.Env()

VAR = Path(env("HARKEN_VAR", default=str(ROOT / "var"))).resolve()
HARKEN_ADDRESS = env("HARKEN_ADDRESS", default="127.0.0.1:8000")
HARKEN_EMBEDDER_SOCKET = env("HARKEN_EMBEDDER_SOCKET", default=str(VAR / "embedder.sock"))
# The one switch of the network: models and datasets fetched by name, bundles sent (decision 0009).
HARKEN_ALLOW_HUB = env.bool("HARKEN_ALLOW_HUB", default=False)
HARKEN_MODEL_HOSTS: list[str] = env.list("HARKEN_MODEL_HOSTS", default=[])
# Only what is named so can be sent to an endpoint, and only to the hosts that are named beside it: an admin of a
# project must neither reach other secrets nor send one provider's key to another.
HARKEN_MODEL_KEYS, HARKEN_MODEL_KEY_HOSTS = model_keys(os.environ)
# Secrets under which stored keys of endpoints lie encrypted, the newest first; the secret key is the last of them.
HARKEN_ENCRYPTION_KEYS = encryption_keys(env.list("HARKEN_ENCRYPTION_KEYS", default=[]))
# Folders with a tokenizer.json, one for each model that rows are checked for before they leave.
HARKEN_TOKENIZERS = Path(env("HARKEN_TOKENIZERS", default=str(VAR / "tokenizers")))
# Tokens with which bundles are sent to a hub, by the name of their variable.
HARKEN_HUB_TOKENS = {name: env.str(name) for name in os.environ if name.startswith("HARKEN_HUB_TOKEN_")}
HARKEN_UPLOAD_MAX_BYTES = env.int("HARKEN_UPLOAD_MAX_BYTES", default=2 * 1024**3)
FILE_UPLOAD_HANDLERS = [
    "config.bounded_uploads.BoundedUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
HARKEN_IMPORT_FOLDERS: list[str] = env.list("HARKEN_IMPORT_FOLDERS", default=[])

SECRET_KEY = env("HARKEN_SECRET_KEY", default="")
DEBUG = False
ALLOWED_HOSTS: list[str] = env.list("HARKEN_ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("HARKEN_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "django_htmx",
    "django_linear_migrations",
    "csp",
    "config",
    "curation",
    "feedback_mining",
    "annotation",
    "training_jobs",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context_processors.appearance",
            ],
        },
    },
]

FORM_RENDERER = (
    "django.forms.renderers.TemplatesSetting"  # so that templates/django/forms lays out every form
)

# The app connects as a role that owns nothing; only migrations, backup and restore use `owner`.
DATABASES = {
    "default": env.db_url_config(env("DATABASE_URL", default=database_url("app", var=VAR))),
    "owner": env.db_url_config(env("HARKEN_OWNER_DATABASE_URL", default=database_url("owner", var=VAR))),
}
for connection_settings in DATABASES.values():
    connection_settings["ENGINE"] = "config.postgresql"
    connection_settings["CONN_MAX_AGE"] = None  # a new connection per request halves the throughput
    connection_settings["CONN_HEALTH_CHECKS"] = True
    # A connection that hangs must not outlast a lease.
    connection_settings.setdefault("OPTIONS", {}).setdefault("connect_timeout", 10)
    # Queries that ask for it are planned once on a connection (curation.models.kept_queries); with 0, none is.
    connection_settings["OPTIONS"]["prepare_threshold"] = (
        connection_settings["OPTIONS"].get("prepare_threshold", 5) or None
    )
DATABASES["owner"]["TEST"] = {"MIRROR": "default"}
# Commands run inside this, so that they work whether or not the services do.
HARKEN_DATABASE_SESSION = "config.database_session.database_session"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "curation.User"
AUTHENTICATION_BACKENDS = ["curation.queries.access.signed_in.PersonBackend"]
SESSION_ENGINE = "curation.queries.access.signed_in"
LOGIN_URL = "curation:sign_in"
LOGIN_REDIRECT_URL = "curation:project_list"
LOGOUT_REDIRECT_URL = "curation:sign_in"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = 24 * 3600  # a one-time sign-in link lives for a day
# Key of the pseudonyms of source users: kept outside the database, so that a stolen dump names nobody.
HARKEN_PSEUDONYM_KEY = env("HARKEN_PSEUDONYM_KEY", default="") or stored_key(VAR, "pseudonym")

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
LOCALE_PATHS = [ROOT / "locale"]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATICFILES_DIRS = [ROOT / "static"]
STATIC_ROOT = VAR / "static"
MEDIA_ROOT = VAR / "artifacts"
FILE_UPLOAD_TEMP_DIR = None
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024**2
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

BROKER_FOLDER = VAR / "broker"
CELERY_BROKER_URL = env("CELERY_BROKER_URL", default="filesystem://localhost//")
if CELERY_BROKER_URL.startswith("filesystem:"):
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(BROKER_FOLDER / "messages"),
        "data_folder_out": str(BROKER_FOLDER / "messages"),
        "control_folder": str(BROKER_FOLDER / "control"),
        "processed_folder": str(BROKER_FOLDER / "processed"),
        "store_processed": False,
        "polling_interval": 0.1,
    }
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = (
    False  # the row is the truth: the sweep rings again, so nothing may run twice by itself
)
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True

MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SILENCED_SYSTEM_CHECKS: list[str] = []

# Django itself tells nobody of a failed request, except by e-mail; Celery's words could quote a refused row.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "errors": {"()": "config.logs.ErrorFormatter", "format": "%(asctime)s %(levelname)s %(message)s"}
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "errors"}},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "ERROR", "propagate": False},
        "celery": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
    },
}
