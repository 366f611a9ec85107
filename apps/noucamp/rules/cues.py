"""The life of a cue, told from its moments: raised, delivered, acknowledged, or too late."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

FURTHEST_AHEAD = timedelta(minutes=10)


class CueState(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    ACKNOWLEDGED = "acknowledged"
    EXPIRED = "expired"


@dataclass(frozen=True)
class CueTimes:
    """Moments by the platform's clock; a device's own clock never enters."""

    raised_at: datetime
    expires_at: datetime
    delivered_at: datetime | None
    acknowledged_at: datetime | None

    @property
    def delivery_ms(self) -> int | None:
        """From the raise to the delivery."""
        return _milliseconds(self.raised_at, self.delivered_at)

    @property
    def latency_ms(self) -> int | None:
        """From the raise to the acknowledgement."""
        return _milliseconds(self.raised_at, self.acknowledged_at)


def state(times: CueTimes, now: datetime) -> CueState:
    """Expired means that its time ended before it was delivered: what was delivered stays so."""
    if times.acknowledged_at is not None:
        return CueState.ACKNOWLEDGED
    if times.delivered_at is not None:
        return CueState.DELIVERED
    return CueState.PENDING if now < times.expires_at else CueState.EXPIRED


def may_be_played_at(play_at: datetime | None, now: datetime) -> bool:
    """At once, or as far ahead as kiosks keep their clocks together."""
    return play_at is None or now <= play_at <= now + FURTHEST_AHEAD


def expiry(raised_at: datetime, play_at: datetime | None, ttl_ms: int) -> datetime:
    """A cue lives `ttl_ms` from the moment it is meant for."""
    return (play_at or raised_at) + timedelta(milliseconds=ttl_ms)


def _milliseconds(start: datetime, end: datetime | None) -> int | None:
    # Two machines' clocks may disagree by a little; nothing arrives before it was sent.
    return None if end is None else max(0, round((end - start) / timedelta(milliseconds=1)))
