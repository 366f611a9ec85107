"""Settings for the suite: the embedded profile with known secrets and fast password hashing."""

import os
import tempfile
from pathlib import Path

os.environ.setdefault(
    "TIFO_SECRET_KEY", "the-suite-signs-with-this-and-nothing-else-does-0123456789"
)
# Type checking, migrations and the schema read these settings too, and connect to nothing.
os.environ.setdefault("DATABASE_URL", "postgresql://127.0.0.1:1/tifo")
os.environ.setdefault("REDIS_URL", "redis://127.0.0.1:1/0")
os.environ.setdefault("TIFO_KEY_PEPPER", "the-suite-peppers-keys-with-this-0123456789")
os.environ.setdefault("TIFO_DATA", str(Path(tempfile.gettempdir()) / f"tifo-suite-{os.getpid()}"))

from tifo.settings.base import *  # noqa: F403  (the environment must be set first)

ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
DATABASES["default"]["OPTIONS"].pop("pool", None)  # noqa: F405  (a test's database is closed often)
EVENTS_ARE_CHECKED = True  # every event that the suite causes must fit its type
INSTALLED_APPS = [*INSTALLED_APPS, "tests.suite"]  # noqa: F405  (with a `flush` that is quick)
CHANGES_ARE_TOLD = "tests.suite.news.told"
BACKGROUND_THREADS = False  # one would not see what a test has not committed
WHITENOISE_AUTOREFRESH = True  # every test client would list all static files at its first call
