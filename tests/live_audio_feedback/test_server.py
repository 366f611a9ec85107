"""The same socket behind the server, the routing and the wire that users meet."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from apps.live_audio_feedback.models import LiveSession, ZoneSecond
from tests.conftest import Tenant
from tests.live_audio_feedback.frames import frame
from tifo.asgi import sockets as application

pytestmark = [
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.usefixtures("sockets"),
]


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
    """A socket process on a free port; leaving stops it as SIGTERM does, and waits."""
    server = Server(
        uvicorn.Config(application, port=0, ws="websockets-sansio", lifespan="on", log_config=None)
    )
    served = asyncio.create_task(server.serve())
    await server.up.wait()
    try:
        yield f"ws://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await served


def connection(origin: str, session: LiveSession, key: str) -> Any:
    return connect(
        f"{origin}/v1/sessions/{session.pk}/stream?zone=north",
        additional_headers={"Authorization": f"Bearer {key}"},
        compression=None,
    )


async def last_words(stream: ClientConnection) -> tuple[list[str], int | None, str | None]:
    """The types of the messages that still come; then the code and reason of the close."""
    told: list[str] = []
    while True:
        try:
            told.append(json.loads(await stream.recv())["type"])
        except ConnectionClosed:
            return told, stream.close_code, stream.close_reason


class TestServer:
    async def test_gives_its_reasons_before_it_closes(
        self, tenant: Tenant, session: LiveSession
    ) -> None:
        async with serving() as origin:
            async with connection(origin, session, tenant.live_key) as stream:
                assert json.loads(await stream.recv())["type"] == "hello"
                for seq in range(10):
                    await stream.send(frame(seq=seq))
                assert json.loads(await stream.recv())["type"] == "score"
                await stream.send(b"nonsense")
                told, *closed = await last_words(stream)
                assert told[-2:] == ["receipt", "error"]
                assert closed == [4400, "malformed-frame"]
            async with connection(origin, session, tenant.test_key) as refused:
                assert await last_words(refused) == (["error"], 4404, "not-found")

    async def test_keeps_what_it_scored_when_it_is_stopped(
        self, tenant: Tenant, session: LiveSession
    ) -> None:
        async with serving() as origin:
            stream = await connection(origin, session, tenant.live_key)
            await stream.recv()
            await stream.send(frame())
            assert json.loads(await stream.recv())["type"] == "score"
        assert (await last_words(stream))[1] == 1012
        assert await ZoneSecond.objects.aexists()
