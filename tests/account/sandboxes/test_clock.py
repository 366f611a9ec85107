"""A sandbox's clock: moved forwards, with all that falls due on the way."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.account.api.sandboxes.bodies import moved
from billing.models import Invoice, Statement
from billing.services.contracts import sign_contract
from billing.services.sandboxes import settle_all
from foundation import clock
from foundation.validation.moments import read_moment
from tenants.models import Organisation, TierChange
from tests.account.sandboxes.conftest import Sandbox
from tests.billing.making import price_list
from tests.conftest import Api

Client = Callable[[str | None], Api]
pytestmark = pytest.mark.django_db


def statements(sandbox: Sandbox) -> list[Statement]:
    return list(Statement.objects.filter(organisation=sandbox.id).order_by("month"))


def invoices(sandbox: Sandbox) -> list[Invoice]:
    return list(Invoice.objects.filter(organisation=sandbox.id).order_by("statement__month"))


def hours_until_the_close() -> int:
    """Whole hours, the last of which ends before this month is closed."""
    now = clock.now()
    return (clock.next_month(now) + timedelta(hours=72) - now) // timedelta(hours=1)


class TestMoving:
    @pytest.mark.parametrize(
        ("advance", "to"),
        [
            ({"hours": 5}, "2027-01-31T15:30:00Z"),
            ({"days": 1}, "2027-02-01T10:30:00Z"),
            ({"months": 1}, "2027-02-28T10:30:00Z"),
            ({"months": 2}, "2027-03-31T10:30:00Z"),
            ({"months": 13}, "2028-02-29T10:30:00Z"),
            ({"months": 24}, "2029-01-31T10:30:00Z"),
        ],
    )
    def test_is_by_the_calendar(self, advance: dict[str, int], to: str) -> None:
        moment = datetime(2027, 1, 31, 10, 30, tzinfo=UTC)
        assert moved(moment, advance, now=moment) == read_moment(to)

    @pytest.mark.parametrize(
        "advance", [{}, {"days": 0}, {"days": -1}, {"months": 25}, {"days": 1, "hours": 1},
                    {"weeks": 1}, {"days": 1.5}, {"days": "1"}, {"hours": 10**9}]
    )  # fmt: skip
    def test_is_forwards_and_not_too_far(self, sandbox: Sandbox, advance: dict[str, Any]) -> None:
        refused = sandbox.own.post(f"{sandbox.path}/clock", {"advance": advance})
        assert refused.status_code == 400

    def test_ends_a_century_ahead(self, sandbox: Sandbox) -> None:
        Organisation.objects.filter(pk=sandbox.id).update(clock_ahead_s=36_500 * 86_400)
        refused = sandbox.own.post(f"{sandbox.path}/clock", {"advance": {"months": 1}})
        assert refused.status_code == 400
        assert refused.json()["errors"][0]["pointer"] == "/advance"

    def test_stands_where_a_month_cannot_be_closed(self, sandbox: Sandbox) -> None:
        whose = Organisation.objects.get(pk=sandbox.id)
        start, end = clock.billing_period(clock.now())
        yen = price_list("yen", code="jpy", organisation=whose)
        contract = sign_contract(
            organisation=whose, starts_at=start, ends_at=start + timedelta(days=10), now=start
        )
        type(contract).objects.filter(pk=contract.pk).update(price_list=yen)
        refused = sandbox.own.post(f"{sandbox.path}/clock", {"advance": {"months": 2}})
        assert refused.status_code == 409
        told = refused.json()
        assert told["code"] == "month-contradicts-itself"
        assert told["month"] == f"{start:%Y-%m}"
        assert "A month has one currency" in told["detail"]
        stands = read_moment(sandbox.told()["clock"])
        assert timedelta(hours=72) <= stands - end < timedelta(hours=73)

    def test_moves_what_billing_sees(self, sandbox: Sandbox) -> None:
        sandbox.advance(months=3)
        event = {"id": "1", "user": "ana", "time": sandbox.told()["clock"]}
        judged = sandbox.own.post("/v1/usage/events", {"events": [event]}).json()
        assert judged["accepted"] == 1
        sandbox.own.get("/v1/organisation", **{"Tifo-End-User": "ben"})
        usage = sandbox.own.get("/v1/usage").json()
        assert usage["mau"] == 2
        assert usage["period_start"][:7] == sandbox.told()["clock"][:7]
        assert sandbox.own.get("/v1/usage/users/ben").status_code == 200
        preview = sandbox.own.get("/v1/invoices/preview").json()
        assert preview["period_start"] == usage["period_start"]
        assert preview["billable"] is True

    def test_leaves_everybody_elses_alone(self, sandbox: Sandbox) -> None:
        sandbox.advance(months=3)
        told = sandbox.owner.get("/v1/usage").json()
        assert told["period_start"][:7] == f"{clock.now():%Y-%m}"
        future = {"id": "1", "user": "ana", "time": sandbox.told()["clock"]}
        judged = sandbox.owner.post("/v1/usage/events", {"events": [future]}).json()
        assert judged["results"][0]["reason"] == "time-in-future"


class TestMonths:
    def test_are_closed_in_their_order(self, sandbox: Sandbox) -> None:
        sandbox.pays("succeeds")
        sandbox.make_active(11_000)
        began = clock.month(clock.now())
        sandbox.advance(months=3)
        found = statements(sandbox)
        assert found[0].month == began
        assert len(found) >= 2
        for before, after in itertools.pairwise(found):
            assert after.previous_hash == before.content_hash
        assert (found[0].total_minor, found[1].total_minor) == (5_500, 0)
        [invoice] = invoices(sandbox)
        assert (invoice.state, invoice.paid_minor) == ("paid", 5_500)

    def test_are_open_until_the_hours_of_the_close_are_over(self, sandbox: Sandbox) -> None:
        sandbox.make_active(5)
        sandbox.advance(hours=hours_until_the_close())
        assert statements(sandbox) == []
        sandbox.advance(hours=1)
        assert len(statements(sandbox)) == 1

    def test_take_what_comes_late_by_the_sandboxs_clock(self, sandbox: Sandbox) -> None:
        sandbox.make_active(5)
        began = clock.now()
        sandbox.advance(months=2)
        event = {"id": "1", "user": "late", "time": began.isoformat()}
        judged = sandbox.own.post("/v1/usage/events", {"events": [event]}).json()
        assert judged["results"][0]["late"] is True

    def test_lead_down_only_when_they_begin(self, sandbox: Sandbox) -> None:
        sandbox.pays("succeeds")
        assert sandbox.make_active(100_001).json()["tier"] == "enterprise"
        sandbox.advance(months=1)
        assert sandbox.told()["tier"] == "enterprise"  # by last month's users
        assert sandbox.advance(months=1)["tier"] == "beta"
        reasons = TierChange.objects.filter(organisation=sandbox.id).values_list(
            "reason", flat=True
        )
        assert "month_start" in reasons

    def test_are_closed_by_a_clock_that_runs_on_by_itself(self, sandbox: Sandbox) -> None:
        sandbox.make_active(5)
        settle_all(now=clock.now())
        assert statements(sandbox) == []
        settle_all(now=clock.now() + timedelta(days=40))
        assert len(statements(sandbox)) == 1

    def test_played_twice_are_closed_once(self, sandbox: Sandbox) -> None:
        sandbox.make_active(5)
        sandbox.advance(months=2)
        before = [(each.pk, each.content_hash) for each in statements(sandbox)]
        sandbox.advance(hours=1)
        assert [(each.pk, each.content_hash) for each in statements(sandbox)] == before


class TestPayments:
    def test_that_are_declined_end_in_the_first_tiers_limits_and_back(
        self, sandbox: Sandbox
    ) -> None:
        sandbox.pays("declines")
        sandbox.make_active(11_000)
        sandbox.advance(months=1)
        sandbox.advance(days=5)
        [invoice] = invoices(sandbox)
        assert invoice.state == "failed"
        failed_at = invoice.failed_at
        sandbox.advance(days=25)
        row = Organisation.objects.get(pk=sandbox.id)
        assert row.restricted_at is not None
        assert failed_at is not None
        assert timedelta(days=13) < row.restricted_at - failed_at < timedelta(days=15)
        assert sandbox.told()["tier"] == "beta"
        assert sandbox.pays("succeeds")["payment_method"] == "succeeds"
        [invoice] = invoices(sandbox)
        assert invoice.state == "paid"
        assert Organisation.objects.get(pk=sandbox.id).restricted_at is None

    def test_give_back_what_a_late_user_makes_cheaper(self, sandbox: Sandbox) -> None:
        sandbox.pays("succeeds")
        sandbox.make_active(100_000)
        began = clock.now()
        sandbox.advance(hours=hours_until_the_close() + 1)
        event = {"id": "1", "user": "late", "time": began.isoformat()}
        sandbox.own.post("/v1/usage/events", {"events": [event]})
        sandbox.advance(months=1)
        invoice = invoices(sandbox)[0]
        assert (invoice.paid_minor, invoice.credited_minor) == (50_000, 30_000)
        assert invoice.refunded_minor == 30_000

    def test_are_tried_again_by_its_clock(self, sandbox: Sandbox) -> None:
        sandbox.pays("declines")
        sandbox.make_active(10_000)
        sandbox.advance(hours=hours_until_the_close() + 1)
        [invoice] = invoices(sandbox)
        tried, again = invoice.attempts, invoice.next_attempt_at
        assert again is not None
        assert again > read_moment(sandbox.told()["clock"])
        sandbox.advance(days=2)
        assert invoices(sandbox)[0].attempts == tried + 1


class TestSyntheticUsers:
    def test_cross_tiers_in_one_call(self, sandbox: Sandbox) -> None:
        sandbox.pays("succeeds")
        told = [
            (count, sandbox.make_active(count).json()["tier"]) for count in (9_999, 1, 90_000, 1)
        ]
        assert told == [(9_999, "beta"), (1, "pro"), (90_000, "pro"), (1, "enterprise")]
        assert sandbox.told()["mau"] == 100_001

    def test_are_refused_beyond_the_free_tier_where_nobody_pays(self, sandbox: Sandbox) -> None:
        refused = sandbox.make_active(20_000)
        assert (refused.status_code, refused.json()["code"]) == (402, "mau-limit-reached")
        assert f"see POST {sandbox.path}/payment-method." in refused.json()["detail"]
        refused = sandbox.own.post("/v1/billing/setup")
        assert f"POST {sandbox.path}/payment-method." in refused.json()["detail"]
        assert sandbox.told()["mau"] == 9_999
        assert sandbox.make_active(1).status_code == 402
        seen = sandbox.own.get("/v1/organisation", **{"Tifo-End-User": "synthetic-77"})
        assert seen.status_code == 200
        sandbox.pays("succeeds")
        assert sandbox.make_active(1).json()["tier"] == "pro"

    def test_go_on_from_the_last(self, sandbox: Sandbox) -> None:
        sandbox.own.get("/v1/organisation", **{"Tifo-End-User": "ana"})
        sandbox.make_active(3)
        assert sandbox.make_active(2).json()["mau"] == 6
        for user in ("ana", "synthetic-2", "synthetic-4", "synthetic-6"):
            why = sandbox.own.get(f"/v1/usage/users/{user}")
            assert why.status_code == 200, user
        assert why.json()["operation"] == "POST /v1/sandboxes/{sandbox_id}/users"
        assert sandbox.own.get("/v1/usage/users/synthetic-7").status_code == 404

    def test_begin_anew_each_month(self, sandbox: Sandbox) -> None:
        sandbox.make_active(3)
        assert sandbox.advance(months=1)["mau"] == 0
        assert sandbox.make_active(2).json()["mau"] == 2

    @pytest.mark.parametrize("count", [0, -1, 200_001, 1.5, "7", None])
    def test_are_a_number_of_them(self, sandbox: Sandbox, count: Any) -> None:
        assert sandbox.own.post(f"{sandbox.path}/users", {"count": count}).status_code == 400
