"""What the tick keeps of a session, and what it must hear of: once a second, in a thread."""

import asyncio
import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from django.db import Error as DatabaseFailure
from django.db import connection

from apps.live_audio_feedback import queries, services
from apps.live_audio_feedback.rules.rollups import RollUps, Second, Summary
from foundation.errors import TifoError
from gateway.authentication import lapsed

MOST_KEPT = 36_000  # ten minutes of sixty zones, should Postgres be away
Answer = TypeVar("Answer")
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class News:
    """Sessions that were ended by a call, and credentials that no longer open anything."""

    ended: dict[str, datetime]
    lapsed: dict[str, TifoError]


class Ledger:
    """Roll-ups on their way to Postgres. A failed write is kept and tried again a second later."""

    def __init__(self, most_kept: int = MOST_KEPT) -> None:
        self._rows = RollUps(most_kept)
        self._turn = asyncio.Lock()

    def add(self, session_id: str, zone: str, score: float, now: datetime) -> None:
        row = Second(session_id, now.replace(microsecond=0), zone)
        self._rows.add(row, Summary.of(score))

    @property
    def waiting(self) -> int:
        """Roll-ups that are not written yet."""
        return len(self._rows)

    async def write(self, before: datetime | None = None) -> None:
        """Write the seconds that ended by `before`, or all there is."""
        async with self._turn:
            rows = self._rows.take(before)
            if not rows:
                return
            try:
                await _in_thread(lambda: services.keep_scores(rows=rows))
            except DatabaseFailure as error:
                self._rows.put_back(rows)
                logger.warning(
                    "scores not written, will try again",
                    extra={"error": str(error), "waiting": self.waiting},
                )


async def news(
    session_ids: Collection[str], credential_ids: Collection[str], *, now: datetime
) -> News:
    """Ask once for everything; no news while Postgres is away."""
    try:
        return await _in_thread(
            lambda: News(queries.ended(session_ids), lapsed(credential_ids, now=now))
        )
    except DatabaseFailure as error:
        logger.warning("sessions not looked up", extra={"error": str(error)})
        return News({}, {})


async def _in_thread(act: Callable[[], Answer]) -> Answer:
    """Run `act` in a thread whose connection goes back to the pool afterwards."""

    def run() -> Answer:
        try:
            return act()
        finally:
            connection.close()

    return await asyncio.to_thread(run)
