"""What beat asks of live sessions."""

from typing import Any

from celery import shared_task

from apps.live_audio_feedback.services import following, forgetting, sealing
from foundation.clock import now


@shared_task(name="live_audio_feedback.follow_sessions", ignore_result=True)
def follow_sessions(**_: Any) -> None:
    """Tell which sessions have opened and closed, and seal those that were."""
    following.follow(now=now())
    sealing.seal_due(now=now())


@shared_task(name="live_audio_feedback.forget_scores", ignore_result=True)
def forget_scores(**_: Any) -> None:
    """Delete what is kept of sessions that closed long ago."""
    forgetting.forget_scores(now=now())
