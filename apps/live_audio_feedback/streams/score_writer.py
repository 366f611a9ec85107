"""Scores, and how much was heard, on their way to Postgres: once a second, in a thread."""

import asyncio
import logging
from datetime import datetime

from django.db import Error as DatabaseFailure

from apps.live_audio_feedback import services
from apps.live_audio_feedback.rules.rollups import RollUps, Second, Summary
from apps.live_audio_feedback.rules.sums import StreamSums
from apps.live_audio_feedback.streams.heard import Heard, HeardSeconds
from apps.live_audio_feedback.streams.sums import Sums
from foundation.batching import in_thread

MOST_KEPT = 36_000  # ten minutes of sixty zones, should Postgres be away
logger = logging.getLogger(__name__)


class ScoreWriter:
    """Roll-ups on their way to Postgres. A failed write is kept and tried again a second later."""

    def __init__(self, most_kept: int = MOST_KEPT) -> None:
        self._rows = RollUps(most_kept)
        self._heard = HeardSeconds()
        self._sums = Sums()
        self._turn = asyncio.Lock()

    def add(self, session_id: str, zone: str, score: float, now: datetime) -> None:
        row = Second(session_id, now.replace(microsecond=0), zone)
        self._rows.add(row, Summary.of(score))

    def hear(self, heard: Heard, frames: int, now: datetime) -> None:
        """Note how many frames of a stream were scored in all."""
        self._heard.add(heard, frames, now)

    def sum_up(self, sums: StreamSums) -> None:
        """Note what a stream has come to."""
        self._sums.add(sums)

    @property
    def waiting(self) -> int:
        """Roll-ups that are not written yet."""
        return len(self._rows)

    async def write(self, before: datetime | None = None) -> None:
        """Write the seconds that ended by `before`, or all there is, and all that was heard."""
        async with self._turn:
            rows = self._rows.take(before)
            heard, sums = self._heard.take(), self._sums.take()
            if not rows and not heard and not sums:
                return
            try:
                await in_thread(services.keep_scores, rows=rows, heard=heard, streams=sums)
            except DatabaseFailure as error:
                self._rows.put_back(rows)
                self._heard.put_back(heard)
                self._sums.put_back(sums)
                logger.warning(
                    "scores not written, will try again",
                    extra={"error": str(error), "waiting": self.waiting},
                )
