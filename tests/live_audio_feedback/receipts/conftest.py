"""Sessions that were heard, and the moments at which they may be sealed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from apps.live_audio_feedback.models import LiveSession, Receipt
from apps.live_audio_feedback.rules.rollups import Second, Summary
from apps.live_audio_feedback.rules.sums import StreamSums
from apps.live_audio_feedback.services import following, keep_scores, sealing

Sums = Callable[..., StreamSums]


@pytest.fixture
def sums(session: LiveSession) -> Sums:
    """`sums(zone="south", scored=50)`: what a stream came to; it was parted with unless said."""
    model = StreamSums(
        stream_id="str_1",
        session_id=session.pk,
        zone="north",
        key_id="key_1",
        scorer="ramps-1",
        scorer_sha256="ab" * 32,
        began_at=session.starts_at,
        ended_at=session.ends_at,
    )
    return lambda **facts: replace(model, **facts)


@pytest.fixture
def heard(session: LiveSession, sums: Sums) -> LiveSession:
    """Two streams in the north, one of them cut off, and two seconds with a score."""
    frames = {"received": 110, "scored": 100, "dropped": 5, "repeated": 2, "late": 3, "lost": 4}
    keep_scores(
        rows={
            Second(session.pk, session.starts_at + timedelta(seconds=s), "north"): Summary.of(50)
            for s in range(2)
        },
        streams=[
            sums(stream_id="str_1", **frames),
            sums(stream_id="str_2", received=50, scored=50, ended_at=None, scorer="learnt-1"),
        ],
    )
    return session


def seal(session: LiveSession) -> Receipt:
    """As beat does it: after the window's end, and after the patience with those cut off."""
    following.follow(now=session.ends_at)
    sealing.seal_due(now=session.ends_at + following.SEALS_AFTER + sealing.PATIENCE)
    return Receipt.objects.get(session=session)
