"""The Django project. Importing it makes the Celery app the current one, as `shared_task` needs."""

from tifo.celery import app as celery_app

__all__ = ["celery_app"]
__version__ = "0.1.0"
