"""Settings for both profiles, built from the typed environment and nothing else."""

from typing import Any

import psycopg.conninfo
from django.core.exceptions import ImproperlyConfigured

from foundation.http.requests import current_request_id
from tifo.environment import environment
from tifo.logs import logging_config
from tifo.settings import brokers
from tifo.settings.enums import ENUM_NAMES
from tifo.settings.pages import OPERATORS_PAGES, POLICY
from tifo.settings.schedule import SCHEDULE

_env = environment()


def database(url: str) -> dict[str, Any]:
    """Django's database settings for a libpq URL; unix-socket hosts travel in the query string."""
    parts = psycopg.conninfo.conninfo_to_dict(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", "tifo"),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        # Or a database that restarted would fail one request for each connection in the pool.
        "CONN_HEALTH_CHECKS": True,
        # A peer that vanished without a word must not hold a thread for the kernel's two hours.
        "OPTIONS": {
            "connect_timeout": 5,
            "tcp_user_timeout": 10_000,
            **parts,
            "pool": {"min_size": 1, "max_size": 8, "timeout": 10},
        },
    }


DEBUG = False
SECRET_KEY = _env.secret_key.get_secret_value()
KEY_PEPPER = _env.key_pepper.get_secret_value()
ALLOWED_HOSTS = _env.hosts
PUBLIC_URL = _env.public_url
SIGNUP_OPEN = _env.signup_open
SELF_SERVICE_TIERS = _env.tiers_by_self_service
BILLING_TERMS = _env.first_billing_terms
MAIL_FROM = _env.email_from if _env.mail_server else ""
if _env.mail_server:
    EMAIL_HOST, EMAIL_PORT = _env.mail_server.host, _env.mail_server.port
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _env.mail_server.user, _env.mail_server.password
    EMAIL_USE_SSL, EMAIL_USE_TLS = _env.mail_server.tls, _env.mail_server.starttls
EMAIL_TIMEOUT = 20
PRODUCTION = _env.production
if PRODUCTION and not KEY_PEPPER:
    # An empty one would work, silently: keys and users would be hashed with no secret.
    raise ImproperlyConfigured("Set TIFO_KEY_PEPPER: production has no default for it.")

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "csp",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "foundation",
    "tenants",
    "metering",
    "billing",
    "jobs",
    "recordings",
    "gateway",
    "apps.noucamp",
    "apps.live_audio_feedback",
    "apps.live_audio_feedback.flow",
    "apps.live_room",
    "apps.avsync",
    "apps.model_registry",
    "apps.account",
    "apps.portal",
]

# Pages of these origins may read the API's answers. Where none is named, no call pays for asking.
CORS_ALLOWED_ORIGINS = _env.origins
CORS_URLS_REGEX = r"^/v1/"
CORS_ALLOW_HEADERS = [
    "accept", "authorization", "content-type", "idempotency-key", "prefer", "tifo-dry-run",
    "tifo-end-user",
    "tus-resumable", "upload-length", "upload-metadata", "upload-offset", "x-request-id",
]  # fmt: skip
CORS_EXPOSE_HEADERS = [
    "Idempotent-Replayed", "Location", "Preference-Applied",
    "RateLimit", "RateLimit-Policy", "Retry-After",
    "Tifo-Degraded", "Tifo-Dry-Run", "Upload-Length", "Upload-Offset", "X-Request-Id",
]  # fmt: skip

