"""Cues over the device socket, with the real channel layer: in time, and none lost."""

import time
from datetime import timedelta

import pytest
from channels.layers import get_channel_layer

from apps.noucamp.models import Cue, Kiosk, Trigger
from foundation import clock
from foundation.events.sockets import Audience, send, to_device
from foundation.ids import new_id
from tests.conftest import Api, Tenant
from tests.listening import kept
from tests.noucamp.conftest import Device, register
from tests.noucamp.sockets.calls import WAVE, in_thread, raise_all
from tests.noucamp.sockets.client import EAGER, DeviceSocket

pytestmark = pytest.mark.django_db


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
