"""Which session hears posted frames: one of its zones, within its time."""

import asyncio

import pytest
from asgiref.sync import sync_to_async

from apps.live_audio_feedback.models import LiveSession
from apps.live_audio_feedback.services import end_session
from foundation.clock import now
from tests.conftest import Tenant
from tests.doors import Doors
from tests.live_audio_feedback.conftest import OpenSession
from tests.live_audio_feedback.frames import frame
from tests.live_audio_feedback.posted.posting import post

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("sockets"),
]


class TestSession:
    async def test_must_hear_the_zone_now(
        self, doors: Doors, session: LiveSession, open_session: OpenSession, stranger: Tenant
    ) -> None:
        early = await sync_to_async(open_session)(starts_in=5)
        over = await sync_to_async(open_session)(age_s=10, ends_in=9)
        other_mode = await sync_to_async(open_session)(livemode=False)
        asked = [
            ("ses_absent", "north", 404),
            (other_mode.pk, "north", 404),
            (session.pk, "west", 400),
            (session.pk, "North%20stand", 400),
            (session.pk, "", 400),
            (early.pk, "north", 403),
            (over.pk, "north", 403),
        ]
        for session_id, zone, status in asked:
            refused = await post(doors.hot, session_id, frame(), zone)
            assert refused.said == (await post(doors.twin, session_id, frame(), zone)).said
            assert refused.status == status
        foreign = await post(doors.hot.using(stranger.live_key), session.pk, frame())
        assert foreign.status == 404

    async def test_that_is_ended_hears_no_more(
        self, doors: Doors, session: LiveSession, tenant: Tenant
    ) -> None:
        assert (await post(doors.hot, session.pk, frame())).status == 202
        await sync_to_async(end_session)(
            organisation=tenant.organisation, session_id=session.pk, livemode=True, now=now()
        )
        status, seq = 202, 1
        while status == 202 and seq < 100:
            await asyncio.sleep(0.05)
            answer = await post(doors.hot, session.pk, frame(seq=seq))
            status, seq = answer.status, seq + 1
        assert (status, answer.json()["code"]) == (403, "outside-window")
