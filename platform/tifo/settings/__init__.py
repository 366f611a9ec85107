"""Django settings: `base` reads the typed environment, `test` is the suite's.

Whoever loads them makes the Celery app the current one, as `shared_task` needs.
"""

from tifo.celery import app as celery_app

__all__ = ["celery_app"]
