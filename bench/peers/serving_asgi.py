"""`python -m bench.peers.serving_asgi PORT`: Django on the server of our hot endpoint.

The same event loop, parser and pool of threads as `tifo.asgi` has in front of REST.
"""

import sys
from typing import cast

import uvicorn
from a2wsgi import WSGIMiddleware
from a2wsgi.wsgi_typing import WSGIApp
from django.core.wsgi import get_wsgi_application

THREADS = 16


def serve(port: int) -> None:
    uvicorn.run(
        WSGIMiddleware(cast("WSGIApp", get_wsgi_application()), workers=THREADS),
        host="127.0.0.1",
        port=port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
    )


if __name__ == "__main__":
    serve(int(sys.argv[1]))
