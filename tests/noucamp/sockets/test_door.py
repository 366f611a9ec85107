"""To whom the device socket opens, and when it closes again."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from tests.conftest import Api, Tenant
from tests.noucamp.conftest import Device, register
from tests.noucamp.sockets.calls import in_thread, post, raise_all
from tests.noucamp.sockets.client import DeviceSocket

pytestmark = pytest.mark.django_db


class TestDoor:
    async def test_closes_when_the_kiosk_is_retired(self, owner: Api, kiosk: Device) -> None:
        async with DeviceSocket(kiosk.credential) as socket:
            await socket.receive()
            await post(owner, f"/v1/kiosks/{kiosk.id}/retire")
            assert await socket.parting() == ("revoked-key", 4401)

    async def test_opens_for_a_ticket_once(self, device: Api, kiosk: Device) -> None:
        ticket = (await post(device, "/v1/devices/tickets"))["ticket"]
        offered = ("tifo-v1", f"ticket.{ticket}")
        async with DeviceSocket(None, subprotocols=offered) as socket:
            assert socket.protocol == "tifo-v1"
            assert (await socket.receive())["id"] == kiosk.id
        async with DeviceSocket(None, subprotocols=offered) as again:
            assert await again.refusal() == ("invalid-ticket", 4401)

    @pytest.mark.parametrize("livemode", [True, False])
    async def test_stays_shut_for_an_ordinary_key(self, tenant: Tenant, livemode: bool) -> None:
        key = tenant.live_key if livemode else tenant.test_key
        async with DeviceSocket(key) as socket:
            assert await socket.refusal() == ("scope-missing", 4403)

    async def test_stays_shut_for_nobody(self) -> None:
        async with DeviceSocket(None) as socket:
            assert await socket.refusal() == ("unauthorized", 4401)

    async def test_holds_many_kiosks_at_once(self, owner: Api) -> None:
        fleet = [await in_thread(register, owner) for _ in range(8)]
        async with asyncio.timeout(5):
            async with AsyncExitStack() as stack:
                sockets = [
                    await stack.enter_async_context(DeviceSocket(each.credential)) for each in fleet
                ]
                for socket in sockets:
                    await socket.receive()
                raised = await raise_all(owner)
                cues = [await socket.receive() for socket in sockets]
                for socket, cue in zip(sockets, cues, strict=True):
                    await socket.send({"type": "ack", "cue": cue["id"]})
                for socket in sockets:
                    assert (await socket.receive())["type"] == "acknowledged"
        assert {cue["id"] for cue in cues} == {cue["id"] for cue in raised["cues"]}

    @pytest.mark.parametrize("query", ["zone=n", "zone"])
    async def test_stays_shut_for_a_parameter(self, kiosk: Device, query: str) -> None:
        async with DeviceSocket(kiosk.credential, query=query) as socket:
            problem = await socket.receive()
            assert (problem["type"], problem["status"], problem["code"]) == (
                "error",
                400,
                "invalid",
            )
            [error] = problem["errors"]
            assert (error["pointer"], error["code"]) == ("/zone", "unknown-parameter")

    @pytest.mark.parametrize("value", ["?1", "banana"])
    async def test_is_not_rehearsed(self, kiosk: Device, value: str) -> None:
        more = ((b"tifo-dry-run", value.encode()),)
        async with DeviceSocket(kiosk.credential, more=more) as socket:
            problem = await socket.receive()
            assert (problem["type"], problem["code"]) == ("error", "bad-request")
            [error] = problem["errors"]
            assert (error["pointer"], error["code"]) == ("/Tifo-Dry-Run", "unsupported")
        async with DeviceSocket(kiosk.credential, more=((b"tifo-dry-run", b"?0"),)) as socket:
            assert (await socket.receive())["type"] == "hello"
