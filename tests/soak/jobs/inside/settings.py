"""The platform's own settings, with kinds of jobs that nobody would want, a door through which they
are asked for, and a share of wake-ups that gets lost."""

from tifo.celery import app
from tifo.settings.base import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "tests.soak.jobs.inside"]  # noqa: F405
ROOT_URLCONF = "tests.soak.jobs.inside.urls"
app.amqp_cls = "tests.soak.jobs.inside.losing:Losing"
