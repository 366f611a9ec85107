"""The show's director: watches the score, and sends a wave through the kiosks when it rises."""

import asyncio
import time
from typing import Any

from demo.cast import Cast
from demo.report import Check
from demo.voice import bar

CALIBRATION_S = 2.5  # the first seconds tell how quiet this hall is
RISE = 15.0
CUE_EVERY_S = 5.0
SAY_EVERY_S = 2.0
SETTLED_WITHIN_S = 5.0
COLOURS = {"applause": "#f2c14e", "cheer": "#a50044", "chant": "#004d98", "boo": "#5c5c5c"}


class Hall:
    """How quiet a hall is in its first seconds, and what rises above that since."""

    def __init__(self) -> None:
        self._began_s: float | None = None
        self._quiet = 0.0
        self._loudest = self._cued_s = float("-inf")

    def rises(self, score: float, now_s: float) -> bool:
        """Is a wave due, at this score?"""
        self._began_s = now_s if self._began_s is None else self._began_s
        if now_s - self._began_s < CALIBRATION_S:
            self._quiet = max(self._quiet, score)
            return False
        self._loudest = max(self._loudest, score)
        if score < self._quiet + RISE or now_s - self._cued_s < CUE_EVERY_S:
            return False
        self._cued_s = now_s
        return True

    @property
    def stayed_calm(self) -> bool:
        """It was heard beyond its first seconds, and never rose."""
        return float("-inf") < self._loudest < self._quiet + RISE


class Director:
    """`score` is the newest of the session, `triggers` the ids of all that were raised.

    Without `tells` it goes on in silence.
    """

    def __init__(self, cast: Cast) -> None:
        self.score = 0.0
        self.triggers: list[str] = []
        self.tells = True
        self._cast = cast
        self._client = cast.director
        self.hall = Hall()
        self._said = float("-inf")

    async def watch(self) -> None:
        """Until it is cancelled."""
        await self._cast.call.turn()
        async with self._client.events() as events:
            async for event in events:
                if event["type"] == "score":
                    await self._hear(event)

    async def _hear(self, event: dict[str, Any]) -> None:
        now = time.monotonic()
        self.score = event["score"]
        sounds_like = _loudest_part(event["parts"])
        if self.tells and now - self._said >= SAY_EVERY_S:
            self._said = now
            self._cast.say("crowd", f"{self.score:5.1f} {bar(self.score)} {sounds_like}")
        if self.hall.rises(self.score, now):
            await self._send_wave(sounds_like)

    async def _send_wave(self, sounds_like: str) -> None:
        payload = {
            "colour": COLOURS.get(sounds_like, "#ffffff"),
            "pattern": "wave",
            "score": round(self.score),
        }
        trigger = await self._cast.call(
            self._client.triggers.raise_, "led", everyone=True, payload=payload
        )
        self.triggers.append(trigger.id)
        if self.tells:
            rise = f"{self.score:.0f}, more than {RISE:g} above the quiet"
            self._cast.say("cues", f"{rise}: a wave for {len(trigger.cues)} kiosks")

    async def check_cues(
        self, kiosks: int, latencies_ms: list[int], *, may_be_calm: bool
    ) -> list[Check]:
        """Every cue of every trigger was acknowledged by its kiosk.

        A crowd that `may_be_calm` need not raise any, if it was heard and stayed so.
        """
        if may_be_calm and not self.triggers and self.hall.stayed_calm:
            says = f"the recording never rose {RISE:g} above its first seconds: no cue"
            return [Check("Cues", True, says)]
        expected = kiosks * len(self.triggers)
        acknowledged = 0
        for trigger_id in self.triggers:
            acknowledged += await self._settled(trigger_id, kiosks)
        times = sorted(latencies_ms) or [0]
        median, worst = times[len(times) // 2], times[-1]
        says = (
            f"{acknowledged} of {expected} acknowledged by {kiosks} kiosks after "
            f"{len(self.triggers)} triggers; median {median} ms, worst {worst} ms"
        )
        return [Check("Cues", 0 < acknowledged == expected, says)]

    async def _settled(self, trigger_id: str, kiosks: int) -> int:
        """How many cues of the trigger were acknowledged, given a moment for the last of them."""
        deadline = time.monotonic() + SETTLED_WITHIN_S
        while True:
            trigger = await self._cast.call(self._client.triggers.get, trigger_id)
            if trigger.counts.acknowledged == kiosks or time.monotonic() > deadline:
                return trigger.counts.acknowledged
            await asyncio.sleep(0.5)


def _loudest_part(parts: dict[str, float]) -> str:
    name, likelihood = max(
        ((name, value) for name, value in parts.items() if name != "level"),
        key=lambda part: part[1],
        default=("", 0.0),
    )
    return name if likelihood >= 0.3 else ""
