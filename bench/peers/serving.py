"""`python -m bench.peers.serving PORT`: Django behind granian, as was measured to be best for it.

One worker process with eight blocking threads: fewer leave it idle while Postgres writes, more only
wait for each other. `DJANGO_SETTINGS_MODULE` says whose views.
"""

import sys

from granian import Granian
from granian.constants import Interfaces

THREADS = 8


def serve(port: int) -> None:
    Granian(
        "django.core.wsgi:get_wsgi_application",
        factory=True,
        address="127.0.0.1",
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=THREADS,
        websockets=False,
        log_enabled=False,
    ).serve()


if __name__ == "__main__":
    serve(int(sys.argv[1]))
