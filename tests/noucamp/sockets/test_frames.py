"""What a kiosk sends over its socket: answered, refused, and stopped in a flood."""

import pytest

from tests.conftest import Api
from tests.noucamp.conftest import Device
from tests.noucamp.sockets.calls import in_thread
from tests.noucamp.sockets.client import DeviceSocket

pytestmark = pytest.mark.django_db


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
