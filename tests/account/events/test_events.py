"""`/v1/events` with the real channel layer: what a listener hears, and when it is shut out."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator

from apps.account.consumers import EventsConsumer
from foundation import clock
from foundation.events.sockets import Audience, Message, send
from gateway.callers.authentication import from_token, view_token
from jobs.services import cancel, enqueue
from tenants.services.keys import revoke_key
from tenants.services.organisations import create_organisation
from tests.conftest import Tenant
from tests.listening import committed

pytestmark = pytest.mark.django_db
PATIENCE_S = 5.0
Line: Any = ApplicationCommunicator  # its methods carry no types


@pytest.fixture
def tenant(db: None) -> Iterator[Tenant]:
    organisation, live, test = committed(
        create_organisation, name="Terrace Labs", email="dev@terrace.example", now=clock.now()
    )
    yield Tenant(organisation, live, test)
    committed(organisation.delete)


class Listener:
    """Speaks ASGI to the consumer, as a server would."""

    def __init__(self, token: str | None, query: str = "", **more: str) -> None:
        sent = ({"authorization": f"Bearer {token}"} if token else {}) | more
        scope = {
            "type": "websocket",
            "path": "/v1/events",
            "query_string": query.encode(),
            "headers": [
                (name.replace("_", "-").encode(), value.encode()) for name, value in sent.items()
            ],
            "subprotocols": [],
        }
        self._line = Line(EventsConsumer.as_asgi(), scope)

    async def __aenter__(self) -> "Listener":
        await self._line.send_input({"type": "websocket.connect"})
        assert (await self._next())["type"] == "websocket.accept"
        return self

    async def __aexit__(self, *failed: object) -> None:
        await self._line.send_input({"type": "websocket.disconnect", "code": 1000})
        await self._line.wait(PATIENCE_S)

    async def say(self, text: str) -> None:
        await self._line.send_input({"type": "websocket.receive", "text": text})

    async def frame(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((await self._next())["text"])
        return found

    async def close_code(self) -> int:
        closed = await self._next()
        assert closed["type"] == "websocket.close"
        return int(closed["code"])

    async def _next(self) -> dict[str, Any]:
        message: dict[str, Any] = await self._line.receive_output(PATIENCE_S)
        return message


def revoke_all(tenant: Tenant) -> None:
    for key in tenant.organisation.keys.all():
        revoke_key(organisation=tenant.organisation, key_id=key.pk, now=clock.now())


async def tell(tenant: Tenant, words: str, *, livemode: bool = False) -> None:
    group = Audience(tenant.organisation.pk, livemode).group
    await send([Message(group, {"type": "toy", "words": words})])


class TestAListener:
    async def test_hears_the_events_of_its_own_mode(self, tenant: Tenant) -> None:
        async with Listener(tenant.test_key) as listener:
            hello = await listener.frame()
            assert (hello["type"], hello["livemode"]) == ("hello", False)
            await tell(tenant, "not for you", livemode=True)
            await tell(tenant, "for you")
            assert (await listener.frame())["words"] == "for you"

    async def test_hears_that_a_job_is_queued_and_cancelled(self, tenant: Tenant) -> None:
        now = clock.now()
        async with Listener(tenant.test_key) as listener:
            await listener.frame()
            job = await sync_to_async(committed)(
                enqueue,
                organisation=tenant.organisation,
                livemode=False,
                kind="test.echo",
                payload={},
                accelerator="cpu",
                now=now,
            )
            await sync_to_async(committed)(
                cancel, organisation=tenant.organisation, job_id=job.pk, livemode=False, now=now
            )
            heard = [await listener.frame(), await listener.frame()]
        assert [frame["id"] for frame in heard] == [job.pk] * 2
        assert [frame["state"] for frame in heard] == ["queued", "aborted"]

    async def test_is_shut_out_once_its_key_is_revoked_and_told_nothing_more(
        self, tenant: Tenant
    ) -> None:
        async with Listener(tenant.test_key) as listener:
            await listener.frame()
            await asyncio.to_thread(committed, revoke_all, tenant)
            warning = await listener.frame()
            assert (warning["type"], warning["code"]) == ("warning", "revoked-key")
            await tell(tenant, "a secret")
            said = await listener.frame()
            assert (said["type"], said["code"]) == ("error", "revoked-key")
            assert await listener.close_code() == 4401

    async def test_may_say_what_it_likes(self, tenant: Tenant) -> None:
        async with Listener(tenant.test_key) as listener:
            await listener.frame()
            await listener.say("{no json")
            await tell(tenant, "still here")
            assert (await listener.frame())["words"] == "still here"

    async def test_through_a_view_link_ends_with_the_key_that_made_it(self, tenant: Tenant) -> None:
        caller = await asyncio.to_thread(committed, from_token, tenant.test_key, now=clock.now())
        async with Listener(view_token(caller)) as listener:
            await listener.frame()
            await tell(tenant, "seen")
            assert (await listener.frame())["words"] == "seen"
            await asyncio.to_thread(committed, revoke_all, tenant)
            assert [(await listener.frame())["type"] for _ in range(2)] == ["warning", "error"]
            assert await listener.close_code() == 4401

    async def test_without_a_credential_is_told_why(self) -> None:
        async with Listener(None) as listener:
            assert (await listener.frame())["code"] == "unauthorized"
            assert await listener.close_code() == 4401

    @pytest.mark.parametrize("query", ["session=ses_1", "types", "session=ses_1&session=ses_2"])
    async def test_with_a_parameter_is_told_that_there_are_none(
        self, tenant: Tenant, query: str
    ) -> None:
        async with Listener(tenant.test_key, query) as listener:
            refused = await listener.frame()
            assert (refused["type"], refused["code"]) == ("error", "invalid")
            [error] = refused["errors"]
            assert error["pointer"] == f"/{query.partition('=')[0]}"
            assert (error["code"], "takes none" in error["detail"]) == ("unknown-parameter", True)
            assert await listener.close_code() == 4400

    @pytest.mark.parametrize("value", ["?1", "banana", ""])
    async def test_that_wants_a_dry_run_is_told_that_there_is_none(
        self, tenant: Tenant, value: str
    ) -> None:
        async with Listener(tenant.test_key, tifo_dry_run=value) as listener:
            refused = await listener.frame()
            assert (refused["type"], refused["code"]) == ("error", "bad-request")
            [error] = refused["errors"]
            assert (error["pointer"], error["code"]) == ("/Tifo-Dry-Run", "unsupported")
            assert await listener.close_code() == 4400
        async with Listener(tenant.test_key, tifo_dry_run="?0") as listener:
            assert (await listener.frame())["type"] == "hello"
