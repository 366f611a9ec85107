"""Scores on their way to Postgres, once a second, in a thread: the tick waits for none of it."""

import asyncio
import logging
from datetime import datetime

from django.db import Error as DatabaseFailure

from apps.live_audio_feedback import services
from apps.live_audio_feedback.rules.rollups import RollUps, Second, Summary
from foundation.batching import in_thread

MOST_KEPT = 36_000  # ten minutes of sixty zones, should Postgres be away
logger = logging.getLogger(__name__)


class ScoreWriter:
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
                await in_thread(services.keep_scores, rows=rows)
            except DatabaseFailure as error:
                self._rows.put_back(rows)
                logger.warning(
                    "scores not written, will try again",
                    extra={"error": str(error), "waiting": self.waiting},
                )
