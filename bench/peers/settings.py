"""Django as lean as it gets: nothing that the peers do not need, nothing slow that they do."""

import os
from typing import Any

import psycopg.conninfo

_database: dict[str, Any] = psycopg.conninfo.conninfo_to_dict(os.environ["DATABASE_URL"])

DEBUG = False
SECRET_KEY = os.environ["TIFO_SECRET_KEY"]
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "bench.peers.urls"
INSTALLED_APPS = ["rest_framework", "rest_framework_api_key", "bench.peers.usage"]
MIDDLEWARE: list[str] = []
USE_I18N = False
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _database["dbname"],
        "USER": _database["user"],
        "HOST": _database["host"],
        # Each thread keeps its connection: cheaper than the pool, which is asked at every request.
        "CONN_MAX_AGE": None,
        "OPTIONS": {"server_side_binding": True, "prepare_threshold": 1},
    }
}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": os.environ["REDIS_URL"],
    }
}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "UNAUTHENTICATED_USER": None,
}
LOGGING_CONFIG = None
