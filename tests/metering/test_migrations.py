"""Usage from before billing came: it is all there afterwards, and nobody is billed for it."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from billing.models import Correction, Invoice, PriceBand, Statement
from billing.services.closing import close_due
from foundation.clock import month, month_before, now
from metering.items import MOST_MONTHS_AGO, Item, Outcome, Status
from metering.models import UsageMonth
from metering.queries import totals
from metering.services import record_events
from metering.services.months import closes_at
from tenants.models import Organisation
from tests.billing.statements.making import use_users
from tests.conftest import Tenant

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
TABLES = ("ActiveUser", "ActiveUserCount")


@pytest.fixture
def before(db: None) -> Any:
    """The database as the release before left it, and its models; the test's end undoes it."""
    call_command("migrate", "metering", "0002_usage_rows", verbosity=0)
    loader = MigrationExecutor(connection).loader
    former = loader.project_state([("billing", "0001_initial")]).apps
    with connection.schema_editor() as editor:
        for name in TABLES:
            editor.create_model(former.get_model("billing", name))
    return former


def months_ago(many: int) -> datetime:
    moment = now()
    for _ in range(many):
        moment = month_before(moment)
    return moment


def came(tenant: Tenant, moment: datetime) -> None:
    tenant.organisation.created_at = moment
    Organisation.objects.filter(pk=tenant.organisation.pk).update(created_at=moment)


def used(before: Any, tenant: Tenant, moment: datetime, *, livemode: bool = True) -> None:
    """Two users, as the release before counted them."""
    own = {"organisation_id": tenant.organisation.pk, "livemode": livemode, "month": month(moment)}
    before.get_model("billing", "ActiveUserCount").objects.create(**own, total=2)
    for number in range(2):
        before.get_model("billing", "ActiveUser").objects.create(
            **own, user_hash=bytes([number]) * 16, first_seen_at=moment
        )


def worked(before: Any, tenant: Tenant, moment: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO metering_usagerow"
            " (organisation_id, livemode, meter, source, quantity, occurred_at)"
            " VALUES (%s, true, 'effects', 'job_1', 3, %s)",
            [tenant.organisation.pk, moment],
        )


def migrate() -> None:
    """In two steps: what is a transaction of its own elsewhere has its keys checked at its end."""
    for step in (["metering", "0003_exact_usage"], []):
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        call_command("migrate", *step, verbosity=0)


class TestTheMonthsFromBeforeBillingCame:
    def test_are_carried_over_and_make_no_invoice(self, before: Any, tenant: Tenant) -> None:
        came(tenant, months_ago(10))
        for many in range(10, -1, -1):
            used(before, tenant, months_ago(many))
        used(before, tenant, months_ago(2), livemode=False)
        worked(before, tenant, months_ago(2))
        migrate()
        day = months_ago(10).date()
        kept = totals(tenant.organisation, livemode=True, start_day=day, end_day=now().date() + DAY)
        bands = PriceBand.objects.filter(price__version__price_list="published")
        bands.update(unit_price=Decimal("0.5"))
        assert kept == {"mau": Decimal(2 * 11), "effects": Decimal(3)}
        assert close_due(now()) == 0
        assert not Statement.objects.exists()
        assert close_due(closes_at(month(now()))) == 1
        assert [each.month for each in Statement.objects.all()] == [month(now())]
        assert Invoice.objects.get().total_minor == 2 * 50

    def test_stay_without_a_bill_whatever_comes_late(self, before: Any, tenant: Tenant) -> None:
        came(tenant, months_ago(30))
        used(before, tenant, months_ago(2))
        migrate()
        times = [months_ago(many) for many in range(1, MOST_MONTHS_AGO + 1)]
        told = record_events(
            organisation=tenant.organisation,
            livemode=True,
            items=[Item(str(time), "mau", user="zoe", time=time) for time in times],
            now=now(),
            key_id="key_1",
            family="account",
        )
        assert set(told) == {Outcome(Status.ACCEPTED, late=True)}
        close_due(now())
        use_users(tenant.organisation, 1, at=now())
        close_due(closes_at(month(now())))
        assert [each.month for each in Statement.objects.all()] == [month(now())]
        assert not Correction.objects.exists()

    def test_are_those_in_which_the_organisation_was_there(
        self, before: Any, tenant: Tenant, stranger: Tenant
    ) -> None:
        came(tenant, months_ago(3) + timedelta(days=9))
        came(stranger, now())
        migrate()
        closed = UsageMonth.objects.filter(closed_at__isnull=False).order_by("month")
        assert [each.month for each in closed] == [months_ago(many).date() for many in (3, 2, 1)]
        assert {each.organisation_id for each in closed} == {tenant.organisation.pk}