MIDDLEWARE = [
    "foundation.http.requests.RequestIdMiddleware",
    *(["corsheaders.middleware.CorsMiddleware"] if CORS_ALLOWED_ORIGINS else []),
    "django.middleware.security.SecurityMiddleware",
    "foundation.http.bodies.BodyLimitMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "tifo.content_security.ContentSecurityPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "tifo.urls"
WSGI_APPLICATION = "tifo.wsgi.application"
ASGI_APPLICATION = "tifo.asgi.application"
APPEND_SLASH = False

DATABASES = {"default": database(_env.database_url)} if _env.database_url else {}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = _env.redis_url
GATE_PREFETCH = _env.gate_prefetch
GATE_PROCESSES = _env.admitting_processes
GATE_DEGRADED_FRACTION = _env.degraded_fraction
GATE_DEGRADED_RESERVE = _env.degraded_reserve
TRUSTED_PROXIES = _env.proxies
LOGINS_PER_ADDRESS = _env.logins_per_address
LOGINS_PER_ACCOUNT = _env.logins_per_account
LOGIN_BROWSER_DAYS = _env.login_browser_days
EVENT_DAYS = _env.event_days
SCORE_DAYS = _env.score_days
METRICS_TOKEN = _env.metrics_token.get_secret_value()
EVENTS_ARE_CHECKED = False
MONTH_CLOSE_HOURS = _env.month_close_hours
CORRECTION_DAYS = _env.correction_days
SECRET_SCANNING_KEYS = _env.secret_scanning_keys
STRIPE_KEY = _env.stripe_key.get_secret_value()
STRIPE_WEBHOOK_SECRETS = _env.stripe_webhook_secrets
STRIPE_URL = _env.stripe_url
STRIPE_TIMEOUT_S = 30.0
STRIPE_TAX = _env.stripe_tax
STRIPE_METER = _env.stripe_meter
SELLER_NAME = _env.seller
SELLER_ADDRESS = _env.seller_address_lines
SELLER_TAX_ID = _env.seller_tax_id
INVOICE_DUE_DAYS = _env.invoice_due_days
PAYMENT_GRACE_DAYS = _env.payment_grace_days
# Seams for the suite: what tells a change (`tenants.epochs`), and how an address is counted.
CHANGES_ARE_TOLD = "django.db.transaction.on_commit"
UNAUTHENTICATED_PREFIX = "address:"
JOURNAL_FOLDER = _env.data / "journal"
BACKGROUND_THREADS = True
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "foundation.events.layer.ChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL], "prefix": "tifo"},
    }
}

CELERY_BROKER_URL = _env.broker_url or brokers.address(REDIS_URL)
CELERY_BROKER_TRANSPORT_OPTIONS = brokers.transport(
    CELERY_BROKER_URL, visibility=_env.broker_visibility
)
BROKER_PATIENCE = brokers.patience(CELERY_BROKER_URL, visibility=_env.broker_visibility)
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_QUEUES = brokers.queues(CELERY_BROKER_URL)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = brokers.CONTROL
CELERY_TASK_CREATE_MISSING_QUEUES = True
CELERY_WORKER_CONSUMER = "tifo.processes.consuming:Consumer"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# Nobody steers workers through the broker, whose newest release refuses the queues for it.
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_BEAT_SCHEDULE = SCHEDULE

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

LOGIN_URL = "/admin/login/"
LOGIN_REDIRECT_URL = "/admin/"  # where a `next` that is not ours does not lead either
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True
FORMAT_MODULE_PATH = "tifo.formats"

STATIC_URL = "/static/"
# Static files are served from the installed packages themselves: nothing to collect, no build.
WHITENOISE_USE_FINDERS = True
MEDIA_ROOT = _env.media
BUCKET = _env.bucket
FILE_UPLOAD_TEMP_DIR = None
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FLOW_LLM = (_env.flow_llm_url, _env.flow_llm_model, _env.flow_llm_key.get_secret_value())
LIVE_STREAMS_PER_PROCESS = _env.live_streams
UPLOAD_MAX_BYTES = _env.upload_max_bytes
MODEL_MEMORY_BYTES = _env.model_memory_bytes
MODEL_MAX_BYTES = _env.model_max_bytes
FETCH_NETWORKS = _env.fetched_networks
FETCH_PORTS = _env.fetched_ports
FETCH_HTTP = _env.fetch_http

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_PARSER_CLASSES": ["foundation.http.parsers.Json"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "gateway.contract.schema.GatedSchema",
    "EXCEPTION_HANDLER": "foundation.http.problems.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,  # ?format= is a parameter like any other that nobody knows
    "COERCE_DECIMAL_TO_STRING": True,
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Tifo API",
    "VERSION": "1.0.0",
    "DESCRIPTION": "Live-event audio and visuals: score the crowd, analyse tracks, run effects, "
    "drive kiosks. Every limit is published, in the answers' headers and under /v1/limits.",
    "LICENSE": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": r"/v[0-9]+/",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_SUFFIX": "",
    "ENUM_NAME_OVERRIDES": ENUM_NAMES,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "gateway.contract.schema.finish",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

CONTENT_SECURITY_POLICY = POLICY
X_FRAME_OPTIONS = "DENY"
# Not "no-referrer": a form would post with `Origin: null`, and the admin's login would refuse it.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SECURE_SSL_REDIRECT = _env.behind_tls
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _env.behind_tls else None
SECURE_HSTS_SECONDS = 31_536_000 if _env.behind_tls else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _env.behind_tls
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$", r"^metrics$"]

LOGGING_CONFIG = None
logging_config(_env.log_level, current_request_id)

UNFOLD = OPERATORS_PAGES
