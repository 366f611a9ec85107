"""The gate: exact limits and exact MAU under concurrency, tickets and view links."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
from django.db import connection

from foundation import clock
from gateway import stores
from gateway.admission import steps
from gateway.admission.standings import standings
from gateway.callers import authentication
from gateway.operations import Operation
from gateway.refusals import MauLimitReached, QuotaExceeded
from metering.hashes import hash_users
from metering.models import ActiveUser, UsageMonth
from metering.queries import active_users
from metering.services import record_active_users
from tenants.models import Tier
from tests.conftest import Api, Tenant, hold_at, slow_rate
from tests.metering.crowds import had

EFFECT = Operation("effects:write", {"effects": 1})
FREE = Operation("effects:write", {})


def caller_of(token: str) -> Any:
    return authentication.from_token(token, now=clock.now())


def in_threads(work: Callable[[int], bool], times: int) -> list[bool]:
    def one(number: int) -> bool:
        try:
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(one, range(times)))


@pytest.mark.django_db(transaction=True)
class TestUnderConcurrency:
    def test_the_burst_is_exact(self, tenant: Tenant) -> None:
        slow_rate(tenant, "effects", burst=5)
        caller = caller_of(tenant.live_key)

        def attempt(_: int) -> bool:
            try:
                steps.admit(caller, EFFECT, now=clock.now())
            except QuotaExceeded:
                return False
            return True

        assert sum(in_threads(attempt, 60)) == 5

    def test_each_user_counts_once(self, tenant: Tenant) -> None:
        caller = caller_of(tenant.live_key)

        def attempt(number: int) -> bool:
            users = [f"fan-{n}" for n in range(number % 7, number % 7 + 10)]
            steps.admit(caller, FREE, now=clock.now(), end_users=users)
            return True

        in_threads(attempt, 40)
        organisation, now = tenant.organisation, clock.now()
        assert active_users(organisation, livemode=True, now=now) == 16
        assert ActiveUser.objects.filter(usage_month__organisation=organisation).count() == 16

    def test_the_cap_on_users_is_exact(self, tenant: Tenant) -> None:
        organisation, now = tenant.organisation, clock.now()
        hold_at(tenant, 9_999)  # as it is sold: what this test commits, the next ones meet
        had(tenant, 9_974, now=now)

        def attempt(number: int) -> bool:
            users = hash_users(organisation.pk, [f"fan-{number}"], livemode=True, now=now)
            return record_active_users(
                organisation=organisation, livemode=True, users=users, now=now
            ).within_cap

        assert sum(in_threads(attempt, 60)) == 25
        assert active_users(organisation, livemode=True, now=now) == 9_999


@pytest.mark.django_db
class TestTheCapOfATier:
    def test_refuses_new_users_and_keeps_known_ones(
        self, api: Callable[[str | None], Api], tenant: Tenant
    ) -> None:
        hold_at(tenant, 9_999)
        owner = api(tenant.live_key)
        fan = {"Tifo-End-User": "known"}
        assert owner.get("/v1/organisation", **fan).status_code == 200
        had(tenant, 9_999, now=clock.now())
        assert owner.get("/v1/organisation", **fan).status_code == 200
        refused = owner.get("/v1/organisation", **{"Tifo-End-User": "new"})
        assert (refused.status_code, refused.json()["code"]) == (402, "mau-limit-reached")
        assert refused.json()["why"] == "no_payment_method"
        assert refused.json()["limit"] == 9_999
        assert UsageMonth.objects.get().mau == 9_999

    def test_spends_no_effect_on_a_call_that_it_refuses(self, tenant: Tenant) -> None:
        slow_rate(tenant, "effects", burst=5)
        hold_at(tenant, 9_999)
        caller, now = caller_of(tenant.live_key), clock.now()
        record_active_users(organisation=tenant.organisation, livemode=True, users=[], now=now)
        UsageMonth.objects.filter(organisation=tenant.organisation).update(mau=9_999)
        with pytest.raises(MauLimitReached):
            steps.admit(caller, EFFECT, now=now, end_users=["new"])
        (effects,) = (s for s in standings(caller) if s.limit.name == "effects")
        assert effects.decision is not None
        assert effects.decision.used == 0


@pytest.mark.django_db
class TestAKeptCaller:
    def test_is_admitted_with_the_tier_now_and_not_when_it_was_read(self, tenant: Tenant) -> None:
        smaller = Tier.objects.create(slug="smaller", name="Smaller", position=9)
        smaller.versions.create(number=1, effective_at=clock.now(), mau_from=0)
        kept = caller_of(tenant.live_key)
        tenant.organisation.tier = smaller
        tenant.organisation.save()
        admitted = steps.admit(kept, FREE, now=clock.now())
        assert str(kept.tier) != str(admitted.caller.tier) == "smaller v1"


@pytest.mark.django_db
class TestUserHashes:
    def test_join_no_two_months_modes_or_organisations(self, moment: datetime) -> None:
        later = moment.replace(month=12)
        hashes = {
            hash_users("org_a", ["fan"], livemode=True, now=moment)[0],
            hash_users("org_a", ["fan"], livemode=True, now=later)[0],
            hash_users("org_a", ["fan"], livemode=False, now=moment)[0],
            hash_users("org_b", ["fan"], livemode=True, now=moment)[0],
        }
        assert len(hashes) == 4


@pytest.mark.django_db
class TestTickets:
    def test_are_narrower_than_their_key(
        self, api: Callable[[str | None], Api], tenant: Tenant
    ) -> None:
        made = api(tenant.live_key).post("/v1/tickets", {"scopes": ["sessions:stream"]})
        assert made.status_code == 201
        lacking = api(tenant.live_key).post("/v1/tickets", {"scopes": ["devices:connect"]})
        assert lacking.json()["code"] == "scope-missing"

    def test_leave_no_secret_in_redis(
        self, api: Callable[[str | None], Api], tenant: Tenant
    ) -> None:
        secret = (
            api(tenant.live_key).post("/v1/tickets", {"scopes": ["jobs:read"]}).json()["ticket"]
        )
        names = [key.decode() for key in stores.client().scan_iter("tifo:ticket:*")]
        assert names
        assert all(secret not in name for name in names)


@pytest.mark.django_db
class TestViewLinks:
    def test_read_and_never_write(self, api: Callable[[str | None], Api], tenant: Tenant) -> None:
        url = api(tenant.live_key).post("/v1/view-links").json()["url"]
        watcher = api(url.partition("#")[2])
        assert watcher.get("/v1/usage").status_code == 200
        assert watcher.post("/v1/keys", {}).json()["code"] == "scope-missing"
        assert api(url.partition("#")[2] + "x").get("/v1/usage").status_code == 401

    def test_cost_the_organisation_nothing(
        self, api: Callable[[str | None], Api], tenant: Tenant
    ) -> None:
        url = api(tenant.live_key).post("/v1/view-links").json()["url"]
        watcher = api(url.partition("#")[2])
        assert {watcher.get("/v1/usage").status_code for _ in range(30)} == {200}

    def test_are_for_the_networks_of_their_key(
        self, api: Callable[[str | None], Api], tenant: Tenant
    ) -> None:
        url = api(tenant.live_key).post("/v1/view-links").json()["url"]
        watcher = api(url.partition("#")[2])
        tenant.organisation.keys.update(networks=["198.51.100.0/24"])
        assert watcher.get("/v1/usage").json()["code"] == "address-not-allowed"

    def test_end_with_the_key_that_made_them(
        self, api: Callable[[str | None], Api], tenant: Tenant
    ) -> None:
        owner = api(tenant.live_key)
        body = {"name": "screen", "scopes": ["tickets:write", "usage:read"], "livemode": True}
        made = owner.post("/v1/keys", body).json()
        url = api(made["secret"]).post("/v1/view-links").json()["url"]
        watcher = api(url.partition("#")[2])
        assert watcher.get("/v1/usage").status_code == 200
        assert watcher.get("/v1/jobs").json()["code"] == "scope-missing"
        owner.delete(f"/v1/keys/{made['id']}")
        assert watcher.get("/v1/usage").json()["code"] == "invalid-ticket"
