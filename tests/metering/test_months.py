"""A month's counters, and the fence of its close."""

import threading
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction

from metering import queries
from metering.hashes import hash_users
from metering.models import ActiveUser, UsageCount, UsageMonth, UsageRow
from metering.services import (
    Counted,
    SoFar,
    record_active_users,
    record_admitted_users,
    record_usage,
    record_usage_so_far,
)
from tenants.models import Organisation
from tests.conftest import Tenant, hold_at

OCTOBER = date(2026, 10, 1)
NOVEMBER = date(2026, 11, 1)
FIRST = datetime(2026, 10, 1, tzinfo=UTC)
LAST = datetime(2026, 10, 31, 23, 59, 59, 999_999, tzinfo=UTC)
CLOSED = datetime(2026, 11, 4, tzinfo=UTC)


def hashed(tenant: Tenant, *names: str, now: datetime = FIRST) -> list[bytes]:
    return hash_users(tenant.organisation.pk, names, livemode=True, now=now)


def see(tenant: Tenant, *names: str, now: datetime = FIRST, key: str = "key_1") -> Counted:
    return record_active_users(
        organisation=tenant.organisation,
        livemode=True,
        users=hashed(tenant, *names, now=now),
        now=now,
        operation="POST /v1/usage/events",
        key_id=key,
        family="account",
    )


def work(
    tenant: Tenant,
    source: str,
    quantity: Decimal | int = 1,
    *,
    now: datetime = FIRST,
    meter: str = "effects",
) -> None:
    record_usage(
        organisation_id=tenant.organisation.pk,
        livemode=True,
        meter=meter,
        quantity=quantity,
        source=source,
        now=now,
        key_id="key_1",
        family="live_room",
    )


def close(tenant: Tenant) -> None:
    UsageMonth.objects.filter(organisation=tenant.organisation).update(closed_at=CLOSED)


def quantities(tenant: Tenant) -> queries.MonthQuantities:
    found = queries.month_quantities([tenant.organisation.pk], livemode=True, month=OCTOBER)
    return found[tenant.organisation.pk]


def october(tenant: Tenant) -> UsageMonth:
    return UsageMonth.objects.get(organisation=tenant.organisation, month=OCTOBER)


class TestUsers:
    def test_of_the_days_add_up_to_the_month(self, tenant: Tenant) -> None:
        see(tenant, "ana", "bo")
        see(tenant, "bo", "cy", now=LAST)
        month, second = october(tenant), date(2026, 10, 2)
        assert month.mau == 3
        assert queries.users_between(month, OCTOBER, second) == 2
        assert queries.users_between(month, second, NOVEMBER) == 1
        assert queries.users_between(month, date(2025, 1, 1), date(2027, 1, 1)) == 3

    def test_belong_to_the_utc_month_to_its_last_instant(self, tenant: Tenant) -> None:
        see(tenant, "ana", now=LAST)
        see(tenant, "ana", now=LAST + timedelta(microseconds=1))
        months = UsageMonth.objects.order_by("month").values_list("month", "mau")
        assert list(months) == [(OCTOBER, 1), (NOVEMBER, 1)]

    def test_after_the_close_are_late_and_meet_no_cap(self, tenant: Tenant) -> None:
        see(tenant, "ana")
        close(tenant)
        hold_at(tenant, 1)
        assert see(tenant, "ana", "bo") == Counted(1, 1, before=1)
        assert (october(tenant).mau, october(tenant).late_mau) == (1, 1)
        assert quantities(tenant).in_time == {"mau": 1}
        assert quantities(tenant).late == {"mau": 1}

    def test_that_were_admitted_count_from_the_earliest_call(self, tenant: Tenant) -> None:
        [ana] = hashed(tenant, "ana")
        calls = [(ana, LAST), (ana, FIRST), (ana, LAST)]
        told: dict[str, Any] = {
            "organisation_id": tenant.organisation.pk,
            "livemode": True,
            "period": OCTOBER,
            "now": LAST,
        }
        assert record_admitted_users(**told, users=calls) == 1
        assert record_admitted_users(**told, users=calls) == 0
        why = queries.why_counted(tenant.organisation, livemode=True, user=ana, period=OCTOBER)
        assert why is not None
        assert why.first_seen_at == FIRST

    def test_over_the_cap_leave_every_counter_as_it_was(self, tenant: Tenant) -> None:
        see(tenant, "ana")
        hold_at(tenant, 2)
        assert not see(tenant, "bo", "cy").within_cap
        assert october(tenant).mau == 1
        assert [row.quantity for row in UsageCount.objects.all()] == [1]


class TestWhyCounted:
    def test_tells_time_operation_key_and_family(self, tenant: Tenant) -> None:
        see(tenant, "ana")
        see(tenant, "ana", now=LAST, key="key_2")
        [ana] = hashed(tenant, "ana")
        assert queries.why_counted(
            tenant.organisation, livemode=True, user=ana, period=OCTOBER
        ) == queries.WhyCounted(FIRST, "POST /v1/usage/events", "key_1", "account", late=False)

    def test_tells_nothing_of_a_user_of_others(self, tenant: Tenant, stranger: Tenant) -> None:
        see(tenant, "ana")
        [ana] = hashed(tenant, "ana")
        asked: dict[str, Any] = {"user": ana, "period": OCTOBER}
        assert queries.why_counted(stranger.organisation, livemode=True, **asked) is None
        assert queries.why_counted(tenant.organisation, livemode=False, **asked) is None
        assert (
            queries.why_counted(tenant.organisation, livemode=True, user=ana, period=NOVEMBER)
            is None
        )


