"""A dry run answers what the call would be answered, and does, spends and counts nothing."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db.models import QuerySet
from drf_spectacular.generators import SchemaGenerator

from foundation import clock
from gateway import stores
from gateway.admission import refusal_log
from metering.models import UsageMonth
from metering.queries import active_users
from tenants.limits import Algorithm, LimitScope
from tenants.models import ApiKey, ContractLimit, Member, Organisation
from tests.conftest import Api, Tenant, hold_at, slow_rate

Client = Callable[[str | None], Api]
pytestmark = pytest.mark.django_db
DRY = {"Tifo-Dry-Run": "?1"}
SIGN_UP = {"name": "Nobody", "email": "nobody@terrace.example"}


class TestADryRun:
    def test_does_and_spends_nothing(self, api: Client, tenant: Tenant) -> None:
        slow_rate(tenant, "requests", burst=3)
        owner, member = api(tenant.live_key), {"email": "new@terrace.example", "role": "viewer"}
        for _ in range(9):
            told = owner.post("/v1/members", member, **DRY)
            assert told.status_code == 200
            assert told.headers["Tifo-Dry-Run"] == "?1"
            assert told.headers["Content-Type"] == "application/vnd.tifo.dry-run+json"
            body = told.json()
            assert (body["dry_run"], body["admitted"], body["problem"]) == (True, True, None)
            (requests,) = body["limits"]
            assert (requests["used"], requests["remaining"]) == (0, 3)
            assert '"requests";r=3' in told.headers["RateLimit"]
        assert not Member.objects.filter(email=member["email"]).exists()
        assert owner.post("/v1/members", member).status_code == 201

    @pytest.mark.parametrize(
        ("method", "path"),
        [("get", "/v1/usage"), ("delete", "/v1/keys/key_1"), ("patch", "/v1/organisation")],
    )
    def test_is_had_of_every_method(
        self, api: Client, tenant: Tenant, method: str, path: str
    ) -> None:
        told = getattr(api(tenant.live_key), method)(path, **DRY)
        assert (told.status_code, told.json()["admitted"]) == (200, True)

    def test_tells_the_refusal_that_the_call_then_gets(self, api: Client, tenant: Tenant) -> None:
        slow_rate(tenant, "requests", burst=1)
        owner = api(tenant.live_key)
        owner.get("/v1/usage")
        told, refused = owner.get("/v1/usage", **DRY), owner.get("/v1/usage")
        assert (told.status_code, refused.status_code) == (200, 429)
        assert "Retry-After" not in told.headers
        assert told.headers["RateLimit-Policy"] == refused.headers["RateLimit-Policy"]
        problem, then = told.json()["problem"], refused.json()
        assert told.json()["admitted"] is False
        assert problem.keys() == then.keys()
        for member in ("type", "code", "status", "violated-policies"):
            assert problem[member] == then[member]

    def test_is_not_counted_as_a_refusal(self, api: Client, tenant: Tenant) -> None:
        slow_rate(tenant, "requests", burst=1)
        owner = api(tenant.live_key)
        owner.get("/v1/usage")
        owner.get("/v1/usage", **DRY)
        assert refusal_log.flush() == 0

    def test_looks_at_scope_and_body(self, api: Client, tenant: Tenant) -> None:
        owner = api(tenant.live_key)
        narrow = {"name": "bot", "scopes": ["usage:read"], "livemode": True}
        bot = api(owner.post("/v1/keys", narrow).json()["secret"])
        lacking = bot.get("/v1/keys", **DRY)
        assert (lacking.status_code, lacking.json()["admitted"]) == (200, False)
        assert lacking.json()["problem"]["code"] == "scope-missing"
        broken = owner.upload("/v1/tracks", {}, **DRY).json()
        assert (broken["admitted"], broken["problem"]["code"]) == (False, "invalid")
        nameless = owner.get("/v1/usage", **DRY, **{"Tifo-End-User": "x" * 201}).json()
        assert nameless["problem"]["code"] == "invalid"

    def test_needs_a_key_that_is_good_now(self, api: Client, tenant: Tenant) -> None:
        assert api(None).get("/v1/usage", **DRY).status_code == 401
        owner = api(tenant.live_key)
        assert owner.get("/v1/usage").status_code == 200
        # Nobody is told of this one, so what is kept of the key is not what holds.
        QuerySet(ApiKey).filter(organisation=tenant.organisation).update(revoked_at=clock.now())
        assert owner.get("/v1/usage", **DRY).json()["code"] == "revoked-key"

    def test_ignores_an_idempotency_key(self, api: Client, tenant: Tenant) -> None:
        owner, head = api(tenant.live_key), {"Idempotency-Key": "one"}
        member = {"email": "new@terrace.example", "role": "viewer"}
        assert owner.post("/v1/members", member, **head, **DRY).json()["admitted"]
        done = owner.post("/v1/members", member, **head)
        assert done.status_code == 201
        assert "Idempotent-Replayed" not in done.headers
        assert owner.post("/v1/members", member, **head, **DRY).json()["dry_run"]

    def test_through_a_view_link_meets_no_limit(self, api: Client, tenant: Tenant) -> None:
        url = api(tenant.live_key).post("/v1/view-links").json()["url"]
        told = api(url.partition("#")[2]).get("/v1/usage", **DRY).json()
        assert (told["admitted"], told["limits"]) == (True, [])


class TestTheHeader:
    @pytest.mark.parametrize("value", ["1", "true", "?2", ""])
    def test_is_a_boolean_or_the_call_is_refused(
        self, api: Client, tenant: Tenant, value: str
    ) -> None:
        refused = api(tenant.live_key).get("/v1/usage", **{"Tifo-Dry-Run": value})
        assert (refused.status_code, refused.json()["code"]) == (400, "invalid")

    def test_that_says_no_changes_nothing(self, api: Client, tenant: Tenant) -> None:
        owner, no = api(tenant.live_key), {"Tifo-Dry-Run": "?0"}
        member = {"email": "new@terrace.example", "role": "viewer"}
        done = owner.post("/v1/members", member, **no)
        assert (done.status_code, "Tifo-Dry-Run" in done.headers) == (201, False)
        head = {"Idempotency-Key": "two"}
        first = owner.post("/v1/keys", {"name": "a", "scopes": ["usage:read"]}, **no, **head)
        again = owner.post("/v1/keys", {"name": "a", "scopes": ["usage:read"]}, **no, **head)
        assert again.headers["Idempotent-Replayed"] == "true"
        assert again.json()["id"] == first.json()["id"]

    def test_is_never_overlooked_where_there_is_no_gate(self, api: Client) -> None:
        refused = api(None).post("/v1/organisations", SIGN_UP, **DRY)
        assert refused.status_code == 400
        assert not Organisation.objects.filter(name=SIGN_UP["name"]).exists()

    def test_leaves_a_wrong_method_wrong(self, api: Client, tenant: Tenant) -> None:
        refused = api(tenant.live_key).delete("/v1/usage", **DRY)
        assert refused.json()["code"] == "method-not-allowed"

    def test_stands_in_the_document_wherever_there_is_a_gate(self) -> None:
        document = SchemaGenerator().get_schema(request=None, public=True)
        for path, methods in document["paths"].items():
            for method, described in methods.items():
                named = {each["name"] for each in described.get("parameters", ())}
                gated = "x-tifo-scope" in described
                assert ("Tifo-Dry-Run" in named) == gated, f"{method} {path}"


class TestTheUsersOfADryRun:
    def mau(self, tenant: Tenant) -> int:
        return active_users(tenant.organisation, livemode=True, now=clock.now())

    def test_are_not_metered(self, api: Client, tenant: Tenant) -> None:
        told = api(tenant.live_key).get("/v1/usage", **DRY, **{"Tifo-End-User": "ana"})
        assert told.json()["admitted"]
        assert self.mau(tenant) == 0

    def test_meet_the_cap_unless_they_are_counted(self, api: Client, tenant: Tenant) -> None:
        owner = api(tenant.live_key)
        hold_at(tenant, 9_999)
        owner.get("/v1/usage", **{"Tifo-End-User": "ana"})
        UsageMonth.objects.update(mau=9_999)
        known = owner.get("/v1/usage", **DRY, **{"Tifo-End-User": "ana"}).json()
        new = owner.get("/v1/usage", **DRY, **{"Tifo-End-User": "ben"}).json()
        assert known["admitted"]
        assert new["problem"]["code"] == "mau-limit-reached"
        then = owner.get("/v1/usage", **{"Tifo-End-User": "ben"}).json()
        assert new["problem"] | {"request_id": ""} == then | {"request_id": ""}

    def test_meet_their_own_limit(self, api: Client, tenant: Tenant) -> None:
        ContractLimit.objects.create(
            organisation=tenant.organisation, name="per-fan", algorithm=Algorithm.RATE,
            unit="request", quantity=1, per_ms=600_000, burst=1, scope=LimitScope.END_USER,
            counts="requests",
        )  # fmt: skip
        owner, ana, ben = api(tenant.live_key), {"Tifo-End-User": "ana"}, {"Tifo-End-User": "ben"}
        owner.get("/v1/usage", **ana)
        assert owner.get("/v1/usage", **DRY, **ana).json()["admitted"] is False
        assert owner.get("/v1/usage", **DRY, **ben).json()["admitted"] is True


class TestWithoutRedis:
    @pytest.fixture
    def no_redis(self, settings: Any) -> Iterator[None]:
        settings.REDIS_URL = "redis://127.0.0.1:1/0"
        stores.store.cache_clear()
        yield
        stores.store.cache_clear()

    def test_nothing_is_foretold(self, api: Client, tenant: Tenant, no_redis: None) -> None:
        told = api(tenant.live_key).get("/v1/usage", **DRY)
        assert told.status_code == 503
        assert told.json()["code"] == "temporary-reduced-capacity"
