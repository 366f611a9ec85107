"""What beat asks of live sessions."""

from typing import Any

from celery import shared_task

from apps.live_audio_feedback.services import following
from foundation.clock import now


@shared_task(name="live_audio_feedback.follow_sessions", ignore_result=True)
def follow_sessions(**_: Any) -> None:
    """Tell which sessions have opened and closed."""
    following.follow(now=now())
