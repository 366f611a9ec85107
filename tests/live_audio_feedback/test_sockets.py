"""When a socket opens, to whom, and what closes it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from apps.live_audio_feedback.models import LiveSession
from apps.live_audio_feedback.services import end_session
from foundation.clock import now
from tenants.models import ApiKey
from tenants.services.keys import create_key, revoke_key
from tests.conftest import Api, Tenant
from tests.live_audio_feedback.client import Socket, application
from tests.live_audio_feedback.conftest import OpenSession
from tests.live_audio_feedback.frames import frame

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("sockets"),
]
Client = Callable[[str | None], Api]


class TestWindow:
    async def test_admits_nobody_outside(self, tenant: Tenant, open_session: OpenSession) -> None:
        for window in ({"starts_in": 5.0}, {"age_s": 10.0, "ends_in": 9.0}):
            session = await sync_to_async(open_session)(**window)
            async with Socket(application(), session.pk, key=tenant.live_key) as socket:
                assert await socket.closed() == 4403
            (error,) = socket.seen
            assert error["code"] == "outside-window"
            assert error["starts_at"] == session.starts_at.isoformat()
            assert error["request_id"].startswith("req_")

    async def test_closes_a_stream_as_it_ends(
        self, tenant: Tenant, open_session: OpenSession
    ) -> None:
        session = await sync_to_async(open_session)(ends_in=0.5)
        async with Socket(application(), session.pk, key=tenant.live_key) as socket:
            await socket.send(frame())
            assert await socket.closed() == 4403
            assert timedelta(0) <= now() - session.ends_at < timedelta(seconds=0.5)
        assert socket.codes("warning") == ["window-ending", "outside-window"]
        assert socket.last("error")["code"] == "outside-window"
        assert socket.last("receipt")["frames_scored"] == 1

    async def test_closes_streams_within_a_second_of_a_call_to_end(
        self, tenant: Tenant, session: LiveSession
    ) -> None:
        async with Socket(application(), session.pk, key=tenant.live_key) as socket:
            await socket.receive("hello")
            ended = await sync_to_async(end_session)(
                organisation=tenant.organisation, session_id=session.pk, livemode=True, now=now()
            )
            assert await socket.closed() == 4403
            assert ended.ended_at is not None
            assert now() - ended.ended_at < timedelta(seconds=1.5)
        assert "was ended at" in socket.last("error")["detail"]


class TestHandshake:
    @pytest.mark.parametrize(
        ("query", "pointer", "code"),
        [
            ("zone=north&zone=south", "/zone", "repeated-parameter"),
            ("zone=north&zone=", "/zone", "repeated-parameter"),
            ("zone=north&foo=1", "/foo", "unknown-parameter"),
            ("zone=north&foo", "/foo", "unknown-parameter"),
            ("Zone=north", "/Zone", "unknown-parameter"),
        ],
    )
    async def test_with_a_parameter_too_many_is_refused(
        self, tenant: Tenant, session: LiveSession, query: str, pointer: str, code: str
    ) -> None:
        async with Socket(application(), session.pk, key=tenant.live_key, query=query) as socket:
            refused = await socket.receive("error")
            assert await socket.closed() == 4400
        assert (refused["status"], refused["code"]) == (400, "invalid")
        [error] = refused["errors"]
        assert (error["pointer"], error["code"]) == (pointer, code)

    @pytest.mark.parametrize("value", ["?1", "banana", "?0, ?1"])
    async def test_of_a_dry_run_is_refused(
        self, tenant: Tenant, session: LiveSession, value: str
    ) -> None:
        async with Socket(application(), session.pk, key=tenant.live_key, dry_run=value) as socket:
            refused = await socket.receive("error")
            assert await socket.closed() == 4400
        assert "cannot be rehearsed" in refused["detail"]
        [error] = refused["errors"]
        assert (error["pointer"], error["code"]) == ("/Tifo-Dry-Run", "unsupported")

    async def test_that_says_it_is_none_is_the_call_itself(
        self, tenant: Tenant, session: LiveSession
    ) -> None:
        async with Socket(application(), session.pk, key=tenant.live_key, dry_run="?0") as socket:
            assert await socket.answer() == "hello"

    async def test_tells_a_stranger_of_nothing_but_the_key(self, session: LiveSession) -> None:
        async with Socket(application(), session.pk, query="foo=1", dry_run="?1") as socket:
            assert await socket.answer() == "unauthorized"


class TestDoor:
    async def refusal(self, *args: str, **credentials: Any) -> tuple[int, str]:
        async with Socket(application(), *args, **credentials) as socket:
            code = await socket.closed()
        (error,) = socket.seen
        return code, error["code"]

    async def test_opens_to_a_ticket_once(
        self, api: Client, tenant: Tenant, session: LiveSession
    ) -> None:
        asked = {"scopes": ["sessions:stream"], "origin": "https://app.example"}
        post = sync_to_async(api(tenant.live_key).post)
        ticket = (await post("/v1/tickets", asked)).json()["ticket"]
        credentials: dict[str, Any] = {
            "subprotocols": ["tifo-v1", f"ticket.{ticket}"],
            "origin": "https://app.example",
        }
        async with Socket(application(), session.pk, **credentials) as socket:
            await socket.receive("hello")
            assert socket.protocol == "tifo-v1"
        assert await self.refusal(session.pk, **credentials) == (4401, "invalid-ticket")

    async def test_stays_shut_to_whoever_has_no_business_there(
        self, tenant: Tenant, stranger: Tenant, session: LiveSession
    ) -> None:
        _, reader = await sync_to_async(create_key)(
            organisation=tenant.organisation,
            name="reader",
            livemode=True,
            scopes=["sessions:read"],
            now=now(),
        )
        assert await self.refusal(session.pk) == (4401, "unauthorized")
        assert await self.refusal(session.pk, key=reader) == (4403, "scope-missing")
        for key in (stranger.live_key, tenant.test_key):
            assert await self.refusal(session.pk, key=key) == (4404, "not-found")
        assert await self.refusal("ses_absent", key=tenant.live_key) == (4404, "not-found")
        for zone in ("west", ""):
            refused = await self.refusal(session.pk, zone, key=tenant.live_key)
            assert refused == (4400, "unknown-zone")

    async def test_shuts_behind_a_key_that_is_revoked(
        self, tenant: Tenant, session: LiveSession
    ) -> None:
        key = await ApiKey.objects.aget(organisation=tenant.organisation, livemode=True)
        async with Socket(application(), session.pk, key=tenant.live_key) as socket:
            await socket.receive("hello")
            await sync_to_async(revoke_key)(
                organisation=tenant.organisation, key_id=key.pk, now=now()
            )
            warning = await socket.receive("warning")
            await socket.send(frame())
            assert await socket.closed() == 4401
        assert (warning["code"], warning["closes_in_ms"]) == ("revoked-key", 250)
        assert socket.last("error")["code"] == "revoked-key"
        assert socket.last("receipt")["frames_received"] == 0
