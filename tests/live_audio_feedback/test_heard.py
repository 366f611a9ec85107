"""The seconds of sound that are counted: totals of a stream and day, whatever fails meanwhile."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from apps.live_audio_feedback.services import keep_scores
from apps.live_audio_feedback.streams.heard import Heard, HeardSeconds
from foundation.events.sockets import Audience
from metering.queries import totals
from tests.conftest import Tenant

NIGHT = datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)
MORNING = NIGHT + timedelta(seconds=2)


def told(heard: HeardSeconds) -> dict[str, Decimal]:
    return {total.source: total.quantity for total in heard.take()}


@pytest.fixture
def stream() -> Heard:
    return Heard("str_1", Audience("org_1", True), "key_1", NIGHT)


class TestHeardSeconds:
    def test_are_totals_of_a_stream_and_a_day(self, stream: Heard) -> None:
        heard = HeardSeconds()
        heard.add(stream, 50, NIGHT)
        heard.add(stream, 75, NIGHT)
        heard.add(stream, 100, MORNING)
        assert told(heard) == {
            "str_1:2026-11-30": Decimal("1.5"),
            "str_1:2026-12-01": Decimal("0.5"),
        }

    def test_of_a_stream_that_is_silent_are_told_once(self, stream: Heard) -> None:
        heard = HeardSeconds()
        heard.add(stream, 50, NIGHT)
        heard.take()
        heard.add(stream, 50, MORNING)
        assert told(heard) == {}

    def test_that_could_not_be_written_give_way_to_a_later_total(self, stream: Heard) -> None:
        heard = HeardSeconds()
        heard.add(stream, 50, NIGHT)
        failed = heard.take()
        heard.add(stream, 60, NIGHT)
        heard.put_back(failed)
        assert told(heard) == {"str_1:2026-11-30": Decimal("1.2")}

    def test_count_what_they_grew_however_often_they_are_written(self, tenant: Tenant) -> None:
        stream = Heard("str_1", Audience(tenant.organisation.pk, True), "key_1", NIGHT)
        heard = HeardSeconds()
        for frames in (50, 75, 75, 100):
            heard.add(stream, frames, NIGHT)
            waiting = heard.take()
            for _ in range(2):
                keep_scores(rows={}, heard=waiting)
        day = {"start_day": NIGHT.date(), "end_day": MORNING.date()}
        assert totals(tenant.organisation, livemode=True, **day) == {
            "live_audio_seconds": Decimal(2)
        }

    def test_of_an_organisation_that_is_gone_hold_up_nobody(self, stream: Heard, db: None) -> None:
        heard = HeardSeconds()
        heard.add(stream, 50, NIGHT)
        keep_scores(rows={}, heard=heard.take())
