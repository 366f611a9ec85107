"""Sockets under ASGI, and for the embedded profile REST and pages beside them on the same port."""

import os
from typing import Any

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tifo.settings.base")
_django = get_asgi_application()

from tifo.routing import lifespan, no_rest_here, websockets  # noqa: E402  (needs Django set up)

_sockets: dict[str, Any] = {"websocket": URLRouter(websockets), "lifespan": lifespan}
application = ProtocolTypeRouter({**_sockets, "http": _django})
sockets = ProtocolTypeRouter({**_sockets, "http": no_rest_here})
