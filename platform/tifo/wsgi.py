"""REST and pages under WSGI: the web process of the production profile."""

import os

from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tifo.settings.base")
application = get_wsgi_application()


def web() -> WSGIHandler:
    """What each process of the server begins with: not at import, for threads outlive no fork."""
    from gateway import journal

    journal.start_replaying()
    return application
