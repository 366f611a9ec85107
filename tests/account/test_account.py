"""The account API: sign-up, keys, tiers, limits, usage and the invoice preview."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from foundation import clock
from jobs.models import Job
from jobs.services import enqueue
from tenants import queries
from tenants.limits import Algorithm, LimitScope
from tenants.models import ApiKey, ContractLimit, Limit, Organisation
from tenants.services.keys import key_leaked, touch_key
from tenants.services.organisations import change_organisation
from tenants.services.tiers import copy_tier_version
from tests.conftest import Api, Tenant, slow_rate

Client = Callable[[str | None], Api]
pytestmark = pytest.mark.django_db


class TestSignUp:
    def test_answers_two_keys_that_work(self, api: Client) -> None:
        born = api(None).post("/v1/organisations", {"name": "Kop", "email": "Dev@Kop.example"})
        assert born.status_code == 201
        assert born.json()["tier"] == "beta"
        for secret in (born.json()["live_key"], born.json()["test_key"]):
            seen = api(secret).get("/v1/organisation")
            assert seen.json()["id"] == born.json()["id"]

    def test_points_at_the_wrong_field(self, api: Client) -> None:
        refused = api(None).post("/v1/organisations", {"name": "Kop", "email": "nobody"})
        assert refused.status_code == 400
        assert refused.headers["Content-Type"] == "application/problem+json"
        problem = refused.json()
        assert problem["code"] == "invalid"
        assert problem["errors"][0]["pointer"] == "/email"
        assert problem["request_id"] == refused.headers["X-Request-Id"]

    def test_stores_no_secret(self, tenant: Tenant) -> None:
        for key in ApiKey.objects.all():
            stored = " ".join(str(getattr(key, f.attname)) for f in ApiKey._meta.concrete_fields)
            assert tenant.live_key not in stored
            assert tenant.test_key not in stored


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


class TestThePoliciesOfAnOrganisation:
    def test_are_chosen_one_by_one(self, api: Client, tenant: Tenant) -> None:
        owner = api(tenant.live_key)
        first = owner.patch("/v1/organisation", {"strictness": "strict"}).json()
        assert (first["strictness"], first["leaked_keys"]) == ("strict", "revoke")
        second = owner.patch("/v1/organisation", {"leaked_keys": "notify"}).json()
        assert (second["strictness"], second["leaked_keys"]) == ("strict", "notify")
        assert second["name"] == "Terrace Labs"

    @pytest.mark.parametrize("field", ["strictness", "leaked_keys"])
    def test_are_one_of_those_that_are_known(self, api: Client, tenant: Tenant, field: str) -> None:
        refused = api(tenant.live_key).patch("/v1/organisation", {field: "whatever"})
        assert refused.status_code == 400
        assert refused.json()["errors"][0]["pointer"] == f"/{field}"

    def test_do_not_stop_a_test_key_from_renaming(self, api: Client, tenant: Tenant) -> None:
        renamed = api(tenant.test_key).patch("/v1/organisation", {"name": "New Labs"})
        assert renamed.json()["name"] == "New Labs"


class TestIdempotencyKey:
    def test_gives_the_same_answer_and_acts_once(self, api: Client, tenant: Tenant) -> None:
        owner = api(tenant.live_key)
        body = {"email": "second@terrace.example", "role": "viewer"}
        first = owner.post("/v1/members", body, **{"Idempotency-Key": "abc"})
        again = owner.post("/v1/members", body, **{"Idempotency-Key": "abc"})
        assert (first.status_code, again.status_code) == (201, 201)
        assert first.json() == again.json()
        assert again.headers["Idempotent-Replayed"] == "true"
        assert len(owner.get("/v1/members").json()["data"]) == 2

    def test_refuses_another_payload(self, api: Client, tenant: Tenant) -> None:
        owner = api(tenant.live_key)
        one = {"email": "one@terrace.example", "role": "viewer"}
        owner.post("/v1/members", one, **{"Idempotency-Key": "k"})
        other = owner.post("/v1/members", one | {"role": "owner"}, **{"Idempotency-Key": "k"})
        assert other.status_code == 422
        assert other.json()["code"] == "idempotency-key-reused"

    def test_lets_a_refused_request_be_mended(self, api: Client, tenant: Tenant) -> None:
        owner = api(tenant.live_key)
        key = {"Idempotency-Key": "mend"}
        assert owner.post("/v1/members", {"email": "no"}, **key).status_code == 400
        body = {"email": "yes@terrace.example", "role": "viewer"}
        assert owner.post("/v1/members", body, **key).status_code == 201

    def test_replays_a_key_without_its_secret(self, api: Client, tenant: Tenant) -> None:
        owner, head = api(tenant.live_key), {"Idempotency-Key": "key"}
        body = {"name": "bot", "scopes": ["usage:read"]}
        first = owner.post("/v1/keys", body, **head).json()
        again = owner.post("/v1/keys", body, **head).json()
        assert again["id"] == first["id"]
        assert again["secret"] == "tifo_test_"


class TestTiers:
    def test_are_published_exactly(self, api: Client) -> None:
        tiers = {tier["slug"]: tier for tier in api(None).get("/v1/tiers").json()["data"]}
        limits = {
            slug: {limit["name"]: limit for limit in tier["limits"]} for slug, tier in tiers.items()
        }
        assert [tiers[s]["price_per_mau"] for s in ("beta", "pro", "enterprise")] == [
            "0.000000", "0.005000", "0.002000",
        ]  # fmt: skip
        assert [(t["mau_from"], t["mau_to"]) for t in tiers.values()] == [
            (0, 9_999), (10_000, 100_000), (100_001, None),
        ]  # fmt: skip
        assert limits["beta"]["effects"] | {"id": 0} == {
            "name": "effects", "algorithm": "rate", "unit": "effect", "quantity": 1,
            "per_ms": 2_000, "burst": 5, "id": 0,
            "scope": "organisation", "counts": "effects", "routes": [],
        }  # fmt: skip
        assert limits["pro"]["effects"]["quantity"] == 500
        assert limits["pro"]["effects"]["per_ms"] == 3_600_000
        assert "effects" not in limits["enterprise"]

    def test_publish_no_limit_that_is_only_tried(self, api: Client) -> None:
        version = copy_tier_version(
            queries.tier_version("enterprise", clock.now()), effective_at=clock.now()
        )
        Limit.objects.create(
            version=version, name="fair", algorithm=Algorithm.RATE, unit="request", quantity=1,
            per_ms=1_000, burst=5, scope=LimitScope.END_USER, counts="requests", shadow=True,
        )  # fmt: skip
        tiers = {tier["slug"]: tier for tier in api(None).get("/v1/tiers").json()["data"]}
        assert tiers["enterprise"]["version"] == version.number
        published = [limit["name"] for limit in tiers["enterprise"]["limits"]]
        assert published == ["requests", "live_sessions"]

    def test_open_to_self_service_can_be_chosen(self, api: Client, tenant: Tenant) -> None:
        owner = api(tenant.live_key)
        assert owner.patch("/v1/organisation", {"tier": "pro"}).json()["tier"] == "pro"
        refused = owner.patch("/v1/organisation", {"tier": "enterprise"})
        assert refused.json()["code"] == "tier-needs-operator"

    def test_assigned_by_the_operator_outlives_a_rename(self, tenant: Tenant) -> None:
        read_before = Organisation.objects.get(pk=tenant.organisation.pk)
        Organisation.objects.update(tier_id="enterprise")
        change_organisation(
            organisation=read_before, name="New Labs", tier_slug=None, now=clock.now()
        )
        stored = Organisation.objects.get(pk=tenant.organisation.pk)
        assert (stored.name, stored.tier_id) == ("New Labs", "enterprise")


class TestLimits:
    def test_show_every_policy_and_how_far_it_is_used(self, api: Client, tenant: Tenant) -> None:
        body = api(tenant.live_key).get("/v1/limits").json()
        named = {limit["name"]: limit for limit in body["limits"]}
        assert set(named) == {"requests", "effects", "live_sessions"}
        assert named["requests"]["used"] == 1
        assert (named["effects"]["limit"], named["effects"]["remaining"]) == (5, 5)
        assert (named["effects"]["quantity"], named["effects"]["window_ms"]) == (1, 2_000)
        assert body["caps"]["edge_parameters_max"] == 7_000_000_000

    def test_follow_the_contract(self, api: Client, tenant: Tenant) -> None:
        ContractLimit.objects.create(
            organisation=tenant.organisation, name="live_sessions", algorithm=Algorithm.CONCURRENCY,
            unit="session", quantity=4_000, per_ms=10_000,
        )  # fmt: skip
        body = api(tenant.live_key).get("/v1/limits").json()
        sessions = next(li for li in body["limits"] if li["name"] == "live_sessions")
        assert sessions["limit"] == 4_000

    def test_stand_in_the_headers(self, api: Client, tenant: Tenant) -> None:
        headers = api(tenant.live_key).get("/v1/usage").headers
        assert headers["RateLimit-Policy"].startswith('"requests";q=')
        assert headers["RateLimit"].startswith('"requests";r=')

    def test_refuse_with_the_exact_wait(self, api: Client, tenant: Tenant) -> None:
        slow_rate(tenant, "requests", burst=3)
        answers = [api(tenant.live_key).get("/v1/usage") for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        problem = answers[3].json()
        assert problem["code"] == "quota-exceeded"
        assert problem["violated-policies"] == ["requests"]
        wait_ms = problem["policies"][0]["retry_after_ms"]
        assert 500_000 < wait_ms <= 600_000
        assert int(answers[3].headers["Retry-After"]) == -(-wait_ms // 1000)


class TestUsage:
    def test_counts_an_end_user_once(self, api: Client, tenant: Tenant) -> None:
        owner = api(tenant.live_key)
        for fan in ("ana", "ben", "ana"):
            owner.get("/v1/organisation", **{"Tifo-End-User": fan})
        assert owner.get("/v1/usage").json()["mau"] == 2
        assert api(tenant.test_key).get("/v1/usage").json()["mau"] == 0

    def test_is_priced_in_the_preview(self, api: Client, tenant: Tenant) -> None:
        owner = api(tenant.live_key)
        for fan in range(3):
            owner.get("/v1/organisation", **{"Tifo-End-User": f"fan-{fan}"})
        assert owner.get("/v1/invoices/preview").json()["total_cents"] == 0
        at_pro = owner.get("/v1/invoices/preview?tier=pro").json()
        assert at_pro["lines"][0]["quantity"] == 3
        assert at_pro["lines"][0]["amount"] == "0.015000"
        assert at_pro["total_cents"] == 2
        assert at_pro["projected_mau"] >= 3

    def test_counts_the_jobs_of_this_month_alone(self, api: Client, tenant: Tenant) -> None:
        for age in (timedelta(0), timedelta(days=32)):
            enqueue(
                organisation=tenant.organisation,
                livemode=True,
                kind="test.nothing",
                payload={},
                accelerator=Job.Accelerator.CPU,
                now=clock.now() - age,
            )
        assert api(tenant.live_key).get("/v1/usage").json()["jobs"]["queued"] == 1

    def test_period_is_the_utc_month(self, api: Client, tenant: Tenant) -> None:
        usage = api(tenant.live_key).get("/v1/usage").json()
        assert usage["period_start"].endswith("-01T00:00:00Z")
        assert usage["period_end"] > usage["period_start"]


class TestABadAddress:
    @pytest.mark.parametrize("path", ["/v1/keys/%00", "/v1/keys?cursor=%00"])
    def test_with_a_nul_is_refused(self, api: Client, tenant: Tenant, path: str) -> None:
        assert api(tenant.live_key).get(path).status_code == 400

    def test_that_leads_nowhere_is_a_problem(self, api: Client) -> None:
        lost = api(None).get("/v1/nowhere")
        assert lost.status_code == 404
        assert lost.json()["code"] == "not-found"

    def test_with_the_wrong_method_is_a_problem(self, api: Client, tenant: Tenant) -> None:
        assert api(tenant.live_key).delete("/v1/usage").json()["code"] == "method-not-allowed"


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
