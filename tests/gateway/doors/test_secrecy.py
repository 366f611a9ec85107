"""A secret is shown once, to whom it was made for: no log, no store and no error page has it."""

import json
import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connection, connections
from websockets.asyncio.client import ClientConnection, connect

from foundation.base62 import ALPHABET
from foundation.clock import now
from gateway.callers.caller import Caller
from gateway.callers.credentials import credentials
from gateway.callers.tickets import Ticket
from gateway.stores import async_store, client
from tenants.rules import build_token
from tests.gateway.doors.shown_once import Secrets, remembered
from tests.live_audio_feedback.frames import frame
from tests.live_audio_feedback.server import serving
from tifo.logs import JsonFormatter

pytestmark = pytest.mark.django_db(transaction=True)
ORIGIN = "https://app.example"
# The test's own ends of the wire, which must know what they send.
CLIENTS = ("httpx", "httpcore", "websockets.client", "asyncio")


class Developer:
    """Uses the platform as its users do, rightly and wrongly, and keeps what it was told."""

    def __init__(self, host: str, http: httpx.AsyncClient, told: Secrets) -> None:
        self.host = host
        self.told = told
        self._http = http

    async def post(self, path: str, body: Any, token: str | None = None, **headers: str) -> Any:
        return (await self._ask("POST", path, token, json=body, headers=headers)).json()

    async def tell(self, method: str, path: str, token: str | None = None) -> int:
        """A call whose answer must not repeat any secret; its status."""
        answer = await self._ask(method, path, token)
        self.told.answers.append(answer.content + str(answer.headers).encode())
        return answer.status_code

    async def _ask(
        self, method: str, path: str, token: str | None, headers: Any = None, **body: Any
    ) -> httpx.Response:
        authorization = {"Authorization": f"Bearer {token}"} if token else {}
        return await self._http.request(
            method, path, headers=(headers or {}) | authorization, **body
        )

    @asynccontextmanager
    async def socket(
        self, path: str, *protocols: str, token: str | None = None, origin: str | None = None
    ) -> AsyncIterator[ClientConnection]:
        line = await connect(
            f"ws://{self.host}{path}",
            additional_headers={"Authorization": f"Bearer {token}"} if token else {},
            subprotocols=["tifo-v1", *protocols] if protocols else None,  # type: ignore[list-item]
            origin=origin,  # type: ignore[arg-type]
            compression=None,
        )
        async with line:
            yield line

    async def hears(self, line: ClientConnection) -> str:
        """The type of the next frame, which must not repeat any secret."""
        said = await line.recv()
        self.told.answers.append(said.encode() if isinstance(said, str) else said)
        return str(json.loads(said)["type"])


@pytest.fixture
async def platform(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Developer]:
    """The whole of it in this process, with two handlers that break."""
    monkeypatch.setattr(settings, "ROOT_URLCONF", "tests.gateway.failing")
    async with (
        serving() as host,
        httpx.AsyncClient(base_url=f"http://{host}", timeout=20) as http,
    ):
        yield Developer(host, http, Secrets())
    await async_store().aclose()
    await sync_to_async(connections.close_all)()


async def be_shown_everything(developer: Developer) -> None:
    """Everything that is ever shown once."""
    told = developer.told
    asked: Any = {"name": "Terrace Labs", "email": "dev@terrace.example"}
    made = await developer.post("/v1/organisations", asked)
    live = told.add("live key", made["live_key"])
    told.add("test key", made["test_key"])
    asked = {"name": "bot", "livemode": True, "scopes": ["usage:read"]}
    again = {"Idempotency-Key": "the-same-twice"}
    bot = await developer.post("/v1/keys", asked, live, **again)
    told.add("created key", bot["secret"])
    replayed = await developer.post("/v1/keys", asked, live, **again)
    told.answers.append(json.dumps(replayed).encode())
    rotated = await developer.post(f"/v1/keys/{bot['id']}/rotate", {"overlap_s": 60}, live)
    told.add("rotated key", rotated["secret"])
    asked = {"name": "Gate 7", "zone": "north", "capabilities": ["led"]}
    kiosk = await developer.post("/v1/kiosks", asked, live)
    device = told.add("device credential", kiosk["credential"])
    for name in ("ticket", "unused ticket"):
        asked = {"scopes": ["events:read"], "origin": ORIGIN}
        told.add(name, (await developer.post("/v1/tickets", asked, live))["ticket"])
    told.add("device ticket", (await developer.post("/v1/devices/tickets", {}, device))["ticket"])
    link = (await developer.post("/v1/view-links", {}, live))["url"]
    told.add("view link", link.partition("#")[2].removeprefix("token="))


