"""What was spent counts on, whatever tier, version or contract an organisation moves to."""

from datetime import timedelta

import pytest

from foundation import clock
from gateway.admission.charging import LEAST_REMEMBERED
from gateway.admission.dry_run import decide
from gateway.admission.refunds import refund
from gateway.admission.standings import standings
from gateway.admission.steps import Admission, admit
from gateway.callers import authentication
from gateway.operations import Operation
from gateway.refusals import QuotaExceeded
from ratelimit.headers import fields
from tenants.limits import Algorithm
from tenants.models import ContractLimit, TierVersion
from tenants.services.tiers import copy_tier_version
from tests.conftest import Tenant

HOUR_MS = 3_600_000
pytestmark = pytest.mark.django_db


def effects(number: int = 1) -> Operation:
    return Operation("effects:write", {"effects": number})


def spend(tenant: Tenant, number: int = 1) -> Admission:
    caller = authentication.from_token(tenant.live_key, now=clock.now())
    return admit(caller, effects(number), now=clock.now())


def left(tenant: Tenant) -> int:
    """Effects that remain under the limit of that name."""
    caller = authentication.from_token(tenant.live_key, now=clock.now())
    (found,) = (each for each in standings(caller) if each.limit.name == "effects")
    assert found.decision is not None
    return found.decision.remaining


def move(tenant: Tenant, tier: str) -> None:
    tenant.organisation.tier_id = tier
    tenant.organisation.save()


def publish(tier: str, **numbers: int | str) -> TierVersion:
    """A version in force from now on, whose limit on effects has other numbers."""
    newest = TierVersion.objects.filter(tier=tier).latest("number")
    version = copy_tier_version(newest, effective_at=clock.now() - timedelta(seconds=1))
    version.limits.filter(name="effects").update(**numbers)
    return version


def agree(tenant: Tenant, name: str, quantity: int, per_ms: int = HOUR_MS) -> None:
    ContractLimit.objects.create(
        organisation=tenant.organisation,
        name=name,
        algorithm=Algorithm.WINDOW,
        unit="effect",
        quantity=quantity,
        per_ms=per_ms,
        counts="effects",
    )


class TestEffectsOfTheLastHour:
    def test_of_a_tier_without_a_window_count_in_one_that_has_it(self, tenant: Tenant) -> None:
        move(tenant, "enterprise")
        for _ in range(4):
            spend(tenant, 100)
        move(tenant, "pro")
        assert left(tenant) == 100
        spend(tenant, 100)
        with pytest.raises(QuotaExceeded):
            spend(tenant)

    def test_are_not_forgotten_by_a_stay_elsewhere(self, tenant: Tenant) -> None:
        move(tenant, "pro")
        spend(tenant, 500)
        move(tenant, "enterprise")
        spend(tenant)
        move(tenant, "pro")
        with pytest.raises(QuotaExceeded) as refused:
            spend(tenant)
        (policy,) = refused.value.facts["policies"]
        assert HOUR_MS - 60_000 < policy["retry_after_ms"] <= HOUR_MS

    def test_of_a_tier_that_counts_by_a_rate_count_too(self, tenant: Tenant) -> None:
        for _ in range(5):
            spend(tenant)
        move(tenant, "pro")
        assert left(tenant) == 495

    def test_count_for_the_next_version_by_whatever_name(self, tenant: Tenant) -> None:
        move(tenant, "pro")
        spend(tenant, 400)
        publish("pro", quantity=450)
        move(tenant, "pro")
        assert left(tenant) == 50
        version = publish("pro", name="effects-per-hour", counts="effects")
        move(tenant, "pro")
        assert str(spend(tenant, 50).caller.tier) == str(version)
        with pytest.raises(QuotaExceeded) as refused:
            spend(tenant)
        assert refused.value.facts["violated-policies"] == ["effects-per-hour"]

    def test_count_under_a_contract(self, tenant: Tenant) -> None:
        move(tenant, "enterprise")
        spend(tenant, 400)
        agree(tenant, "effects", 800)
        assert left(tenant) == 400
        ContractLimit.objects.all().delete()
        move(tenant, "pro")
        assert left(tenant) == 100

    def test_count_in_a_window_that_another_tier_has_only_announced(self, tenant: Tenant) -> None:
        version = publish("pro", per_ms=2 * HOUR_MS)
        TierVersion.objects.filter(pk=version.pk).update(
            effective_at=clock.now() + timedelta(minutes=5)
        )
        move(tenant, "enterprise")
        spend(tenant, 400)
        TierVersion.objects.filter(pk=version.pk).update(effective_at=clock.now())
        move(tenant, "pro")
        assert left(tenant) == 100

    def test_of_test_keys_are_counted_apart(self, tenant: Tenant) -> None:
        move(tenant, "enterprise")
        caller = authentication.from_token(tenant.test_key, now=clock.now())
        admit(caller, effects(400), now=clock.now())
        move(tenant, "pro")
        assert left(tenant) == 500

    def test_do_not_count_once_the_platform_has_given_them_back(self, tenant: Tenant) -> None:
        move(tenant, "enterprise")
        admitted = spend(tenant, 400)
        refund(tenant.organisation.pk, admitted.receipts)
        move(tenant, "pro")
        assert left(tenant) == 500


class TestWhatIsOnlyRemembered:
    def test_refuses_nobody_and_is_told_nowhere(self, tenant: Tenant) -> None:
        move(tenant, "enterprise")
        spend(tenant, LEAST_REMEMBERED)
        caller = authentication.from_token(tenant.live_key, now=clock.now())
        dry = decide(caller, effects(LEAST_REMEMBERED), now=clock.now())
        assert (dry.problem, dry.body["limits"]) == (None, [])
        assert (spend(tenant).headers, fields(spend(tenant).outcome)) == ({}, {})

    def test_is_what_the_call_costs_and_no_other(self, tenant: Tenant) -> None:
        caller = authentication.from_token(tenant.live_key, now=clock.now())
        admitted = admit(caller, Operation("usage:read"), now=clock.now())
        assert [each.name for each in admitted.outcome.decisions] == ["requests"]


class TestTwoWindowsOfOneLength:
    def test_refuse_each_by_its_own_size(self, tenant: Tenant) -> None:
        move(tenant, "pro")
        agree(tenant, "fewer-effects", 2)
        spend(tenant, 2)
        with pytest.raises(QuotaExceeded) as refused:
            spend(tenant)
        assert refused.value.facts["violated-policies"] == ["fewer-effects"]
        assert left(tenant) == 498
