"""A session as this process hears it: its streams, its window, and its place under the limit."""

import asyncio
import logging
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from django.db import Error as DatabaseFailure

from apps.live_audio_feedback import queries
from apps.live_audio_feedback.models import LiveSession
from apps.live_audio_feedback.rules.pacing import Pace
from apps.live_audio_feedback.rules.sequence import Sequence
from apps.live_audio_feedback.rules.window import OutsideWindow, Window, outside
from apps.live_audio_feedback.streams.heard import Heard
from apps.live_audio_feedback.streams.outgoing import Outgoing
from foundation.batching import in_thread
from foundation.events.sockets import Audience
from gateway.admission.places import Place
from gateway.callers.caller import Caller
from gateway.doors.connections import Connection
from tenants.limits import Cost

logger = logging.getLogger(__name__)


@dataclass(eq=False)
class ActiveSession:
    """`stream_count` counts streams that are here or on their way in; the place is theirs together.

    `closes_at_s` is the window's end on the event loop's clock.
    """

    session_id: str
    audience: Audience
    window: Window
    closes_at_s: float
    place: Place
    stream_count: int = 0
    renew_at_s: float = 0.0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @classmethod
    def of(
        cls, session: LiveSession, caller: Caller, *, holder: str, now: datetime, now_s: float
    ) -> "ActiveSession":
        return cls(
            session_id=session.pk,
            audience=Audience(caller.organisation.pk, caller.livemode),
            window=session.window,
            closes_at_s=now_s + (session.ends_at - now).total_seconds(),
            place=Place(caller, Cost.LIVE_SESSIONS, session.pk, holder),
        )

    def over(self, now: datetime) -> OutsideWindow:
        """What everyone is told at `closes_at_s`, though the wall clock may be a little behind."""
        return outside(self.window, max(now, self.window.ends_at))


@dataclass(eq=False)
class Stream:
    """One client's audio. `ending` after the client said so, `closed` once it was told the end.

    `heard` counts its seconds, unless nobody's are counted.
    """

    slot: int
    session: ActiveSession
    zone: str
    heard_at_s: float
    heard: Heard | None = None
    connection: Connection | None = None
    outgoing: Outgoing = field(default_factory=Outgoing)
    sequence: Sequence = field(default_factory=Sequence)
    pace: Pace = field(default_factory=Pace)
    warned: set[str] = field(default_factory=set)
    told_at_s: dict[str, float] = field(default_factory=dict)
    stale_reads: int = 0
    ending: bool = False
    closed: bool = False


async def ended(session_ids: Collection[str]) -> dict[str, datetime]:
    """Which of the sessions were ended by a call, and when; none while Postgres is away."""
    try:
        return await in_thread(queries.ended, session_ids)
    except DatabaseFailure as error:
        logger.warning("sessions not looked up", extra={"error": str(error)})
        return {}
