"""The processes that answer: `tifo web` and `tifo sockets`."""

import argparse
import socket
from collections.abc import Sequence
from typing import Any

import uvicorn

from tifo.environment import Environment, environment
from tifo.loading import loading
from tifo.logs import log_settings
from tifo.titles import title

DRAIN_S = 8
LARGEST_MESSAGE_BYTES = 1 << 20
LARGEST_HEAD_BYTES = 64 * 1024
HEAD_WITHIN_S = 10
THREADS = 16  # per process; each may hold one database connection


def web(arguments: Sequence[str]) -> int:
    """REST and pages under WSGI in production; everything under ASGI in the embedded profile."""
    listen_fd = _listen_fd("tifo web", arguments)
    given = environment()
    if given.production:
        _serve_wsgi(given)
    else:
        _serve_asgi("tifo.asgi:application", given.host, given.port, listen_fd)
    return 0


def sockets(arguments: Sequence[str]) -> int:
    """Sockets only."""
    listen_fd = _listen_fd("tifo sockets", arguments)
    given = environment()
    _serve_asgi("tifo.asgi:sockets", given.host, given.sockets_port, listen_fd)
    return 0


def _listen_fd(program: str, arguments: Sequence[str]) -> int | None:
    parser = argparse.ArgumentParser(prog=program)
    parser.add_argument("--listen-fd", type=int, help="serve on this inherited, bound socket")
    given: int | None = parser.parse_args(arguments).listen_fd
    return given


def _serve_asgi(application: str, host: str, port: int, listen_fd: int | None) -> None:
    inherited = None if listen_fd is None else [socket.socket(fileno=listen_fd)]
    config = asgi(application, host, port)
    with loading():
        config.load_app()
    uvicorn.Server(config).run(sockets=inherited)


def asgi(application: Any, host: str, port: int) -> uvicorn.Config:
    """Uncompressed sockets (audio does not deflate), no access log (the gateway meters calls), no
    trust in forwarded headers (the gateway decides whose to believe).
    """
    return uvicorn.Config(
        application,
        host=host,
        port=port,
        loop="uvloop",
        http="tifo.processes.heads:HeadLimits",
        ws="tifo.processes.hearing:Socket",
        ws_max_size=LARGEST_MESSAGE_BYTES,
        ws_per_message_deflate=False,
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=DRAIN_S,
    )


def _serve_wsgi(given: Environment) -> None:
    # Loads a compiled server of some size, which the embedded profile never needs.
    from granian import Granian
    from granian.constants import Interfaces
    from granian.http import HTTP1Settings

    Granian(
        "tifo.wsgi:web",
        factory=True,
        process_name=title("web"),
        address=given.host,
        port=given.port,
        interface=Interfaces.WSGI,
        websockets=False,
        workers=given.web_workers,
        blocking_threads=THREADS,
        backpressure=8 * THREADS,
        http1_settings=HTTP1Settings(
            header_read_timeout=HEAD_WITHIN_S * 1000, max_buffer_size=LARGEST_HEAD_BYTES
        ),
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=DRAIN_S,
        log_dictconfig=log_settings(given.log_level, process="web"),
    ).serve()
