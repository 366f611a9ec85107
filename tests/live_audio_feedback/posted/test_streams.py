"""The streams that posted frames share: joined once, left whole, absent without a loop."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client as Browser

from apps.live_audio_feedback.models import LiveSession
from apps.live_audio_feedback.queries import UnknownZone
from apps.live_audio_feedback.streams.hub import Hub, ServerFull
from apps.live_audio_feedback.streams.posted import PostedStreams
from foundation.clock import now
from gateway.callers.authentication import from_token
from gateway.callers.caller import Caller
from tests.conftest import Tenant
from tests.live_audio_feedback.frames import frame
from tests.live_audio_feedback.posted.posting import PCM

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("sockets"),
]


@pytest.fixture
def caller(tenant: Tenant) -> Caller:
    return from_token(tenant.live_key, now=now())


class TestStreams:
    async def test_join_once_and_leave_their_slot_to_the_next(
        self, caller: Caller, session: LiveSession
    ) -> None:
        hub = Hub(1, now)
        streams = PostedStreams(lambda: hub, now)
        together = [streams.hear(caller, session.pk, "north", [frame(seq=n)]) for n in range(3)]
        assert [each["accepted"] for each in await asyncio.gather(*together)] == [1, 1, 1]
        with pytest.raises(ServerFull):
            await streams.hear(caller, session.pk, "south", [frame()])
        await streams.close()
        assert (await streams.hear(caller, session.pk, "south", [frame()]))["accepted"] == 1
        await streams.close()

    async def test_that_may_not_join_leave_nothing_behind(
        self, caller: Caller, session: LiveSession
    ) -> None:
        hub = Hub(1, now)
        streams = PostedStreams(lambda: hub, now)
        together = [streams.hear(caller, session.pk, "west", [frame()]) for _ in range(2)]
        refusals = await asyncio.gather(*together, return_exceptions=True)
        assert [type(refusal) for refusal in refusals] == [UnknownZone, UnknownZone]
        await streams.hear(caller, session.pk, "north", [frame()])
        await streams.close()


class TestProcessWithoutAnEventLoop:
    @pytest.fixture
    def ask(self, tenant: Tenant) -> Callable[[str], Any]:
        def ask(session_id: str) -> Any:
            return Browser().post(
                f"/v1/sessions/{session_id}/frames?zone=north",
                frame(),
                content_type=PCM,
                headers={"Authorization": f"Bearer {tenant.live_key}"},
            )

        return ask

    def test_hears_nothing_and_says_so(
        self, ask: Callable[[str], Any], session: LiveSession
    ) -> None:
        refused = ask(session.pk)
        assert (refused.status_code, refused.json()["code"]) == (503, "server-full")
        assert refused.headers["Retry-After"] == "1"
        assert ask("ses_absent").status_code == 404