class TestWork:
    def test_counts_once_for_its_source(self, tenant: Tenant) -> None:
        for quantity in (2, 2, 5):
            work(tenant, "job_1", quantity)
        assert quantities(tenant).in_time == {"effects": 2}
        assert [row.quantity for row in UsageRow.objects.all()] == [2]

    def test_is_exact_to_the_sixth_decimal(self, tenant: Tenant) -> None:
        for number in range(10):
            work(tenant, f"job_{number}", Decimal("0.100001"), meter="job_seconds_cpu")
        assert quantities(tenant).in_time == {"job_seconds_cpu": Decimal("1.000010")}

    def test_after_the_close_is_late(self, tenant: Tenant) -> None:
        work(tenant, "job_1")
        close(tenant)
        work(tenant, "job_1")
        work(tenant, "job_2", 3)
        assert quantities(tenant).in_time == {"effects": 1}
        assert quantities(tenant).late == {"effects": 3}
        assert UsageRow.objects.get(source="job_2").late

    def test_that_goes_on_counts_what_it_grows(self, tenant: Tenant) -> None:
        for quantity in ("1.5", "1.5", "1.2", "4"):
            record_usage_so_far(
                [
                    SoFar(
                        tenant.organisation.pk,
                        True,
                        "live_audio_seconds",
                        source,
                        Decimal(quantity),
                        FIRST,
                    )
                    for source in ("str_2", "str_1")
                ]
            )
        assert quantities(tenant).in_time == {"live_audio_seconds": Decimal(8)}

    def test_that_goes_on_in_a_sandbox_counts_when_its_own_clock_shows(
        self, tenant: Tenant, stranger: Tenant
    ) -> None:
        Organisation.objects.filter(pk=tenant.organisation.pk).update(
            sandbox_of=stranger.organisation, clock_ahead_s=40 * 86_400
        )
        pk = tenant.organisation.pk
        record_usage_so_far([SoFar(pk, False, "live_audio_seconds", "str_1", Decimal(2), FIRST)])
        assert UsageCount.objects.get().day == (FIRST + timedelta(days=40)).date()


class TestUsage:
    def test_is_grouped_as_asked(self, tenant: Tenant) -> None:
        see(tenant, "ana", "bo")
        see(tenant, "cy", now=LAST, key="key_2")
        work(tenant, "job_1", 2)
        whole: dict[str, Any] = {"livemode": True, "start_day": OCTOBER, "end_day": NOVEMBER}
        organisation = tenant.organisation
        assert queries.totals(organisation, **whole) == {"mau": 3, "effects": 2}
        by_day = queries.usage(organisation, **whole, group_by=["day"])
        assert [(used.day, used.meter, int(used.quantity)) for used in by_day] == [
            (OCTOBER, "effects", 2),
            (OCTOBER, "mau", 2),
            (LAST.date(), "mau", 1),
        ]
        by_key = queries.usage(organisation, **whole, group_by=["key", "family"])
        assert [(used.meter, used.key_id, used.family, int(used.quantity)) for used in by_key] == [
            ("effects", "key_1", "live_room", 2),
            ("mau", "key_1", "account", 2),
            ("mau", "key_2", "account", 1),
        ]

    def test_leaves_out_other_days_modes_and_organisations(
        self, tenant: Tenant, stranger: Tenant
    ) -> None:
        work(tenant, "job_1")
        day: dict[str, Any] = {"start_day": date(2026, 10, 2), "end_day": NOVEMBER}
        assert queries.totals(tenant.organisation, livemode=True, **day) == {}
        whole: dict[str, Any] = {"start_day": OCTOBER, "end_day": NOVEMBER}
        assert queries.totals(tenant.organisation, livemode=False, **whole) == {}
        assert queries.totals(stranger.organisation, livemode=True, **whole) == {}


@pytest.mark.django_db(transaction=True)
class TestTheFence:
    """What a close reads is all there was, whoever counts in the same moment."""

    def test_parts_what_came_in_time_from_what_is_late(self, tenant: Tenant) -> None:
        see(tenant, "first")
        work(tenant, "job_0")
        read: list[tuple[int, Decimal]] = []

        def count(number: int) -> None:
            try:
                for turn in range(30):
                    see(tenant, f"{number}-{turn}")
                    work(tenant, f"job_{number}_{turn}")
            finally:
                connection.close()

        def shut() -> None:
            try:
                with transaction.atomic():
                    month = UsageMonth.objects.select_for_update().get(month=OCTOBER)
                    read.append((month.mau, quantities(tenant).in_time["effects"]))
                    month.closed_at = CLOSED
                    month.save(update_fields=["closed_at"])
            finally:
                connection.close()

        threads = [threading.Thread(target=count, args=(number,)) for number in range(3)]
        threads.insert(2, threading.Thread(target=shut))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        found = quantities(tenant)
        assert read == [(october(tenant).mau, found.in_time["effects"])]
        assert found.in_time["mau"] == october(tenant).mau
        assert found.late.get("mau", 0) == october(tenant).late_mau
        late = ActiveUser.objects.filter(usage_month__month=OCTOBER, origin__late=True)
        assert late.count() == october(tenant).late_mau
        assert october(tenant).mau + october(tenant).late_mau == 91
        assert found.in_time["effects"] + found.late.get("effects", 0) == 91
