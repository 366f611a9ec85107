"""Sign-up, what an organisation chooses, and the tiers it chooses from."""

from collections.abc import Callable

import pytest

from foundation import clock
from tenants import queries
from tenants.limits import Algorithm, LimitScope
from tenants.models import ApiKey, Limit, Organisation, TierChange
from tenants.services.organisations import change_organisation
from tenants.services.tiers import copy_tier_version
from tests.conftest import Api, Tenant

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


class TestTiers:
    def test_are_published_exactly(self, api: Client) -> None:
        tiers = {tier["slug"]: tier for tier in api(None).get("/v1/tiers").json()["data"]}
        limits = {
            slug: {limit["name"]: limit for limit in tier["limits"]} for slug, tier in tiers.items()
        }
        assert [tiers[s]["price_per_mau"] for s in ("beta", "pro", "enterprise")] == [
            "0", "0.005", "0.002",
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

    def test_that_is_smaller_waits_for_the_next_month(self, api: Client, tenant: Tenant) -> None:
        owner = api(tenant.live_key)
        owner.patch("/v1/organisation", {"tier": "pro"})
        told = owner.patch("/v1/organisation", {"tier": "beta"}).json()
        assert (told["tier"], told["next_tier"]) == ("pro", "beta")
        assert told["next_tier_at"] == clock.next_month(clock.now()).isoformat().replace(
            "+00:00", "Z"
        )
        assert owner.get("/v1/organisation").json()["next_tier"] == "beta"
        kept = owner.patch("/v1/organisation", {"tier": "pro"}).json()
        assert (kept["next_tier"], kept["next_tier_at"]) == (None, None)

    def test_that_nobody_pays_for_is_refused(self, api: Client, tenant: Tenant) -> None:
        Organisation.objects.update(payment_method=False)
        refused = api(tenant.live_key).patch("/v1/organisation", {"tier": "pro"})
        assert (refused.status_code, refused.json()["code"]) == (402, "payment-needed")
        assert refused.json()["detail"] == (
            "The tier pro is above beta: no payment method is on file, see POST /v1/billing/setup."
        )
        Organisation.objects.update(restricted_at=clock.now(), payment_method=True)
        refused = api(tenant.live_key).patch("/v1/organisation", {"tier": "pro"})
        assert "invoices stayed unpaid" in refused.json()["detail"]
        assert api(tenant.live_key).get("/v1/organisation").json()["tier"] == "beta"

    def test_is_chosen_when_the_month_has_begun(self, api: Client, tenant: Tenant) -> None:
        then = clock.month_before(clock.now()).date()
        Organisation.objects.update(
            tier_id="pro", tier_month=then, next_tier="beta", next_tier_on=clock.month(clock.now())
        )
        told = api(tenant.live_key).patch("/v1/organisation", {"tier": "pro"}).json()
        assert (told["tier"], told["next_tier"]) == ("pro", None)
        reasons = TierChange.objects.order_by("pk").values_list("to_tier_id", "reason")
        assert list(reasons) == [("beta", "month_start"), ("pro", "chosen")]

    def test_assigned_by_the_operator_outlives_a_rename(self, tenant: Tenant) -> None:
        read_before = Organisation.objects.get(pk=tenant.organisation.pk)
        Organisation.objects.update(tier_id="enterprise")
        change_organisation(
            organisation=read_before, name="New Labs", tier_slug=None, now=clock.now()
        )
        stored = Organisation.objects.get(pk=tenant.organisation.pk)
        assert (stored.name, stored.tier_id) == ("New Labs", "enterprise")
