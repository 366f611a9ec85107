"""The server that users meet, in the test's own process: on a free port, stopped as by SIGTERM."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn

from tifo.asgi import application
from tifo.processes.serving import asgi


class Server(uvicorn.Server):
    """Says when it is up, so that nobody has to ask again and again."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()


@asynccontextmanager
async def serving() -> AsyncIterator[str]:
    """The address (`127.0.0.1:port`) of a platform that answers REST and sockets."""
    server = Server(asgi(application, "127.0.0.1", 0))
    served = asyncio.create_task(server.serve())
    await server.up.wait()
    try:
        yield f"127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await served
