"""Kiosks in every zone: they play cues and tell how warm they are."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from demo.acts.crowd import ZONES
from demo.cast import Cast
from demo.report import Check
from tifo_client import DeviceClient
from tifo_client.devices import Acknowledged, Advice, Cue

KIOSKS_A_ZONE = 2
WARM, HOT = 52.0, 91.0  # °C of the chip


@dataclass
class Kiosk:
    """One device: its credential opens its socket and signs its reports."""

    id: str
    name: str
    zone: str
    credential: str = field(repr=False)
    latencies_ms: list[int] = field(default_factory=list)
    advice: Advice | None = None

    async def live(self, address: str, celsius: float, ready: asyncio.Event) -> None:
        """Connected until it is cancelled: play each cue, and say that it was played."""
        async with DeviceClient(self.credential, address) as device:
            await device.report(celsius, npu_load=0.4)
            ready.set()
            async for happened in device:
                match happened:
                    case Cue():
                        await device.acknowledge(happened, played_at=datetime.now(UTC))
                    case Acknowledged(latency_ms=latency_ms):
                        self.latencies_ms.append(latency_ms)
                    case Advice():
                        self.advice = happened


async def register(cast: Cast) -> list[Kiosk]:
    """Two kiosks a zone."""
    kiosks = []
    for zone in ZONES:
        for number in range(1, KIOSKS_A_ZONE + 1):
            name = f"{zone.name.title()} gate {number}"
            made = await cast.call(cast.director.kiosks.register, name, zone.name)
            kiosks.append(Kiosk(made.id, name, zone.name, made.credential))
    cast.say("kiosks", f"{len(kiosks)} registered in {len(ZONES)} zones")
    return kiosks


async def connect(kiosks: Sequence[Kiosk], cast: Cast) -> list[asyncio.Task[None]]:
    """A task per kiosk that holds its socket; the last kiosk stands in the sun."""
    tasks = []
    for kiosk in kiosks:
        ready = asyncio.Event()
        await cast.call.turn()
        await cast.call.turn()  # the report is admitted like a call
        celsius = HOT if kiosk is kiosks[-1] else WARM
        task = asyncio.create_task(kiosk.live(cast.address, celsius, ready))
        waiting = asyncio.create_task(ready.wait())
        await asyncio.wait([task, waiting], return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            waiting.cancel()
            task.result()
        tasks.append(task)
    cast.say("kiosks", f"{len(tasks)} device sockets open, telemetry reported")
    return tasks


def check_advice(kiosks: Sequence[Kiosk]) -> list[Check]:
    """Devices protect themselves: the hot kiosk is told to work less, the others are not."""
    thermal = [kiosk.advice.thermal if kiosk.advice else "unknown" for kiosk in kiosks]
    hot = kiosks[-1].advice
    share = f"{hot.inference_share:.0%} of its inference" if hot else "no advice"
    ok = set(thermal[:-1]) == {"normal"} and thermal[-1] in {"reduced", "minimal"}
    says = f"at {WARM:g} °C normal; {kiosks[-1].name} at {HOT:g} °C: {thermal[-1]}, {share}"
    return [Check("Thermal advice", ok, says)]
