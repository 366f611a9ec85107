"""The users of a call, at the gate: led to a higher tier, or refused where nobody pays."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from foundation import clock
from gateway.admission import dry_run, metering
from gateway.admission.steps import admit
from gateway.callers import authentication
from gateway.operations import Operation
from gateway.refusals import MauLimitReached
from metering.models import UsageMonth
from tenants.models import Organisation
from tests.conftest import Api, Tenant, hold_at

FREE = Operation("effects:write", {})
EFFECTS = Operation("effects:write", {"effects": 5})
NOW = datetime(2026, 11, 30, 23, 59, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def had(tenant: Tenant, users: int, now: datetime, *, livemode: bool = True) -> None:
    UsageMonth.objects.create(
        organisation=tenant.organisation, livemode=livemode, month=clock.month(now), mau=users
    )


class TestTheCallOfTheFirstUserTooMany:
    def test_is_admitted_and_the_next_one_stands_in_the_higher_tier(self, tenant: Tenant) -> None:
        now = clock.now()
        had(tenant, 9_999, now)
        kept = authentication.from_token(tenant.live_key, now=now)
        admit(kept, EFFECTS, now=now, end_users=["ten thousandth"])
        then = admit(kept, Operation("effects:write", {"effects": 1}), now=now)
        assert then.caller.tier.tier_id == "pro"
        [effects] = then.outcome.limits
        assert (effects.limit, effects.used) == (500, 6)

    def test_is_refused_where_nobody_pays(
        self, api: Callable[[str | None], Api], tenant: Tenant
    ) -> None:
        hold_at(tenant, 9_999)
        had(tenant, 9_999, clock.now())
        owner = api(tenant.live_key)
        told = owner.post("/v1/usage/events", {"end_users": ["ana"]})
        assert (told.status_code, told.json()["code"]) == (402, "mau-limit-reached")
        assert told.json()["detail"] == (
            f"9,999 users were active in {clock.now():%Y-%m}, and beta takes 9,999: no payment "
            "method is on file, see POST /v1/billing/setup."
        )
        facts = {name: told.json()[name] for name in ("tier", "limit", "used", "why")}
        assert facts == {
            "tier": "beta", "limit": 9_999, "used": 9_999, "why": "no_payment_method",
        }  # fmt: skip
        Organisation.objects.update(payment_method=True)
        assert owner.post("/v1/usage/events", {"end_users": ["ana"]}).status_code == 202

    def test_is_foreseen(self, tenant: Tenant) -> None:
        now = clock.now()
        had(tenant, 9_999, now)
        caller = authentication.from_token(tenant.live_key, now=now)
        assert dry_run.decide(caller, FREE, now=now, end_users=["ana"]).problem is None
        hold_at(tenant, 9_999)
        caller = authentication.from_token(tenant.live_key, now=now)
        problem = dry_run.decide(caller, FREE, now=now, end_users=["ana"]).problem
        assert isinstance(problem, MauLimitReached)


class TestASandbox:
    @pytest.fixture(autouse=True)
    def ahead(self, tenant: Tenant) -> None:
        """Its clock shows December while it is November."""
        Organisation.objects.create(id="org_real", name="Real", tier_id="beta", created_at=NOW)
        Organisation.objects.filter(pk=tenant.organisation.pk).update(
            sandbox_of_id="org_real", clock_ahead_s=3_600
        )

    def test_counts_in_the_month_of_its_own_clock(self, tenant: Tenant) -> None:
        caller = authentication.from_token(tenant.test_key, now=NOW)
        admit(caller, FREE, now=NOW, end_users=["ana"])
        [row] = UsageMonth.objects.all()
        assert (row.month, row.mau) == (datetime(2026, 12, 1, tzinfo=UTC).date(), 1)
        assert metering.seen_key(caller, caller.organisation.moment(NOW)) == "test:mau:202612"

    def test_that_is_advanced_meanwhile_counts_in_the_month_after(self, tenant: Tenant) -> None:
        kept = authentication.from_token(tenant.test_key, now=NOW)
        Organisation.objects.filter(pk=tenant.organisation.pk).update(clock_ahead_s=32 * 86_400)
        admit(kept, FREE, now=NOW, end_users=["ana"])
        assert [f"{row.month:%Y-%m}" for row in UsageMonth.objects.all()] == ["2027-01"]

    def test_is_led_by_its_test_keys(self, tenant: Tenant) -> None:
        had(tenant, 9_999, NOW + timedelta(hours=1), livemode=False)
        caller = authentication.from_token(tenant.test_key, now=NOW)
        admit(caller, FREE, now=NOW, end_users=["ana"])
        assert Organisation.objects.get(pk=tenant.organisation.pk).tier_id == "pro"
