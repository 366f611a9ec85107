"""The kiosk's side: cues in, acknowledgements and telemetry out, under its own credential."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from tifo_client.arguments import checked
from tifo_client.endpoint import Endpoint
from tifo_client.sockets import Socket, number, reading


@dataclass(frozen=True)
class Cue:
    """Something to play: at `at`, or at once when that is None; never after `expires_at`."""

    id: str
    kind: str
    payload: dict[str, Any]
    at: datetime | None
    raised_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class Acknowledged:
    """The platform has noted that a cue was played, so long after it was raised."""

    cue: str
    latency_ms: int


@dataclass(frozen=True)
class Advice:
    """How hard the device may work, in answer to its telemetry."""

    thermal: str
    inference_share: float
    led_brightness: float


DeviceEvent = Cue | Acknowledged | Advice


class DeviceClient(Socket):
    """A kiosk's socket: `async for event in device` gives a Cue, an Acknowledged or an Advice.

    Raises Misconfigured, a ValueError, for what can be no credential or no address.

    Cues that were not acknowledged come again after a new connection, until they expire.
    """

    def __init__(self, credential: str, base_url: str) -> None:
        super().__init__(Endpoint.at(base_url, credential), "/v1/devices/connect")

    @checked
    async def acknowledge(self, cue: Cue, *, played_at: datetime | None = None) -> None:
        """Tell that the cue was played, and when by the device's own clock, if it has one."""
        said = {"type": "ack", "cue": cue.id}
        if played_at is not None:
            said["at"] = played_at.isoformat()
        await self._send(json.dumps(said))

    @checked
    async def report(self, soc_celsius: float, **more: float | None) -> None:
        """Report temperature (°C) and load, as POST /v1/telemetry takes them; an Advice answers."""
        await self._send(json.dumps({"type": "telemetry", "soc_celsius": soc_celsius, **more}))

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> DeviceEvent:
        while (frame := await self._receive()) is not None:
            with reading(frame):
                event = _event(frame)
            if event is not None:
                return event
        raise StopAsyncIteration


def _event(frame: dict[str, Any]) -> DeviceEvent | None:
    match frame["type"]:
        case "cue":
            return _cue(frame)
        case "acknowledged":
            return Acknowledged(str(frame["cue"]), int(number(frame["latency_ms"])))
        case "advice":
            shares = number(frame["inference_share"]), number(frame["led_brightness"])
            return Advice(str(frame["thermal"]), *shares)
    return None  # a frame of a later version


def _cue(frame: dict[str, Any]) -> Cue:
    return Cue(
        id=str(frame["id"]),
        kind=str(frame["kind"]),
        payload=dict(frame["payload"]),
        at=datetime.fromisoformat(frame["at"]) if frame.get("at") else None,
        raised_at=datetime.fromisoformat(frame["raised_at"]),
        expires_at=datetime.fromisoformat(frame["expires_at"]),
    )
