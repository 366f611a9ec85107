"""What a key must be to open the account, and when it was last used."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from foundation import clock
from tenants.models import ApiKey
from tenants.services.keys import touch_key
from tests.conftest import Api, Tenant

Client = Callable[[str | None], Api]
pytestmark = pytest.mark.django_db


class TestAuthentication:
    @pytest.mark.parametrize(
        ("token", "code"),
        [
            (None, "unauthorized"),
            ("tifo_live_" + "x" * 36, "invalid-key"),
            ("nonsense", "invalid-key"),
        ],
    )
    def test_refuses_with_a_code(self, api: Client, token: str | None, code: str) -> None:
        refused = api(token).get("/v1/usage")
        assert refused.status_code == 401
        assert refused.json()["code"] == code
        assert refused.headers["WWW-Authenticate"].startswith("Bearer")

    def test_refuses_a_revoked_key_at_once(self, api: Client, tenant: Tenant) -> None:
        owner = api(tenant.live_key)
        made = owner.post("/v1/keys", {"name": "bot", "scopes": ["usage:read"], "livemode": True})
        bot = api(made.json()["secret"])
        assert bot.get("/v1/usage").status_code == 200
        assert owner.delete(f"/v1/keys/{made.json()['id']}").json()["state"] == "revoked"
        assert bot.get("/v1/usage").json()["code"] == "revoked-key"

    def test_refuses_an_expired_key(self, api: Client, tenant: Tenant) -> None:
        ApiKey.objects.filter(organisation=tenant.organisation).update(expires_at=clock.now())
        assert api(tenant.live_key).get("/v1/usage").json()["code"] == "expired-key"

    def test_names_the_missing_scope(self, api: Client, tenant: Tenant) -> None:
        made = api(tenant.live_key).post("/v1/keys", {"name": "bot", "scopes": ["usage:read"]})
        refused = api(made.json()["secret"]).get("/v1/keys")
        assert refused.status_code == 403
        assert refused.json()["code"] == "scope-missing"
        assert refused.json()["needed_scope"] == "keys:read"


class TestOneKeyOverAMonth:
    def test_is_not_touched_more_than_once_a_minute(self, api: Client, tenant: Tenant) -> None:
        owner = api(tenant.live_key)
        owner.get("/v1/usage")
        key = ApiKey.objects.get(organisation=tenant.organisation, livemode=True)
        first = key.last_used_at
        owner.get("/v1/usage")
        key.refresh_from_db()
        assert key.last_used_at == first
        assert first is not None
        assert clock.now() - first < timedelta(minutes=1)

    def test_is_touched_again_from_the_sixtieth_second_on(
        self, tenant: Tenant, moment: datetime
    ) -> None:
        key = ApiKey.objects.get(organisation=tenant.organisation, livemode=True)
        for seconds, noted in ((0, 0), (59, 0), (60, 60), (30, 60), (119, 60), (121, 121)):
            touch_key(key.pk, moment + timedelta(seconds=seconds))
            key.refresh_from_db()
            assert key.last_used_at == moment + timedelta(seconds=noted)
