"""Sockets and the hot door under ASGI; for the embedded profile REST and pages on the same port.

REST is the same WSGI application in both profiles, here on a pool of threads: Django's own ASGI
handler costs several times more per request and holds a streamed file in memory.
"""

import os
from typing import Any, cast

import django
from a2wsgi import WSGIMiddleware
from a2wsgi.wsgi_typing import WSGIApp
from channels.routing import ProtocolTypeRouter, URLRouter

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tifo.settings.base")
django.setup()

from foundation.http.transfer import received  # noqa: E402  (needs the settings)
from gateway.doors.front import Front  # noqa: E402  (needs the models, as do the next four)
from gateway.doors.receiving import Receiving  # noqa: E402
from tifo import hot  # noqa: E402
from tifo.routing import health_alone, lifespan, streaming, websockets  # noqa: E402
from tifo.wsgi import application as rest  # noqa: E402

THREADS = 16
rest_on_threads = Receiving(WSGIMiddleware(cast("WSGIApp", received(rest)), workers=THREADS))

_sockets: dict[str, Any] = {"websocket": URLRouter(websockets), "lifespan": lifespan}
# The hot operations' twins are at home in both, so that no answer depends on the process.
application = Front(
    hot.OPERATIONS,
    twins=rest_on_threads,
    fallback=ProtocolTypeRouter(
        {**_sockets, "http": streaming(rest_on_threads, twins=rest_on_threads)}
    ),
)
sockets = Front(
    hot.OPERATIONS,
    twins=rest_on_threads,
    fallback=ProtocolTypeRouter(
        {**_sockets, "http": streaming(health_alone(rest_on_threads), twins=rest_on_threads)}
    ),
)
