"""Whoever calls is admitted, refused and counted as at REST."""

import pytest
from asgiref.sync import sync_to_async

from foundation import clock
from foundation.http.problems import CONTENT_TYPE
from gateway import stores
from gateway.admission import dry_run
from ratelimit.store import AsyncStore
from tenants.models import ApiKey
from tenants.services.keys import create_key, revoke_key
from tests.conftest import Tenant, slow_rate
from tests.doors import Doors
from tests.gateway.doors.front.calls import EVENTS, PLAIN, named, users

database = pytest.mark.django_db(transaction=True)
LIMIT_HEADERS = {"ratelimit", "ratelimit-policy", "retry-after"}


@database
class TestCaller:
    async def test_is_refused_in_the_same_words(self, doors: Doors, tenant: Tenant) -> None:
        _, reader = await sync_to_async(create_key)(
            organisation=tenant.organisation,
            name="reader",
            livemode=True,
            scopes=["usage:read"],
            now=clock.now(),
        )
        wrong = [None, "", "nonsense", tenant.live_key[:-1] + "!", f"tifo_live_{'a' * 36}", reader]
        for token in wrong:
            # Before the body is looked at: a stranger learns nothing of what it should be.
            for body in (PLAIN, b"{"):
                refused = await doors.hot.using(token).post(EVENTS, body)
                twin = await doors.twin.using(token).post(EVENTS, body)
                assert refused.said == twin.said
                assert refused.status in {401, 403}
                for header in ("www-authenticate", "content-type", "cache-control"):
                    assert refused.headers.get(header) == twin.headers.get(header)
        assert doors.handed_on == 0
        assert await users(tenant) == 0

    async def test_with_a_revoked_key_is_refused_at_once(
        self, doors: Doors, tenant: Tenant
    ) -> None:
        assert (await doors.hot.post(EVENTS, named("ana"))).status == 202
        key = await ApiKey.objects.aget(organisation=tenant.organisation, livemode=True)
        await sync_to_async(revoke_key)(
            organisation=tenant.organisation, key_id=key.pk, now=clock.now()
        )
        refused = await doors.hot.post(EVENTS, named("bo"))
        assert (refused.status, refused.json()["code"]) == (401, "revoked-key")
        assert refused.said == (await doors.twin.post(EVENTS, named("bo"))).said
        assert await users(tenant) == 1

    async def test_beyond_a_limit_is_told_the_same(self, doors: Doors, tenant: Tenant) -> None:
        await sync_to_async(slow_rate)(tenant, "requests", burst=2)
        assert (await doors.hot.post(EVENTS, named("ana"))).status == 202
        assert (await doors.twin.post(EVENTS, named("bo"))).status == 202
        refusals = [
            await door.post(EVENTS, named("cleo")) for door in (doors.hot, doors.twin, doors.hot)
        ]
        assert {refused.status for refused in refusals} == {429}
        first, second, _ = (refused.json() for refused in refusals)
        assert set(first) == set(second)
        assert set(first["policies"][0]) == set(second["policies"][0])
        assert first["violated-policies"] == second["violated-policies"] == ["requests"]
        named_by = [set(refused.headers) & LIMIT_HEADERS for refused in refusals]
        assert named_by == [LIMIT_HEADERS] * 3
        assert (await users(tenant), doors.handed_on) == (2, 0)

    async def test_takes_every_form_that_the_document_names(self, doors: Doors) -> None:
        for form in (dry_run.CONTENT_TYPE, f"{dry_run.CONTENT_TYPE}, */*", CONTENT_TYPE):
            answer = await doors.hot.post(EVENTS, named("ana"), accept=form)
            assert (answer.status, answer.headers["content-type"]) == (202, "application/json")
            told = await doors.hot.post(EVENTS, named("ana"), accept=form, tifo_dry_run="?1")
            assert (told.status, told.headers["content-type"]) == (200, dry_run.CONTENT_TYPE)
        refused = await doors.hot.post(EVENTS, named("ana"), accept="text/html")
        assert refused.status == 406

    async def test_counts_each_user_once_at_whatever_door(
        self, doors: Doors, tenant: Tenant
    ) -> None:
        for door in (doors.hot, doors.twin, doors.hot):
            await door.post(EVENTS, named("ana", "bo"))
        await doors.twin.post(EVENTS, named("cleo"))
        await doors.hot.post(EVENTS, named("cleo", "di"), tifo_end_user="ev")
        await doors.twin.post(EVENTS, named("di"), tifo_end_user="ev")
        assert await users(tenant) == 5

    async def test_takes_an_end_user_beside_as_many_as_a_body_may_name(
        self, doors: Doors, tenant: Tenant
    ) -> None:
        full = named(*map(str, range(1_000)))
        for door in (doors.hot, doors.twin):
            assert (await door.post(EVENTS, full, tifo_end_user="ana")).status == 202
        assert await users(tenant) == 1_001

    async def test_goes_on_while_redis_is_away(
        self, doors: Doors, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        nowhere = AsyncStore("unix:///nowhere/redis.sock")
        monkeypatch.setattr(stores, "async_store", lambda: nowhere)
        for name in ("ana", "bo", "ana"):
            answer = await doors.hot.post(EVENTS, named(name))
            assert (answer.status, answer.headers["tifo-degraded"]) == (202, "?1")
        assert await users(tenant) == 2
        await nowhere.aclose()

    async def test_under_a_test_key_is_counted_apart(self, doors: Doors, tenant: Tenant) -> None:
        answer = await doors.hot.using(tenant.test_key).post(EVENTS, PLAIN)
        assert answer.status == 202
        assert await users(tenant) == 0
        assert await users(tenant, livemode=False) == 2
