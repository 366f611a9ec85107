"""What was used, on which days, by which key and family: read from counters."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from foundation import clock
from jobs.models import Job
from jobs.services import enqueue
from metering.services import record_usage
from tests.conftest import Api, Tenant

Client = Callable[[str | None], Api]
pytestmark = pytest.mark.django_db
OCTOBER = datetime(2026, 10, 5, 12, tzinfo=UTC)


@pytest.fixture
def owner(api: Client, tenant: Tenant) -> Api:
    return api(tenant.live_key)


def used(tenant: Tenant, quantity: str, at: datetime, **where: str) -> None:
    source = f"{where}{at.isoformat()}{quantity}"[-40:]
    record_usage(
        organisation_id=tenant.organisation.pk,
        livemode=True,
        meter=where.pop("meter", "live_audio_seconds"),
        quantity=Decimal(quantity),
        source=source,
        now=at,
        **where,
    )


class TestUsage:
    def test_counts_an_end_user_once(self, api: Client, tenant: Tenant) -> None:
        owner = api(tenant.live_key)
        for fan in ("ana", "ben", "ana"):
            owner.get("/v1/organisation", **{"Tifo-End-User": fan})
        assert owner.get("/v1/usage").json()["mau"] == 2
        assert api(tenant.test_key).get("/v1/usage").json()["mau"] == 0

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

    def test_period_is_the_utc_month(self, owner: Api) -> None:
        usage = owner.get("/v1/usage").json()
        assert usage["period_start"].endswith("-01T00:00:00Z")
        assert usage["period_end"] > usage["period_start"]


class TestAPeriod:
    def test_is_a_month_that_is_named(self, owner: Api, tenant: Tenant) -> None:
        used(tenant, "1.5", OCTOBER)
        used(tenant, "2", OCTOBER + timedelta(days=30))
        usage = owner.get("/v1/usage?month=2026-10").json()
        assert usage["meters"] == {"live_audio_seconds": "1.5"}
        assert usage["period_start"] == "2026-10-01T00:00:00Z"
        assert usage["period_end"] == "2026-11-01T00:00:00Z"

    def test_is_of_days_the_last_included(self, owner: Api, tenant: Tenant) -> None:
        for day in range(4):
            used(tenant, "1", OCTOBER + timedelta(days=day))
        usage = owner.get("/v1/usage?from=2026-10-06&to=2026-10-07").json()
        assert usage["meters"] == {"live_audio_seconds": "2"}
        assert usage["period_end"] == "2026-10-08T00:00:00Z"

    def test_ends_today_unless_told(self, owner: Api, tenant: Tenant) -> None:
        used(tenant, "3", clock.now())
        today = clock.now().date()
        assert owner.get(f"/v1/usage?from={today}").json()["meters"] == {"live_audio_seconds": "3"}

    @pytest.mark.parametrize(
        ("query", "pointer", "code"),
        [
            ("month=2026-13", "/month", "malformed"),
            ("month=2026", "/month", "malformed"),
            ("month=9999-12", "/month", "malformed"),
            ("month=0000-01", "/month", "malformed"),
            ("from=2026-02-30", "/from", "malformed"),
            ("from=2026-1-1", "/from", "malformed"),
            ("from=2026-10-01&to=9999-12-31", "/to", "malformed"),
            ("to=2026-10-01", "/from", "required"),
            ("from=2026-10-02&to=2026-10-01", "/to", "before-from"),
            ("from=2025-01-01&to=2026-10-01", "/to", "too-many-days"),
            ("from=2026-10-02&month=2026-10", "/month", "one-of"),
            ("by=week", "/by", "unknown-group"),
            ("by=", "/by", "unknown-group"),
        ],
    )
    def test_that_is_none_is_refused(self, owner: Api, query: str, pointer: str, code: str) -> None:
        refused = owner.get(f"/v1/usage?{query}")
        assert refused.status_code == 400
        assert [(e["pointer"], e["code"]) for e in refused.json()["errors"]] == [(pointer, code)]

    def test_may_have_400_days(self, owner: Api) -> None:
        assert owner.get("/v1/usage?from=2025-10-01&to=2026-11-04").status_code == 200
        assert owner.get("/v1/usage?from=2025-10-01&to=2026-11-05").status_code == 400


class TestGroups:
    @pytest.mark.parametrize(
        ("by", "rows"),
        [
            ("meter", [(None, "effects", None, None, "4"),
                       (None, "live_audio_seconds", None, None, "3.5")]),
            ("day", [("2026-10-05", "effects", None, None, "4"),
                     ("2026-10-05", "live_audio_seconds", None, None, "1"),
                     ("2026-10-06", "live_audio_seconds", None, None, "2.5")]),
            ("family,key", [(None, "effects", "key_b", "live_room", "4"),
                            (None, "live_audio_seconds", "key_a", "live_audio_feedback", "3.5")]),
        ],
    )  # fmt: skip
    def test_are_what_is_asked_for(
        self, owner: Api, tenant: Tenant, by: str, rows: list[Any]
    ) -> None:
        live = {"key_id": "key_a", "family": "live_audio_feedback"}
        used(tenant, "1", OCTOBER, **live)
        used(tenant, "2.5", OCTOBER + timedelta(days=1), **live)
        used(tenant, "4", OCTOBER, meter="effects", key_id="key_b", family="live_room")
        usage = owner.get(f"/v1/usage?month=2026-10&by={by}").json()
        found = [
            (r["day"], r["meter"], r["key"], r["family"], r["quantity"]) for r in usage["data"]
        ]
        assert found == rows
        assert {row["late"] for row in usage["data"]} == {"0"}

    def test_are_none_unless_asked_for(self, owner: Api, tenant: Tenant) -> None:
        used(tenant, "1", clock.now())
        assert (owner.get("/v1/usage").json()["by"], owner.get("/v1/usage").json()["data"]) == (
            [],
            [],
        )

    def test_of_users_add_up_to_the_month(self, api: Client, tenant: Tenant) -> None:
        owner = api(tenant.live_key)
        for fan in ("ana", "ben"):
            owner.get("/v1/organisation", **{"Tifo-End-User": fan})
        owner.post("/v1/usage/events", {"end_users": ["cem", "ana"]})
        usage = owner.get("/v1/usage?by=day,key,family").json()
        assert usage["mau"] == 3
        assert [(r["meter"], r["family"], r["quantity"]) for r in usage["data"]] == [
            ("mau", "account", "3")
        ]
        assert usage["data"][0]["key"].startswith("key_")

    def test_show_what_came_late(self, owner: Api, tenant: Tenant) -> None:
        used(tenant, "2", OCTOBER)
        tenant.organisation.usage_months.update(closed_at=clock.now())
        used(tenant, "0.25", OCTOBER)
        [row] = owner.get("/v1/usage?month=2026-10&by=meter").json()["data"]
        assert (row["quantity"], row["late"]) == ("2.25", "0.25")


class TestTheCost:
    def test_does_not_grow_with_what_was_done(self, owner: Api, tenant: Tenant) -> None:
        def queries() -> list[str]:
            with CaptureQueriesContext(
                connection,
            ) as asked:
                owner.get("/v1/usage?by=day,meter,key,family")
            return [query["sql"].split("WHERE")[0] for query in asked]

        before = queries()
        for second in range(50):
            used(tenant, "1", clock.now() + timedelta(milliseconds=second))
        after = queries()
        assert [
            sql for sql in after if "usagerow" in sql or 'FROM "metering_activeuser"' in sql
        ] == []
        assert len(after) <= len(before)