async def use_it_rightly(developer: Developer) -> None:
    known = developer.told.known
    live, device, view = known["live key"], known["device credential"], known["view link"]
    assert await developer.tell("GET", "/v1/usage", live) == 200
    assert await developer.tell("GET", "/v1/keys", live) == 200
    assert await developer.tell("GET", "/v1/kiosks", view) == 200
    asked = {"name": "Final", "zones": ["north"], "ends_at": "2100-01-01T00:00:00Z"}
    session = (await developer.post("/v1/sessions", asked, live))["id"]
    event = {"events": [{"id": "e-1", "end_user": "fan-1", "at": "2026-11-21T12:00:00Z"}]}
    await developer.post("/v1/usage/events", event, live)
    await developer.post("/v1/telemetry", {"soc_celsius": 50}, device)
    async with developer.socket(f"/v1/sessions/{session}/stream?zone=north", token=live) as line:
        assert await developer.hears(line) == "hello"
        await line.send(frame())
        assert await developer.hears(line) == "score"
    async with developer.socket("/v1/devices/connect", token=device) as line:
        assert await developer.hears(line) == "hello"
    offered = f"ticket.{known['device ticket']}"
    async with developer.socket("/v1/devices/connect", offered) as line:
        assert await developer.hears(line) == "hello"
    for offered, origin in ((f"ticket.{known['ticket']}", ORIGIN), (f"view.{view}", None)):
        async with developer.socket("/v1/events", offered, origin=origin) as line:
            assert await developer.hears(line) == "hello"
            assert line.subprotocol == "tifo-v1"


async def use_it_wrongly(developer: Developer) -> None:
    known = developer.told.known
    live, spent = known["live key"], known["ticket"]
    nobodys = build_token("".join(secrets.choice(ALPHABET) for _ in range(30)), livemode=True)
    developer.told.add("key of nobody", nobodys)
    mistyped = developer.told.add("mistyped key", live[:-8] + live[-8:].swapcase())
    for wrong in (nobodys, mistyped):
        assert await developer.tell("GET", "/v1/usage", wrong) == 401
        assert await developer.tell("POST", "/v1/usage/events", wrong) == 401
        async with developer.socket("/v1/events", token=wrong) as line:
            assert await developer.hears(line) == "error"
    for offered in (f"ticket.{spent}", f"view.{known['view link'][:-1]}x"):
        async with developer.socket("/v1/events", offered, origin=ORIGIN) as line:
            assert await developer.hears(line) == "error"
    # Keys where no key belongs: people paste them.
    assert await developer.tell("GET", f"/v1/usage?api_key={live}") == 401
    assert await developer.tell("GET", f"/v1/{live}") == 404
    assert await developer.tell("GET", f"/v1/keys/{live}", live) == 404
    assert await developer.tell("DELETE", f"/v1/keys/{live}", live) == 404
    assert await developer.tell("POST", f"/v1/sessions/{live}/end", live) == 404
    assert await developer.tell("GET", f"/v1/jobs?state={live}", live) == 400
    async with developer.socket(f"/v1/{live}?key={live}") as line:
        assert await developer.hears(line) == "error"
    async with developer.socket(f"/v1/sessions/{live}/stream?zone={live}", token=live) as line:
        assert await developer.hears(line) == "error"


async def break_it(developer: Developer) -> None:
    for path in ("/v1/broken", "/broken", "/v1/broken?key="):
        live = developer.told.known["live key"]
        assert await developer.tell("GET", path + live * path.endswith("="), live) == 500


def rows() -> bytes:
    """Every row of every table, as Postgres writes it to a dump (bytes in hexadecimal digits)."""
    dump = bytearray()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            with cursor.copy(f'COPY "{table}" TO STDOUT') as copy:
                for chunk in copy:
                    dump += chunk
    return bytes(dump)


def redis_contents() -> bytes:
    """Every key with its value, each kind as it is read."""
    redis = client()
    read: dict[Any, Any] = {
        b"string": redis.get,
        b"hash": redis.hgetall,
        b"set": redis.smembers,
        b"zset": lambda key: redis.zrange(key, 0, -1, withscores=True),
        b"list": lambda key: redis.lrange(key, 0, -1),
        b"stream": redis.xrange,
    }
    return repr([(key, read[redis.type(key)](key)) for key in redis.scan_iter()]).encode()


def stored_files() -> bytes:
    files = [path for path in settings.MEDIA_ROOT.parent.rglob("*") if path.is_file()]
    return b"".join(path.read_bytes() for path in files)


def callers() -> list[Caller]:
    return [entry.caller for entry in credentials()._entries.values()]


class TestSecrets:
    async def test_are_nowhere_but_with_whom_they_were_shown_to(
        self, platform: Developer, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        await be_shown_everything(platform)
        await use_it_rightly(platform)
        await use_it_wrongly(platform)
        await break_it(platform)
        told = platform.told
        assert len(told.known) == 11
        ours = [record for record in caplog.records if not record.name.startswith(CLIENTS)]
        logged = "\n".join(map(JsonFormatter().format, ours)).encode()
        kept = {
            "log": logged,
            "postgres": await sync_to_async(rows)(),
            "redis": redis_contents(),
            "files": stored_files(),
            "memory": remembered(credentials()),
            "reprs": repr([*callers(), Ticket(told.known["unused ticket"], now())]).encode(),
            "answers": b"\n".join(told.answers),
        }
        assert {place: told.in_(content) for place, content in kept.items()} == {
            place: [] for place in kept
        }
        # Each place was looked at where something lies: there is what may be known.
        assert b"could not serve Bearer tifo_live_" in logged
        assert b"Terrace Labs" in kept["postgres"]
        assert b"tifo:ticket:" in kept["redis"]
        assert b"Terrace Labs" in kept["memory"]
        assert b"Caller(" in kept["reprs"]
        assert b"internal-error" in kept["answers"]
