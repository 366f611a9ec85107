"""Scores end when their days are over, and not before."""

from datetime import timedelta
from typing import Any

import pytest

from apps.live_audio_feedback.models import LiveSession, LiveStream, Receipt, ZoneSecond
from apps.live_audio_feedback.rules.rollups import Second, Summary
from apps.live_audio_feedback.rules.sums import StreamSums
from apps.live_audio_feedback.services import (
    end_session,
    following,
    forgetting,
    keep_scores,
    sealing,
)
from apps.live_audio_feedback.tasks import forget_scores
from tests.conftest import Tenant

pytestmark = pytest.mark.django_db
DAYS = timedelta(days=3)
INSTANT = timedelta(microseconds=1)


@pytest.fixture(autouse=True)
def three_days(settings: Any) -> None:
    settings.SCORE_DAYS = 3


@pytest.fixture
def scored(session: LiveSession) -> LiveSession:
    """Closed and sealed at its end, with scores of five seconds and a stream."""
    seconds = [session.starts_at + timedelta(seconds=s) for s in range(5)]
    stream = StreamSums(
        "str_1", session.pk, "north", "key_1", "ramps-1", "ab" * 32, session.starts_at,
        ended_at=session.ends_at,
    )  # fmt: skip
    keep_scores(
        rows={Second(session.pk, each, "north"): Summary.of(50) for each in seconds},
        streams=[stream],
    )
    following.follow(now=session.ends_at)
    sealing.seal_due(now=session.ends_at + following.SEALS_AFTER)
    session.refresh_from_db()
    return session


def left() -> tuple[int, int]:
    return ZoneSecond.objects.count(), LiveStream.objects.count()


def test_scores_go_when_their_days_are_over(scored: LiveSession) -> None:
    assert forgetting.forget_scores(now=scored.ends_at + DAYS - INSTANT) == 0
    assert left() == (5, 1)
    assert forgetting.forget_scores(now=scored.ends_at + DAYS, at_once=2) == 6
    assert left() == (0, 0)
    assert forgetting.forget_scores(now=scored.ends_at + DAYS) == 0


def test_the_session_and_its_receipt_stay(scored: LiveSession) -> None:
    forgetting.forget_scores(now=scored.ends_at + DAYS)
    scored.refresh_from_db()
    assert scored.forgotten_at == scored.ends_at + DAYS
    assert Receipt.objects.get().session_id == scored.pk


def test_scores_of_another_session_stay(scored: LiveSession, tenant: Tenant) -> None:
    later = LiveSession.objects.create(
        id="ses_later",
        organisation=tenant.organisation,
        livemode=True,
        name="Later",
        zones=["north"],
        starts_at=scored.starts_at,
        ends_at=scored.ends_at + INSTANT,
        created_at=scored.created_at,
        followed=False,
    )
    keep_scores(rows={Second(later.pk, later.starts_at, "north"): Summary.of(1)})
    forgetting.forget_scores(now=scored.ends_at + DAYS)
    assert left() == (1, 0)
    forgetting.forget_scores(now=later.ends_at + DAYS)
    assert left() == (0, 0)


def test_days_count_from_a_call_that_ended_it(tenant: Tenant, session: LiveSession) -> None:
    keep_scores(rows={Second(session.pk, session.starts_at, "north"): Summary.of(1)})
    ended = session.starts_at + timedelta(seconds=1)
    end_session(organisation=tenant.organisation, session_id=session.pk, livemode=True, now=ended)
    sealing.seal_due(now=ended + following.SEALS_AFTER)
    forgetting.forget_scores(now=ended + DAYS - INSTANT)
    assert left() == (1, 0)
    forgetting.forget_scores(now=ended + DAYS)
    assert left() == (0, 0)


def test_a_receipt_to_come_has_its_sums(session: LiveSession) -> None:
    keep_scores(rows={Second(session.pk, session.starts_at, "north"): Summary.of(1)})
    assert forgetting.forget_scores(now=session.ends_at + 2 * DAYS) == 0


def test_are_what_beat_asks_for(scored: LiveSession) -> None:
    LiveSession.objects.update(ends_at=scored.ends_at - 2 * DAYS)
    forget_scores(unknown="argument")
    assert left() == (0, 0)
