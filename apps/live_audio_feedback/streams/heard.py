"""How many seconds of each stream were scored, on their way to the counters.

They are written in the transaction that writes the scores, as totals of a stream and a UTC day: to
write a total again changes nothing. A process that is killed loses what it heard since its last
write, a second or so, and counts nothing twice.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

from apps.live_audio_feedback.rules.frames import FRAME_SECONDS
from foundation.events.sockets import Audience
from metering.meters import MeterName
from metering.services import SoFar
from tenants.scopes import family

FRAMES_PER_SECOND: Final = round(1 / FRAME_SECONDS)


@dataclass
class Heard:
    """A stream's frames: all that were scored, and those of the days before `day`."""

    stream_id: str
    audience: Audience
    key_id: str
    began_at: datetime
    frames: int = 0
    day: date | None = None
    frames_before: int = 0

    def grow(self, frames: int, now: datetime) -> bool:
        """Note that it has come to `frames`; whether that is more. What is new is of this day."""
        day = now.astimezone(UTC).date()
        if frames <= self.frames:
            return False
        if day != self.day:
            self.day, self.frames_before = day, self.frames
        self.frames = frames
        return True

    def of_day(self, now: datetime) -> SoFar:
        """What the day counts so far."""
        return SoFar(
            organisation_id=self.audience.organisation_id,
            livemode=self.audience.livemode,
            meter=MeterName.LIVE_AUDIO_SECONDS,
            source=f"{self.stream_id}:{self.day}",
            quantity=Decimal(self.frames - self.frames_before) / FRAMES_PER_SECOND,
            at=now,
            key_id=self.key_id,
            family=family("sessions:stream"),
        )


class HeardSeconds:
    """Totals that wait to be written: one a stream and day, however long Postgres is away."""

    def __init__(self) -> None:
        self._waiting: dict[str, SoFar] = {}

    def add(self, heard: Heard, frames: int, now: datetime) -> None:
        if heard.grow(frames, now):
            total = heard.of_day(now)
            self._waiting[total.source] = total

    def take(self) -> list[SoFar]:
        """Remove and return what waits."""
        taken, self._waiting = self._waiting, {}
        return list(taken.values())

    def put_back(self, totals: Iterable[SoFar]) -> None:
        """Keep what could not be written, unless a later total has come meanwhile."""
        for total in totals:
            self._waiting.setdefault(total.source, total)
