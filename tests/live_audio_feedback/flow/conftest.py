"""A session with a pool, and a crowd whose scores are written as the tick writes them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.live_audio_feedback.flow.models import Flow
from apps.live_audio_feedback.flow.rules.commands import Action, Command
from apps.live_audio_feedback.flow.rules.state import Mode
from apps.live_audio_feedback.flow.rules.tracks import Features, Track
from apps.live_audio_feedback.flow.services import obey, set_pool
from apps.live_audio_feedback.models import LiveSession
from apps.live_audio_feedback.rules.rollups import Second, Summary
from apps.live_audio_feedback.services import keep_scores
from tests.conftest import Tenant
from tests.live_audio_feedback.conftest import open_session, session

__all__ = ["open_session", "session"]

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
POOL = [
    Track("calm", Features(bpm=90, energy=0.1, valence=0.3)),
    Track("fast", Features(bpm=150, energy=0.9, valence=0.8)),
    Track("anthem", Features(bpm=128, energy=0.8, valence=0.9), recovery=True),
]
Hear = Callable[..., None]
Do = Callable[..., Flow]


def at(second: float) -> datetime:
    return NOON + timedelta(seconds=second)


@pytest.fixture
def pooled(session: LiveSession) -> LiveSession:
    set_pool(session=session, tracks=POOL, now=NOON)
    return session


@pytest.fixture
def do(pooled: LiveSession) -> Do:
    """`do("veto", "fast", at=3)`: the artist's command, that second after noon."""

    def act(action: str, track: str = "", *, at: float = 0, **more: Any) -> Flow:
        asked = Command(Action(action), track, **more)
        moment = NOON + timedelta(seconds=at)
        return obey(session=pooled, asked=asked, now=moment, key_id="key_dj")

    return act


@pytest.fixture
def suggesting(do: Do) -> Flow:
    return do("mode", mode=Mode.SUGGEST)


@pytest.fixture
def hear(pooled: LiveSession) -> Hear:
    """`hear(30, 0, 60)`: the crowd's score from one second after noon to another."""

    def write(score: float, first: int, last: int) -> None:
        rows = {
            Second(pooled.pk, at(second), zone): Summary(10, score + off, score, score)
            for second in range(first, last)
            for zone, off in (("north", -5.0), ("south", 5.0))
        }
        keep_scores(rows=rows)

    return write


def fresh(flow: Flow) -> Flow:
    return Flow.objects.select_related("session").get(pk=flow.pk)


def owner_of(flow: Flow) -> Any:
    return flow.session.organisation


__all__ += ["Tenant"]
