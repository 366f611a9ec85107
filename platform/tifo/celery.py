"""The Celery app: one queue per accelerator, and `control` for housekeeping."""

import os

from celery import Celery
from celery import Task as _Task

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tifo.settings.base")


class Task(_Task):  # type: ignore[type-arg]
    # Names: only workers load what they need.
    Request = "tifo.processes.consuming:Request"
    Strategy = "tifo.processes.consuming:strategy"


app: Celery = Celery("tifo", task_cls=Task)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
