"""Keys: listed, made, rotated and revoked, tied to networks, and found where they leaked."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from tenants.models import ApiKey
from tenants.services.keys import key_leaked
from tests.conftest import Api, Tenant

Client = Callable[[str | None], Api]
pytestmark = pytest.mark.django_db


class TestKeys:
    def test_are_listed_without_secrets(self, api: Client, tenant: Tenant) -> None:
        listed = api(tenant.live_key).get("/v1/keys")
        assert len(listed.json()["data"]) == 2
        assert tenant.live_key not in listed.content.decode()

    def test_cannot_grant_what_they_do_not_hold(self, api: Client, tenant: Tenant) -> None:
        owner = api(tenant.live_key)
        made = owner.post("/v1/keys", {"name": "minter", "scopes": ["keys:write"]})
        minter = api(made.json()["secret"])
        refused = minter.post("/v1/keys", {"name": "spy", "scopes": ["jobs:read"]})
        assert refused.json()["code"] == "scope-escalation"

    def test_of_test_mode_cannot_make_live_keys(self, api: Client, tenant: Tenant) -> None:
        body = {"name": "x", "scopes": ["usage:read"], "livemode": True}
        assert api(tenant.test_key).post("/v1/keys", body).status_code == 403

    def test_of_another_organisation_do_not_exist(
        self, api: Client, tenant: Tenant, stranger: Tenant
    ) -> None:
        theirs = ApiKey.objects.filter(organisation=stranger.organisation)[0]
        mine = api(tenant.live_key)
        foreign = mine.delete(f"/v1/keys/{theirs.pk}")
        absent = mine.delete("/v1/keys/key_absent")
        assert (foreign.status_code, absent.status_code) == (404, 404)
        assert foreign.json()["code"] == absent.json()["code"]
        theirs.refresh_from_db()
        assert theirs.revoked_at is None

    def test_rotate_with_an_overlap(self, api: Client, tenant: Tenant) -> None:
        owner = api(tenant.live_key)
        made = owner.post("/v1/keys", {"name": "bot", "scopes": ["usage:read"]}).json()
        new = owner.post(f"/v1/keys/{made['id']}/rotate", {"overlap_s": 600}).json()
        assert api(made["secret"]).get("/v1/usage").status_code == 200
        assert api(new["secret"]).get("/v1/usage").status_code == 200
        old = owner.get(f"/v1/keys/{made['id']}").json()
        assert old["replaced_by"] == new["id"]
        assert old["expires_at"] is not None

    def test_rotate_without_an_overlap_end_at_once(self, api: Client, tenant: Tenant) -> None:
        owner = api(tenant.live_key)
        made = owner.post("/v1/keys", {"name": "bot", "scopes": ["usage:read"]}).json()
        owner.post(f"/v1/keys/{made['id']}/rotate", {"overlap_s": 0})
        assert api(made["secret"]).get("/v1/usage").json()["code"] == "expired-key"

    def test_rotate_once_for_a_second_successor_would_die_with_the_overlap(
        self, api: Client, tenant: Tenant
    ) -> None:
        owner = api(tenant.live_key)
        made = owner.post("/v1/keys", {"name": "bot", "scopes": ["usage:read"]}).json()
        new = owner.post(f"/v1/keys/{made['id']}/rotate", {"overlap_s": 600}).json()
        again = owner.post(f"/v1/keys/{made['id']}/rotate", {"overlap_s": 600})
        assert again.status_code == 409
        assert (again.json()["code"], again.json()["replaced_by"]) == ("key-replaced", new["id"])
        newest = owner.post(f"/v1/keys/{new['id']}/rotate", {"overlap_s": 600}).json()
        assert newest["expires_at"] is None

    def test_of_test_mode_touch_nothing_of_live_mode(self, api: Client, tenant: Tenant) -> None:
        live = ApiKey.objects.get(organisation=tenant.organisation, livemode=True)
        tester = api(tenant.test_key)
        for refused in (
            tester.delete(f"/v1/keys/{live.pk}"),
            tester.post(f"/v1/keys/{live.pk}/rotate", {}),
            tester.patch("/v1/organisation", {"tier": "pro"}),
            tester.patch("/v1/organisation", {"strictness": "open"}),
            tester.patch("/v1/organisation", {"leaked_keys": "notify"}),
        ):
            assert refused.status_code == 403
        kept = api(tenant.live_key).get("/v1/organisation").json()
        assert (kept["tier"], kept["strictness"], kept["leaked_keys"]) == (
            "beta", "balanced", "revoke",
        )  # fmt: skip

    def test_remember_when_they_were_used(self, api: Client, tenant: Tenant) -> None:
        api(tenant.live_key).get("/v1/usage")
        data = api(tenant.live_key).get("/v1/keys").json()["data"]
        assert any(key["last_used_at"] for key in data)

    def test_page_by_cursor(self, api: Client, tenant: Tenant) -> None:
        owner = api(tenant.live_key)
        first = owner.get("/v1/keys?limit=1").json()
        second = owner.get(f"/v1/keys?limit=1&cursor={first['next_cursor']}").json()
        assert first["data"][0]["id"] > second["data"][0]["id"]
        assert second["next_cursor"] is None
        assert owner.get("/v1/keys?limit=0").json()["errors"][0]["pointer"] == "/limit"
        assert owner.get("/v1/keys?cursor=zzz").json()["errors"][0]["pointer"] == "/cursor"


class TestNetworksOfAKey:
    def made(self, owner: Api, networks: list[str]) -> dict[str, Any]:
        body = {"name": "bot", "scopes": ["usage:read"], "networks": networks}
        answer: dict[str, Any] = owner.post("/v1/keys", body).json()
        return answer

    def test_are_none_unless_they_are_given(self, api: Client, tenant: Tenant) -> None:
        made = api(tenant.live_key).post("/v1/keys", {"name": "bot", "scopes": ["usage:read"]})
        assert made.json()["networks"] == []

    def test_are_kept_in_their_shortest_form_each_once(self, api: Client, tenant: Tenant) -> None:
        owner = api(tenant.live_key)
        given = ["192.0.2.7", "2001:DB8:0:0::/32", "192.0.2.7/32", "10.0.0.0/255.0.0.0"]
        made = self.made(owner, given)
        kept = ["192.0.2.7/32", "2001:db8::/32", "10.0.0.0/8"]
        assert made["networks"] == kept
        assert owner.get(f"/v1/keys/{made['id']}").json()["networks"] == kept

    def test_outlast_a_rotation(self, api: Client, tenant: Tenant) -> None:
        owner = api(tenant.live_key)
        made = self.made(owner, ["192.0.2.0/24"])
        new = owner.post(f"/v1/keys/{made['id']}/rotate", {"overlap_s": 600}).json()
        assert new["networks"] == ["192.0.2.0/24"]

    @pytest.mark.parametrize(
        ("wrong", "told"),
        [
            ("office", "'office' is no network in CIDR notation"),
            ("192.0.2.5/24", "'192.0.2.5/24' has bits behind its prefix: write 192.0.2.0/24"),
            ("192.0.2.0/33", "'192.0.2.0/33' is no network in CIDR notation"),
            ("fe80::1%eth0", "'fe80::1%eth0' names a network interface"),
        ],
    )
    def test_that_are_none_are_pointed_at_in_our_own_words(
        self, api: Client, tenant: Tenant, wrong: str, told: str
    ) -> None:
        refused = self.made(api(tenant.live_key), ["192.0.2.0/24", wrong])
        assert refused["code"] == "invalid"
        assert refused["errors"][0]["pointer"] == "/networks/1"
        assert refused["errors"][0]["code"] == "invalid-network"
        assert refused["errors"][0]["detail"].startswith(told)

    def test_are_fifty_at_most(self, api: Client, tenant: Tenant) -> None:
        many = [f"192.0.2.{n}" for n in range(51)]
        assert len(self.made(api(tenant.live_key), many[:50])["networks"]) == 50
        refused = self.made(api(tenant.live_key), many)
        assert refused["errors"][0]["pointer"] == "/networks"


class TestALeakedKey:
    def test_says_so(self, api: Client, tenant: Tenant, moment: datetime) -> None:
        owner = api(tenant.live_key)
        made = owner.post("/v1/keys", {"name": "bot", "scopes": ["usage:read"]}).json()
        assert (made["leaked_at"], made["leaked_url"]) == (None, "")
        assert key_leaked(made["secret"], source_url="https://paste.example/1", now=moment)
        found = owner.get(f"/v1/keys/{made['id']}").json()
        assert (found["leaked_at"], found["leaked_url"]) == (
            "2026-11-21T12:00:00Z", "https://paste.example/1",
        )  # fmt: skip
        assert found["revoked_at"] == "2026-11-21T12:00:00Z"
