"""The migration to exact usage carries over what was counted before it, to the unit."""

from datetime import UTC, date, datetime
from decimal import Decimal
from importlib import import_module

from django.db import connection

from metering import queries
from metering.hashes import hash_users
from metering.models import UsageCount, UsageMonth, UsageRow
from metering.services import record_active_users
from tests.conftest import Tenant

OCTOBER = date(2026, 10, 1)
EARLY, LATE = datetime(2026, 10, 2, 23, tzinfo=UTC), datetime(2026, 10, 3, 1, tzinfo=UTC)
BEFORE = """
    CREATE TABLE billing_activeuser (organisation_id text, livemode bool, month date,
        user_hash bytea, first_seen_at timestamptz);
    CREATE TABLE billing_activeusercount (organisation_id text, livemode bool, month date,
        total int);
"""


def test_users_and_work_are_counted_as_before(tenant: Tenant) -> None:
    organisation = tenant.organisation
    users = hash_users(organisation.pk, ["ana", "bo", "cy"], livemode=True, now=EARLY)
    with connection.cursor() as cursor:
        cursor.execute(BEFORE)
        cursor.execute(
            "INSERT INTO billing_activeusercount VALUES (%s, true, %s, 3)",
            [organisation.pk, OCTOBER],
        )
        for user, at in zip(users, (EARLY, EARLY, LATE), strict=True):
            cursor.execute(
                "INSERT INTO billing_activeuser VALUES (%s, true, %s, %s, %s)",
                [organisation.pk, OCTOBER, user, at],
            )
        for number, at in enumerate((EARLY, EARLY, datetime(2026, 11, 2, tzinfo=UTC))):
            UsageRow.objects.create(
                organisation=organisation,
                livemode=True,
                meter="effects",
                source=f"job_{number}",
                quantity=Decimal(number + 1),
                occurred_at=at,
            )
        cursor.execute(import_module("metering.migrations.0003_exact_usage").CARRY_OVER)
    month = UsageMonth.objects.get(month=OCTOBER)
    assert (month.mau, month.late_mau, month.closed_at) == (3, 0, None)
    assert queries.users_between(month, date(2026, 10, 3), date(2026, 10, 4)) == 1
    found = queries.month_quantities([organisation.pk], livemode=True, month=OCTOBER)
    assert found[organisation.pk].in_time == {"mau": 3, "effects": 3}
    assert UsageMonth.objects.filter(month=date(2026, 11, 1), mau=0).exists()
    assert UsageCount.objects.count() == 4
    why = queries.why_counted(organisation, livemode=True, user=users[2], period=OCTOBER)
    assert why is not None
    assert (why.first_seen_at, why.operation, why.late) == (LATE, "", False)
    again = record_active_users(organisation=organisation, livemode=True, users=users, now=LATE)
    assert again.new == 0
