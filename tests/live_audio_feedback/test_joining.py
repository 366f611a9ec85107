"""Join tokens: one device, one zone, one fan, once within a minute."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from apps.live_audio_feedback.models import LiveSession
from foundation.clock import now
from gateway.stores import client as redis
from metering.models import ActiveUser
from tests.conftest import Api, Tenant
from tests.live_audio_feedback.client import Socket, application
from tests.live_audio_feedback.conftest import OpenSession

Client = Callable[[str | None], Api]
ORIGIN = "https://app.example"


def path(session: LiveSession) -> str:
    return f"/v1/sessions/{session.pk}/join-tokens"


def offer(token: str) -> list[str]:
    return ["tifo-v1", f"ticket.{token}"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("sockets")
class TestJoining:
    @pytest.fixture
    def token(self, api: Client, tenant: Tenant, session: LiveSession) -> Callable[[], str]:
        def make() -> str:
            asked = {"zone": "north", "end_user": "fan-1", "origin": ORIGIN}
            answer = api(tenant.live_key).post(path(session), asked)
            assert answer.status_code == 201
            return str(answer.json()["token"])

        return make

    async def refusal(self, token: str, session_id: str, zone: str, **said: Any) -> str:
        given: dict[str, Any] = {"subprotocols": offer(token), "origin": ORIGIN} | said
        async with Socket(application(), session_id, zone, **given) as socket:
            return await socket.answer()

    async def test_opens_its_zone_once_and_counts_its_fan(
        self, session: LiveSession, token: Callable[[], str]
    ) -> None:
        secret = await sync_to_async(token)()
        assert not await ActiveUser.objects.aexists()
        assert await self.refusal(secret, session.pk, "north") == "hello"
        assert await ActiveUser.objects.acount() == 1
        assert await self.refusal(secret, session.pk, "north") == "invalid-ticket"

    async def test_opens_nothing_else(
        self, session: LiveSession, open_session: OpenSession, token: Callable[[], str]
    ) -> None:
        other = await sync_to_async(open_session)()
        attempts: list[tuple[str, str, dict[str, Any]]] = [
            (session.pk, "south", {}),
            (other.pk, "north", {}),
            (session.pk, "north", {"origin": "https://evil.example"}),
            (session.pk, "north", {"origin": None}),
            (session.pk, "north", {"end_user": "fan-2"}),
        ]
        for session_id, zone, said in attempts:
            secret = await sync_to_async(token)()
            assert await self.refusal(secret, session_id, zone, **said) == "invalid-ticket", said
        assert not await ActiveUser.objects.aexists()

    async def test_may_be_told_its_own_fan(
        self, session: LiveSession, token: Callable[[], str]
    ) -> None:
        secret = await sync_to_async(token)()
        assert await self.refusal(secret, session.pk, "north", end_user="fan-1") == "hello"

    async def test_needs_an_open_session_when_it_is_used(
        self, api: Client, tenant: Tenant, open_session: OpenSession
    ) -> None:
        early = await sync_to_async(open_session)(starts_in=30)
        asked = {"zone": "north", "end_user": "fan-1"}
        made = await sync_to_async(api(tenant.live_key).post)(path(early), asked)
        assert await self.refusal(made.json()["token"], early.pk, "north") == "outside-window"


@pytest.mark.django_db
class TestTokens:
    def test_live_a_minute(self, api: Client, tenant: Tenant, session: LiveSession) -> None:
        before = now()
        told = api(tenant.live_key).post(path(session), {"zone": "north", "end_user": "fan"}).json()
        expires_at = datetime.fromisoformat(told["expires_at"])
        assert expires_at >= before + timedelta(seconds=60)
        left = [redis().pttl(key) for key in redis().scan_iter("tifo:ticket:*")]
        assert 30_000 < max(left) <= 60_000

    @pytest.mark.parametrize(
        ("asked", "pointer"),
        [
            ({"end_user": "fan"}, "/zone"),
            ({"zone": "north"}, "/end_user"),
            ({"zone": "west", "end_user": "fan"}, "/zone"),
            ({"zone": "north", "end_user": 5}, "/end_user"),
            ({"zone": "north", "end_user": "a\u0000"}, "/end_user"),
        ],
    )
    def test_point_at_what_is_wrong(
        self,
        api: Client,
        tenant: Tenant,
        session: LiveSession,
        asked: dict[str, Any],
        pointer: str,
    ) -> None:
        refused = api(tenant.live_key).post(path(session), asked)
        assert refused.status_code == 400
        assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]

    def test_are_made_for_no_session_that_is_over_or_anothers(
        self, api: Client, tenant: Tenant, stranger: Tenant, open_session: OpenSession
    ) -> None:
        asked, over = {"zone": "north", "end_user": "fan"}, open_session(age_s=10, ends_in=5)
        answers = [api(key).post(path(over), asked) for key in (tenant.live_key, stranger.live_key)]
        assert [each.json()["code"] for each in answers] == ["outside-window", "not-found"]
