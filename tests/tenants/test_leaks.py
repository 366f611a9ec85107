"""A key that a secret scanner finds: revoked or kept as its organisation chose, and always told."""

from datetime import datetime, timedelta

import pytest
from django.db import transaction

from tenants.models import ApiKey, Organisation
from tenants.rules import build_token
from tenants.services.keys import create_key, key_leaked
from tests.conftest import Tenant
from tests.listening import Listener, in_thread, kept

pytestmark = pytest.mark.django_db(transaction=True)
URL = "https://code.example/terrace/labs/blob/main/.env"


async def report(token: str, now: datetime, *, url: str = URL) -> bool:
    known: bool = await in_thread(lambda: key_leaked(token, source_url=url, now=now))
    return known


async def key_of(token: str) -> ApiKey:
    key: ApiKey = await in_thread(lambda: ApiKey.objects.get(preview__endswith=token[-4:]))
    return key


class TestALeakedKey:
    async def test_is_revoked_and_the_organisation_told(
        self, tenant: Tenant, moment: datetime
    ) -> None:
        async with Listener(tenant) as listener:
            assert await report(tenant.live_key, moment)
            told = await listener.next()
        key = await key_of(tenant.live_key)
        assert (key.revoked_at, key.leaked_at, key.leaked_url) == (moment, moment, URL)
        assert told == {
            "type": "key_leaked",
            "key": key.pk,
            "preview": key.preview,
            "url": URL,
            "revoked": True,
            "at": moment.isoformat(),
        }
        [row] = await in_thread(lambda: kept(tenant))
        assert (row.type, {"type": "key_leaked", **row.data}) == ("key.leaked", told)
        assert (await key_of(tenant.test_key)).revoked_at is None

    async def test_goes_on_working_where_its_organisation_wants_only_to_know(
        self, tenant: Tenant, moment: datetime
    ) -> None:
        await in_thread(lambda: Organisation.objects.update(leaked_keys="notify"))
        async with Listener(tenant) as listener:
            assert await report(tenant.live_key, moment)
            assert (await listener.next())["revoked"] is False
        key = await key_of(tenant.live_key)
        assert (key.revoked_at, key.leaked_at, key.leaked_url) == (None, moment, URL)

    async def test_of_test_mode_is_told_in_test_mode(
        self, tenant: Tenant, moment: datetime
    ) -> None:
        async with Listener(tenant) as live, Listener(tenant, livemode=False) as test:
            assert await report(tenant.test_key, moment)
            assert (await test.next())["type"] == "key_leaked"
            assert await live.hears_nothing()

    async def test_reported_twice_is_revoked_once_and_told_twice(
        self, tenant: Tenant, moment: datetime
    ) -> None:
        async with Listener(tenant) as listener:
            for hour, url in enumerate((URL, "https://paste.example/2")):
                assert await report(tenant.live_key, moment + timedelta(hours=hour), url=url)
                told = await listener.next()
                assert (told["url"], told["revoked"]) == (url, True)
        key = await key_of(tenant.live_key)
        assert (key.revoked_at, key.leaked_url) == (moment, "https://paste.example/2")

    async def test_may_be_that_of_a_kiosk(self, tenant: Tenant, moment: datetime) -> None:
        kiosk, secret = await in_thread(
            lambda: create_key(
                organisation=tenant.organisation,
                name="Kiosk",
                livemode=True,
                scopes=["devices:connect"],
                now=moment,
                kiosk_id="kio_1",
            )
        )
        async with Listener(tenant) as listener:
            assert await report(secret, moment)
            assert (await listener.next())["key"] == kiosk.pk
        assert (await key_of(secret)).revoked_at == moment

    async def test_is_told_of_only_once_that_is_committed(
        self, tenant: Tenant, moment: datetime
    ) -> None:
        def undone() -> None:
            with transaction.atomic():
                assert key_leaked(tenant.live_key, source_url=URL, now=moment)
                transaction.set_rollback(True)

        async with Listener(tenant) as listener:
            await in_thread(undone)
            assert await listener.hears_nothing()
        assert (await key_of(tenant.live_key)).revoked_at is None


class TestWhatIsNoKey:
    @pytest.mark.parametrize(
        "token",
        [
            "",
            "tkt_" + "a" * 43,
            "view_abc~def~" + "a" * 43,
            "tifo_live_" + "x" * 36,
            build_token("0" * 30, livemode=True),
            "\0",
        ],
        ids=["empty", "ticket", "view", "mistyped", "unknown", "nul"],
    )
    async def test_is_not_known(self, tenant: Tenant, moment: datetime, token: str) -> None:
        async with Listener(tenant) as listener:
            assert not await report(token, moment)
            assert await listener.hears_nothing()
