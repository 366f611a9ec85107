"""The device socket, with the real channel layer: cues in time, frames in, revocation noticed."""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import pytest
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.db import connections

from apps.noucamp.models import Cue, Kiosk, Trigger
from foundation import clock
from foundation.events.sockets import Audience, send, to_device
from foundation.ids import new_id
from tenants.services.organisations import create_organisation
from tests.conftest import Api, Tenant
from tests.listening import kept
from tests.noucamp.client import EAGER, DeviceSocket
from tests.noucamp.conftest import Device, register

pytestmark = pytest.mark.django_db
WAVE = {"colour": "#a50044", "pattern": "wave"}


def committed(act: Any, *args: Any, **kwargs: Any) -> Any:
    """Act in a thread of its own: outside the test's transaction, so that every socket sees it.

    Flushing the whole database after each test would cost half a second; an organisation that is
    deleted again costs nothing.
    """

    def run() -> Any:
        try:
            return act(*args, **kwargs)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(run).result()


@pytest.fixture
def tenant(db: None) -> Iterator[Tenant]:
    organisation, live, test = committed(
        create_organisation, name="Terrace Labs", email="dev@terrace.example", now=clock.now()
    )
    yield Tenant(organisation, live, test)
    committed(organisation.delete)


@pytest.fixture
def kiosk(owner: Api) -> Device:
    device: Device = committed(register, owner)
    return device


async def post(caller: Api, address: str, body: Any = None) -> Any:
    answer = await in_thread(caller.post, address, body)
    assert answer.status_code < 300, answer.content
    return answer.json()


async def in_thread(act: Any, *args: Any, **kwargs: Any) -> Any:
    return await database_sync_to_async(act, thread_sensitive=False)(*args, **kwargs)


async def raise_all(owner: Api, **more: Any) -> dict[str, Any]:
    asked = {"kind": "led", "target": {"all": True}, "payload": WAVE} | more
    raised: dict[str, Any] = await post(owner, "/v1/triggers", asked)
    return raised


def leave_in_postgres(kiosk_id: str, lives: timedelta) -> str:
    """A cue whose message on the channel layer was lost."""
    now, kiosk = clock.now(), Kiosk.objects.get(pk=kiosk_id)
    shared = {"organisation_id": kiosk.organisation_id, "livemode": kiosk.livemode}
    moments = {"raised_at": now, "expires_at": now + lives}
    trigger = Trigger.objects.create(
        id=new_id("trg", now), kind="led", target={}, payload=WAVE, ttl_ms=1, **shared, **moments
    )
    cue = Cue.objects.create(
        id=new_id("cue", now), trigger=trigger, kiosk=kiosk, **shared, **moments
    )
    return cue.pk


class TestDelivery:
    async def test_greets_and_hands_over_what_waits(self, owner: Api, kiosk: Device) -> None:
        [waiting] = (await raise_all(owner))["cues"]
        late = await in_thread(leave_in_postgres, kiosk.id, timedelta(seconds=-1))
        async with DeviceSocket(kiosk.credential) as socket:
            hello = await socket.receive()
            assert (hello["type"], hello["id"], hello["zone"]) == ("hello", kiosk.id, "north")
            cue = await socket.receive()
            assert cue == {
                "type": "cue",
                "id": waiting["id"],
                "kind": "led",
                "payload": WAVE,
                "at": None,
                "raised_at": waiting["raised_at"],
                "expires_at": waiting["expires_at"],
            }
            assert cue["id"] != late
            assert await socket.hears_nothing()

    async def test_pushes_a_cue_and_hears_that_it_was_played(
        self, owner: Api, kiosk: Device, tenant: Tenant
    ) -> None:
        layer = get_channel_layer()
        assert layer is not None
        dashboard = await layer.new_channel()
        await layer.group_add(Audience(tenant.organisation.pk, True).group, dashboard)
        async with DeviceSocket(kiosk.credential) as socket:
            await socket.receive()
            started = time.perf_counter()
            raised = await raise_all(owner)
            cue = await socket.receive()
            assert time.perf_counter() - started < 1
            for _ in range(2):
                await socket.send({"type": "ack", "cue": cue["id"], "at": None})
            first = await socket.receive()
            assert first == await socket.receive()
            assert (first["type"], first["cue"]) == ("acknowledged", cue["id"])
        seen = (await in_thread(owner.get, f"/v1/triggers/{raised['id']}")).json()
        assert seen["counts"]["acknowledged"] == 1
        assert seen["cues"][0]["latency_ms"] == first["latency_ms"]
        assert seen["cues"][0]["delivery_ms"] <= first["latency_ms"]
        news = [(await layer.receive(dashboard))["event"] for _ in range(2)]
        assert [(event["type"], event["state"]) for event in news] == [
            ("cue", "pending"),
            ("cue", "acknowledged"),
        ]
        assert news[1]["kiosk_name"] == "Gate 7"
        assert news[1]["latency_ms"] == first["latency_ms"]
        rows = await in_thread(kept, tenant)
        assert [(row.type, row.data["cues"]) for row in rows] == [("trigger.raised", 1)]

    async def test_sends_again_what_was_never_acknowledged(self, owner: Api, kiosk: Device) -> None:
        await raise_all(owner)
        ids = []
        for _ in range(2):
            async with DeviceSocket(kiosk.credential) as socket:
                await socket.receive()
                ids.append((await socket.receive())["id"])
        assert ids[0] == ids[1]

    async def test_finds_what_the_channel_layer_lost(self, kiosk: Device) -> None:
        async with DeviceSocket(kiosk.credential, EAGER) as socket:
            await socket.receive()
            lost = await in_thread(leave_in_postgres, kiosk.id, timedelta(seconds=30))
            assert (await socket.receive())["id"] == lost
            assert await socket.hears_nothing()

    async def test_never_sends_a_late_cue(self, kiosk: Device) -> None:
        past = (clock.now() - timedelta(milliseconds=1)).isoformat()
        async with DeviceSocket(kiosk.credential) as socket:
            await socket.receive()
            late = {"type": "cue", "id": "cue_late", "expires_at": past}
            await send([to_device(kiosk.id, late)])
            assert await socket.hears_nothing()

    async def test_reaches_only_the_kiosks_that_are_meant(self, owner: Api, kiosk: Device) -> None:
        other = await in_thread(register, owner, zone="south")
        async with DeviceSocket(kiosk.credential) as north, DeviceSocket(other.credential) as south:
            for socket in (north, south):
                await socket.receive()
            await raise_all(owner, target={"zones": ["south"]})
            assert (await south.receive())["type"] == "cue"
            assert await north.hears_nothing()


