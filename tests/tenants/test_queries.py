"""A credential is read whole: the key, its organisation, the tier in force and every limit."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings

from foundation import clock
from foundation.errors import NotFound
from tenants import epochs, queries
from tenants.limits import Algorithm, LimitScope
from tenants.models import ApiKey, ContractLimit, Limit, Organisation
from tenants.rules import fingerprint
from tenants.services.tiers import copy_tier_version
from tests.conftest import Tenant

pytestmark = pytest.mark.django_db
MOMENT = datetime(2100, 1, 1, tzinfo=UTC)
LATER = MOMENT + timedelta(days=1)
HOUR = timedelta(hours=1)


def read(tenant: Tenant, now: datetime = MOMENT) -> queries.Credential:
    found = queries.credential(fingerprint(tenant.live_key, settings.KEY_PEPPER), now)
    assert found is not None
    return found


def agree(tenant: Tenant, name: str, **more: Any) -> None:
    ContractLimit.objects.create(
        organisation=tenant.organisation, name=name, algorithm=Algorithm.WINDOW, unit="effect",
        quantity=7, per_ms=60_000, **more,
    )  # fmt: skip


class TestACredential:
    def test_holds_the_key_and_all_that_it_stands_under(self, tenant: Tenant) -> None:
        found = read(tenant)
        assert found.key == ApiKey.objects.get(livemode=True)
        assert found.organisation == tenant.organisation
        for row in (found.key, found.organisation, found.tier):
            stored = type(row).objects.values().get(pk=row.pk)
            assert {name: getattr(row, name) for name in stored} == stored
        assert found.tier == queries.tier_version("beta", MOMENT)
        assert found.limits == queries.limits(tenant.organisation, found.tier)
        assert list(found.limits) == ["requests", "effects", "live_sessions"]
        assert found.next_version_at is None

    def test_is_found_by_the_id_of_its_key_too(self, tenant: Tenant) -> None:
        by_secret = read(tenant)
        by_id = queries.credential_of(by_secret.key.pk, MOMENT)
        assert by_id is not None
        assert (by_id.key, by_id.limits) == (by_secret.key, by_secret.limits)

    def test_of_nobody_is_none(self, tenant: Tenant) -> None:
        assert queries.credential("0" * 64, MOMENT) is None
        assert queries.credential_of("key_absent", MOMENT) is None

    def test_of_a_tier_that_is_not_in_force_yet_is_an_error(self, tenant: Tenant) -> None:
        with pytest.raises(NotFound, match="beta"):
            read(tenant, datetime(2000, 1, 1, tzinfo=UTC))

    def test_costs_one_statement(self, tenant: Tenant, django_assert_num_queries: Any) -> None:
        read(tenant)  # the limits of a tier's version are kept from here on
        agree(tenant, "effects")
        with django_assert_num_queries(1):
            found = read(tenant)
            assert found.key.organisation is found.organisation
            assert (found.organisation.name, found.limits["effects"].quantity) == (
                "Terrace Labs",
                7,
            )

    def test_takes_the_contract_over_the_tier(self, tenant: Tenant, stranger: Tenant) -> None:
        agree(tenant, "effects", scope=LimitScope.KEY, routes=["POST /v1/effects"], shadow=True)
        agree(tenant, "fair", scope=LimitScope.END_USER, counts="requests")
        found = read(tenant)
        assert found.limits["effects"] == queries.LimitValue(
            "effects", Algorithm.WINDOW, "effect", 7, 60_000, 0, counts="effects",
            scope=LimitScope.KEY, routes=("POST /v1/effects",), shadow=True,
        )  # fmt: skip
        assert found.limits["fair"].counts == "requests"
        assert found.limits == queries.limits(tenant.organisation, found.tier)
        assert read(stranger).limits["effects"].algorithm == Algorithm.RATE

    def test_carries_the_epoch_of_what_it_holds(self, tenant: Tenant) -> None:
        first = read(tenant).epoch
        epochs.bump(tenant.organisation.pk)
        assert read(tenant).epoch == first + 1

    def test_tells_when_the_next_version_begins_and_moves_with_it(self, tenant: Tenant) -> None:
        version = queries.tier_version("beta", MOMENT)
        copy_tier_version(version, effective_at=LATER + timedelta(days=1))
        following = copy_tier_version(version, effective_at=LATER)
        copy_tier_version(queries.tier_version("pro", MOMENT), effective_at=LATER - HOUR)
        following.limits.filter(name="effects").update(quantity=9)
        found = read(tenant)
        assert (found.tier, found.next_version_at) == (version, LATER)
        moved = read(tenant, LATER)
        assert (moved.tier, moved.next_version_at) == (following, LATER + timedelta(days=1))
        assert moved.limits["effects"].quantity == 9

    def test_is_read_whatever_its_state(self, tenant: Tenant) -> None:
        ApiKey.objects.update(revoked_at=MOMENT)
        Organisation.objects.update(suspended_at=MOMENT)
        found = read(tenant)
        assert (found.key.revoked_at, found.organisation.suspended_at) == (MOMENT, MOMENT)


class TestATiersLimits:
    def test_count_their_own_name_for_the_whole_organisation(self) -> None:
        for slug in ("beta", "pro", "enterprise"):
            version = queries.tier_version(slug, clock.now())
            for name, limit in queries.tier_limits(version).items():
                assert (limit.counts, limit.scope) == (name, "organisation")
                assert (limit.routes, limit.shadow) == ((), False)

    def test_may_count_another_cost(self) -> None:
        version = copy_tier_version(queries.tier_version("pro", MOMENT), effective_at=LATER)
        Limit.objects.create(
            version=version, name="burst", algorithm=Algorithm.RATE, unit="request", quantity=1,
            per_ms=1_000, burst=5, counts="requests", scope=LimitScope.ROUTE,
        )  # fmt: skip
        assert queries.tier_limits(version)["burst"].counts == "requests"
