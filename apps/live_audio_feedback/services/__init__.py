"""Writes: sessions begin, open, close, end and are sealed; the scores of their zones are kept."""

from apps.live_audio_feedback.services.scores import keep_scores
from apps.live_audio_feedback.services.sessions import (
    MOST_ZONES,
    Consent,
    create_session,
    end_session,
)

__all__ = ["MOST_ZONES", "Consent", "create_session", "end_session", "keep_scores"]
