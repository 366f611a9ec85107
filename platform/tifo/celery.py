"""The Celery app: one queue per accelerator, and `control` for housekeeping."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tifo.settings.base")

app = Celery("tifo")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
