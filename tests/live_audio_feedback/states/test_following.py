"""States by the clock: each step told once, with the time at which it became true."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.live_audio_feedback.models import LiveSession
from apps.live_audio_feedback.services import end_session, following
from apps.live_audio_feedback.tasks import follow_sessions
from foundation.clock import now
from tests.conftest import Tenant
from tests.listening import kept
from tests.live_audio_feedback.conftest import OpenSession

pytestmark = pytest.mark.django_db
Step = tuple[str, str, str]


def told(tenant: Tenant) -> list[Step]:
    """What was told of sessions: name, state, and since when it is so."""
    rows = [row for row in kept(tenant) if row.type.startswith("session.")]
    return [(row.type.removeprefix("session."), row.data["state"], row.data["at"]) for row in rows]


def steps(tenant: Tenant) -> list[str]:
    return [name for name, _, _ in told(tenant)]


class TestFollow:
    def test_tells_each_step_once_with_its_own_time(
        self, tenant: Tenant, open_session: OpenSession
    ) -> None:
        session = open_session(starts_in=60, ends_in=120)
        begin, end = session.starts_at, session.ends_at
        for moment in (begin - timedelta(seconds=1), begin, begin, end, end + timedelta(days=1)):
            following.follow(now=moment)
        assert told(tenant)[1:] == [
            ("opened", "open", begin.isoformat()),
            ("closed", "closed", end.isoformat()),
        ]
        session.refresh_from_db()
        assert (session.opened_at, session.closed_at) == (begin, end)

    def test_tells_after_a_downtime_what_nobody_saw(
        self, tenant: Tenant, open_session: OpenSession
    ) -> None:
        session = open_session(starts_in=60, ends_in=120)
        following.follow(now=session.ends_at + timedelta(days=3))
        assert [(name, at) for name, _, at in told(tenant)[1:]] == [
            ("opened", session.starts_at.isoformat()),
            ("closed", session.ends_at.isoformat()),
        ]

    def test_is_what_beat_asks_for(self, tenant: Tenant, open_session: OpenSession) -> None:
        open_session(age_s=10, starts_in=1, ends_in=2)
        follow_sessions(unknown="argument")
        assert steps(tenant) == ["created", "opened", "closed"]

    def test_never_opens_what_was_ended_before_its_start(
        self, tenant: Tenant, open_session: OpenSession
    ) -> None:
        session = open_session(starts_in=60, ends_in=120)
        end_session(
            organisation=tenant.organisation, session_id=session.pk, livemode=True, now=now()
        )
        following.follow(now=session.ends_at)
        assert steps(tenant) == ["created", "ended", "closed"]
        session.refresh_from_db()
        assert (session.opened_at, session.closed_at) == (None, session.ended_at)

    def test_says_nothing_of_sessions_of_an_earlier_release(
        self, tenant: Tenant, open_session: OpenSession
    ) -> None:
        session = open_session(starts_in=60, ends_in=120)
        LiveSession.objects.update(followed=False)
        following.follow(now=session.ends_at)
        assert steps(tenant) == ["created"]


class TestEnding:
    def test_tells_first_that_it_had_opened(
        self, tenant: Tenant, open_session: OpenSession
    ) -> None:
        """It is ended before housekeeping has seen it open."""
        session = open_session(starts_in=60, ends_in=120)
        moment = session.starts_at + timedelta(microseconds=1)
        end_session(
            organisation=tenant.organisation, session_id=session.pk, livemode=True, now=moment
        )
        assert steps(tenant) == ["created", "opened", "ended", "closed"]

    @pytest.fixture
    def ended(self, tenant: Tenant, session: LiveSession) -> datetime:
        moment = now()
        for _ in range(2):
            asked: dict[str, Any] = {"session_id": session.pk, "livemode": True, "now": moment}
            end_session(organisation=tenant.organisation, **asked)
        return moment

    def test_closes_at_once(self, tenant: Tenant, session: LiveSession, ended: datetime) -> None:
        following.follow(now=session.ends_at)
        assert told(tenant)[1:] == [
            ("opened", "open", session.starts_at.isoformat()),
            ("ended", "closed", ended.isoformat()),
            ("closed", "closed", ended.isoformat()),
        ]
