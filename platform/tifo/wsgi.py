"""REST and pages under WSGI: the web process of the production profile."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tifo.settings.base")
application = get_wsgi_application()

from foundation.http.transfer import Wsgi, declared  # noqa: E402  (needs the models)


def web() -> Wsgi:
    """What each process of the server begins with: not at import, for threads outlive no fork.

    Granian does not tell a chunked body that broke off from a whole one, so here it is refused
    (411). The proxy in front receives bodies whole and says their length.
    """
    from gateway.outages import journal

    journal.start_replaying()
    return declared(application)
