"""When a session is sealed, what its receipt says, and that nothing is counted after."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from apps.live_audio_feedback.models import LiveSession, LiveStream
from apps.live_audio_feedback.rules.rollups import Second, Summary
from apps.live_audio_feedback.services import following, keep_scores, sealing
from apps.live_audio_feedback.tasks import follow_sessions
from foundation.clock import now
from metering.queries import totals
from metering.services import SoFar
from tests.conftest import Tenant
from tests.listening import kept
from tests.live_audio_feedback.conftest import OpenSession
from tests.live_audio_feedback.receipts.conftest import Sums, seal

pytestmark = pytest.mark.django_db


def line(**counted: int) -> dict[str, Any]:
    names = ("received", "scored", "dropped", "repeated", "late", "lost")
    return {
        "seconds_heard": counted.get("seconds", 0),
        "milliseconds_metered": counted.get("scored", 0) * 20,
        "streams": counted.get("streams", 0),
        "streams_interrupted": counted.get("interrupted", 0),
    } | {f"frames_{name}": counted.get(name, 0) for name in names}


class TestReceipt:
    def test_tells_of_each_zone_and_of_all(self, tenant: Tenant, heard: LiveSession) -> None:
        receipt = json.loads(seal(heard).body)
        frames = {"received": 160, "scored": 150, "dropped": 5, "repeated": 2, "late": 3, "lost": 4}
        north = line(seconds=2, streams=2, interrupted=1, **frames)
        assert receipt["zones"] == [{"zone": "north"} | north, {"zone": "south"} | line()]
        assert receipt["total"] == north
        assert receipt["organisation"] == tenant.organisation.pk
        assert receipt["closed_at"] == receipt["ends_at"] == heard.ends_at.isoformat()
        assert receipt["opened_at"] == heard.starts_at.isoformat()

    def test_names_all_that_scored(self, heard: LiveSession, sums: Sums) -> None:
        keep_scores(rows={}, streams=[sums(stream_id="str_3", scorer="unheard-1", received=1)])
        receipt = json.loads(seal(heard).body)
        assert [each["name"] for each in receipt["scorers"]] == ["learnt-1", "ramps-1"]
        assert receipt["scorers"][0]["sha256"] == "ab" * 32

    def test_says_that_nothing_is_kept(self, heard: LiveSession) -> None:
        receipt = json.loads(seal(heard).body)
        assert receipt["retention"] == {"kept_for": "none", "bytes": 0, "ends_at": None}
        assert receipt["consent"] == {"keep_audio": False, "learn": False, "statement": ""}


class TestSeal:
    def test_comes_once_all_have_said_what_they_heard(
        self, tenant: Tenant, session: LiveSession, sums: Sums
    ) -> None:
        keep_scores(rows={}, streams=[sums(ended_at=None)])
        following.follow(now=session.ends_at)
        due = session.ends_at + following.SEALS_AFTER
        assert sealing.seal_due(now=due) == 0
        keep_scores(rows={}, streams=[sums()])
        assert sealing.seal_due(now=due - timedelta(microseconds=1)) == 0
        assert sealing.seal_due(now=due) == 1
        assert sealing.seal_due(now=due) == 0
        told = [(row.type, row.data["session"]) for row in kept(tenant)[-2:]]
        assert told == [("session.sealed", session.pk), ("receipt.signed", session.pk)]

    def test_waits_no_longer_than_its_patience_for_those_that_were_cut_off(
        self, session: LiveSession, sums: Sums
    ) -> None:
        keep_scores(rows={}, streams=[sums(ended_at=None)])
        following.follow(now=session.ends_at)
        last = session.ends_at + following.SEALS_AFTER + sealing.PATIENCE
        assert sealing.seal_due(now=last - timedelta(microseconds=1)) == 0
        assert sealing.seal_due(now=last) == 1

    def test_counts_from_when_the_close_was_seen(self, session: LiveSession) -> None:
        """After a downtime processes have a moment to write what they kept meanwhile."""
        later = session.ends_at + timedelta(days=3)
        following.follow(now=later)
        assert sealing.seal_due(now=later) == 0
        assert sealing.seal_due(now=later + following.SEALS_AFTER) == 1

    def test_is_what_beat_asks_for(self, open_session: OpenSession) -> None:
        session = open_session(age_s=10, starts_in=1, ends_in=2)
        follow_sessions()
        LiveSession.objects.update(seals_at=now())
        follow_sessions()
        session.refresh_from_db()
        assert session.sealed_at is not None

    def test_never_comes_to_sessions_of_an_earlier_release(self, session: LiveSession) -> None:
        LiveSession.objects.update(followed=False)
        following.follow(now=session.ends_at)
        assert sealing.seal_due(now=session.ends_at + timedelta(days=1)) == 0


class TestSums:
    def test_only_grow_whatever_is_written_again(self, session: LiveSession, sums: Sums) -> None:
        for received in (50, 70, 70, 60):
            each = sums(received=received, scored=received, ended_at=None)
            keep_scores(rows={}, streams=[each])
        keep_scores(rows={}, streams=[sums(received=70, scored=70)])
        keep_scores(rows={}, streams=[sums(received=60, scored=60, ended_at=None)])
        stream = LiveStream.objects.get()
        assert (stream.received, stream.scored, stream.ended_at) == (70, 70, session.ends_at)

    def test_of_a_session_that_is_gone_hold_up_nobody(self, sums: Sums) -> None:
        keep_scores(rows={}, streams=[sums(session_id="ses_gone"), sums(stream_id="str_2")])
        assert [stream.pk for stream in LiveStream.objects.all()] == ["str_2"]

    def test_after_the_seal_are_neither_kept_nor_metered(
        self, tenant: Tenant, heard: LiveSession, sums: Sums
    ) -> None:
        seal(heard)
        row = Second(heard.pk, heard.starts_at, "south")
        metered = SoFar(
            organisation_id=tenant.organisation.pk,
            livemode=True,
            meter="live_audio_seconds",
            source=f"str_2:{heard.starts_at.date()}",
            quantity=Decimal(3),
            at=heard.starts_at,
        )
        keep_scores(
            rows={row: Summary.of(90)},
            heard=[metered],
            streams=[sums(stream_id="str_2", received=150, scored=150)],
        )
        assert LiveStream.objects.get(pk="str_2").scored == 50
        assert not heard.seconds.filter(zone="south").exists()
        day = heard.starts_at.date()
        span = {"start_day": day, "end_day": day + timedelta(days=1)}
        assert totals(tenant.organisation, livemode=True, **span) == {}