class TestPresence:
    async def test_ends_with_the_last_socket_of_the_kiosk(self, owner: Api, kiosk: Device) -> None:
        async def connected() -> bool:
            seen = (await in_thread(owner.get, f"/v1/kiosks/{kiosk.id}")).json()
            return bool(seen["connected"])

        async with DeviceSocket(kiosk.credential) as stays:
            await stays.receive()
            async with DeviceSocket(kiosk.credential) as goes:
                await goes.receive()
            assert await connected()
        assert not await connected()


class TestFrames:
    async def test_answers_telemetry_with_advice(self, owner: Api, kiosk: Device) -> None:
        async with DeviceSocket(kiosk.credential) as socket:
            await socket.receive()
            await socket.send({"type": "telemetry", "soc_celsius": 72, "npu_load": 0.9})
            advice = await socket.receive()
            assert (advice["type"], advice["thermal"]) == ("advice", "minimal")
            seen = (await in_thread(owner.get, f"/v1/kiosks/{kiosk.id}")).json()
            assert seen["telemetry"]["npu_load"] == 0.9
            assert seen["connected"] is True
        seen = (await in_thread(owner.get, f"/v1/kiosks/{kiosk.id}")).json()
        assert seen["connected"] is False

    async def test_that_are_malformed_get_an_error_and_the_socket_stays(
        self, kiosk: Device
    ) -> None:
        wrong = {
            "not json": "bad-frame",
            "[" * 5000: "bad-frame",
            "[1]": "bad-frame",
            "{}": "bad-frame",
            '{"type": "dance"}': "bad-frame",
            '{"type": "dance", "type": "ack", "cue": "cue_0"}': "bad-frame",
            " " * 17_000: "bad-frame",
            '{"type": "ack"}': "invalid",
            '{"type": "ack", "cue": "cue_0", "at": "noon"}': "invalid",
            '{"type": "ack", "cue": "cue_0"}': "not-found",
            '{"type": "telemetry", "soc_celsius": "hot"}': "invalid",
            '{"type": "telemetry", "soc_celsius": "20"}': "invalid",
            '{"type": "telemetry", "soc_celsius": true}': "invalid",
            '{"type": "telemetry", "soc_celsius": NaN}': "bad-frame",
            '{"type": "telemetry", "soc_celsius": 20, "npu": 0.5}': "invalid",
        }
        async with DeviceSocket(kiosk.credential) as socket:
            await socket.receive()
            for frame, code in wrong.items():
                await socket.send(frame)
                answer = await socket.receive()
                assert (answer["type"], answer["code"]) == ("error", code), frame
            await socket.send(b"\0\1")
            assert (await socket.receive())["code"] == "bad-frame"
            await socket.send({"type": "telemetry", "soc_celsius": 20})
            assert (await socket.receive())["thermal"] == "normal"

    async def test_in_a_flood_end_the_socket(self, kiosk: Device) -> None:
        async with DeviceSocket(kiosk.credential) as socket:
            await socket.receive()
            for _ in range(100):
                await socket.send("{}")
            codes = [(await socket.receive())["code"] for _ in range(40)]
            while codes[-1] == "bad-frame":
                codes.append((await socket.receive())["code"])
            assert codes[:40] == ["bad-frame"] * 40
            assert codes[-1] == "too-many-frames"
            assert await socket.refusal() == ("too-many-frames", 4429)


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
