"""Several hundred people who cheer and skip at the kiosks: the month's active users."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count

from demo.acts.director import Director
from demo.acts.kiosks import Kiosk
from demo.cast import Cast
from demo.report import Check
from tifo_client import Interaction, Tifo
from tifo_client.shapes import InteractionKind

FANS = 360
BATCH = 20
RETURNING = 5  # of each batch come a second time, and are counted once


class Fans:
    """Each kiosk reports its fans' interactions under its own credential, in batches."""

    def __init__(self, kiosks: Sequence[Kiosk], director: Director, cast: Cast) -> None:
        self._kiosks = kiosks
        self._director = director
        self._cast = cast
        self._devices = {kiosk.id: Tifo(kiosk.credential, cast.address) for kiosk in kiosks}
        self._numbers = count(1)
        self.accepted = self.duplicates = self.sent = self.sent_twice = 0

    async def come(self, *, within_s: float) -> list[Check]:
        """All of them once, some of them twice, and one batch that a kiosk sends again."""
        batches = -(-FANS // BATCH)
        for index in range(batches):
            kiosk = self._kiosks[index % len(self._kiosks)]
            names = [f"fan-{n:04}" for n in range(index * BATCH, min((index + 1) * BATCH, FANS))]
            batch = [self._cheer(name) for name in names]
            batch += [self._skip(name) for name in names[:RETURNING]]
            await self._send(kiosk, batch)
            if index == 0:
                self.sent_twice += len(batch)
                await self._send(kiosk, batch)
            if (index + 1) % 6 == 0:
                self._cast.say(
                    "kiosks", f"{self.sent} interactions of {index * BATCH + len(names)} fans"
                )
            await asyncio.sleep(within_s / batches)
        return await self._check()

    async def go_on(self) -> None:
        """A few of the same fans, now and then, until it is cancelled."""
        while True:
            kiosk = self._kiosks[next(self._numbers) % len(self._kiosks)]
            await self._send(kiosk, [self._cheer(f"fan-{n:04}") for n in range(BATCH)])
            await asyncio.sleep(5.0)

    async def _check(self) -> list[Check]:
        """The meter counts people, not clicks; and what is sent twice is stored once."""
        usage = await self._cast.call(self._cast.office.usage.get)
        seen = await self._cast.call(self._cast.director.interactions.summary)
        stored = seen.cheers + seen.skips
        says = (
            f"{FANS} distinct fans are {usage.mau} MAU; {self.sent} interactions were sent, "
            f"{self.duplicates} of them twice, {stored} are stored"
        )
        exact = usage.mau == seen.users == FANS
        once = stored == self.accepted == self.sent - self.sent_twice
        return [Check("Fans", exact and once and self.duplicates == self.sent_twice, says)]

    async def _send(self, kiosk: Kiosk, batch: Sequence[Interaction]) -> None:
        recorded = await self._cast.call(self._devices[kiosk.id].interactions.record, batch)
        self.sent += len(batch)
        self.accepted += recorded.accepted
        self.duplicates += recorded.duplicates

    def _cheer(self, fan: str) -> Interaction:
        return self._interaction(fan, "cheer", round(self._director.score, 1))

    def _skip(self, fan: str) -> Interaction:
        return self._interaction(fan, "skip", None)

    def _interaction(self, fan: str, kind: InteractionKind, value: float | None) -> Interaction:
        number = f"{self._kiosks[0].id}-{next(self._numbers)}"
        return Interaction(id=number, end_user=fan, kind=kind, at=datetime.now(UTC), value=value)
