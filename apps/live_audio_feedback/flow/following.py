"""Once a second, in the process that hears a session: its selector looks at the crowd."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from apps.live_audio_feedback.flow import queries
from apps.live_audio_feedback.flow.answering import answer
from apps.live_audio_feedback.flow.models import Flow
from foundation.batching import in_thread

AT_ONCE: Final = 4  # a few threads: the others write scores
logger = logging.getLogger(__name__)


async def answer_all(session_ids: Sequence[str], clock: Callable[[], datetime]) -> None:
    """Let the selector of each session that has one look; one that fails holds up no other."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(session_id: str) -> None:
        async with turns:
            try:
                await in_thread(_answer, session_id, clock)
            except Exception:
                logger.exception("the selector failed", extra={"session": session_id})

    await asyncio.gather(*map(one, await in_thread(queries.listening, session_ids)))


def _answer(session_id: str, clock: Callable[[], datetime]) -> None:
    flow = Flow.objects.select_related("session").filter(pk=session_id).first()
    if flow is not None:
        answer(flow, now=clock())
