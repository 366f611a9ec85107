"""Usage from before billing came: it is all there afterwards, and nobody is billed for it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from pytest_django.plugin import DjangoDbBlocker

from billing.models import Correction, Invoice, PriceBand, Statement
from billing.services.closing import close_due
from foundation.clock import month, month_before, now
from metering.items import MOST_MONTHS_AGO, Item, Outcome, Status
from metering.models import UsageMonth
from metering.queries import totals
from metering.services import record_events
from metering.services.months import closes_at
from tenants.models import Organisation
from tenants.services.organisations import create_organisation
from tests.billing.statements.making import use_users
from tests.conftest import undone

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
TABLES = ("ActiveUser", "ActiveUserCount")


def months_ago(many: int) -> datetime:
    moment = now()
    for _ in range(many):
        moment = month_before(moment)
    return moment


def came(name: str, moment: datetime) -> Organisation:
    organisation, *_ = create_organisation(name=name, email="dev@terrace.example", now=now())
    organisation.created_at = moment
    organisation.save(update_fields=["created_at"])
    return organisation


def used(before: Any, who: Organisation, moment: datetime, *, livemode: bool = True) -> None:
    """Two users, as the release before counted them."""
    own = {"organisation_id": who.pk, "livemode": livemode, "month": month(moment)}
    before.get_model("billing", "ActiveUserCount").objects.create(**own, total=2)
    for number in range(2):
        before.get_model("billing", "ActiveUser").objects.create(
            **own, user_hash=bytes([number]) * 16, first_seen_at=moment
        )


def worked(who: Organisation, moment: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO metering_usagerow"
            " (organisation_id, livemode, meter, source, quantity, occurred_at)"
            " VALUES (%s, true, 'effects', 'job_1', 3, %s)",
            [who.pk, moment],
        )


def go_back() -> Any:
    """The database as the release before left it; its models."""
    call_command("migrate", "metering", "0002_usage_rows", verbosity=0)
    loader = MigrationExecutor(connection).loader
    former = loader.project_state([("billing", "0001_initial")]).apps
    with connection.schema_editor() as editor:
        for name in TABLES:
            editor.create_model(former.get_model("billing", name))
    return former


def migrate() -> None:
    """In two steps: what is a transaction of its own elsewhere has its keys checked at its end."""
    for step in (["metering", "0003_exact_usage"], []):
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        call_command("migrate", *step, verbosity=0)


@dataclass(frozen=True)
class Met:
    """Whom the migrations met."""

    regular: Organisation
    """Had users in each of ten months, and work in one."""
    late: Organisation
    """Had users two months ago, and tells of all others only now."""
    recent: Organisation
    """Came within the third month before this one, and had no users."""
    new: Organisation
    """Came at this moment."""


@pytest.fixture(scope="module")
def met(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Met]:
    """Each way takes seconds, so all are met at once, and each test begins with what came of it."""
    with undone(django_db_blocker):
        before = go_back()
        found = Met(
            came("Regular", months_ago(10)),
            came("Late", months_ago(30)),
            came("Recent", months_ago(3) + timedelta(days=9)),
            came("New", now()),
        )
        for many in range(10, -1, -1):
            used(before, found.regular, months_ago(many))
        used(before, found.regular, months_ago(2), livemode=False)
        worked(found.regular, months_ago(2))
        used(before, found.late, months_ago(2))
        migrate()
        yield found


def statements() -> set[tuple[str, date]]:
    """Of whom there are any, and of which months: one of each."""
    found = [(each.organisation_id, each.month) for each in Statement.objects.all()]
    assert len(found) == len(set(found))
    return set(found)


class TestTheMonthsFromBeforeBillingCame:
    def test_are_carried_over_and_make_no_invoice(self, met: Met) -> None:
        day = months_ago(10).date()
        kept = totals(met.regular, livemode=True, start_day=day, end_day=now().date() + DAY)
        bands = PriceBand.objects.filter(price__version__price_list="published")
        bands.update(unit_price=Decimal("0.5"))
        assert kept == {"mau": Decimal(2 * 11), "effects": Decimal(3)}
        assert close_due(now()) == 0
        assert not Statement.objects.exists()
        assert close_due(closes_at(month(now()))) == 1
        assert statements() == {(met.regular.pk, month(now()))}
        assert Invoice.objects.get().total_minor == 2 * 50

    def test_stay_without_a_bill_whatever_comes_late(self, met: Met) -> None:
        times = [months_ago(many) for many in range(1, MOST_MONTHS_AGO + 1)]
        told = record_events(
            organisation=met.late,
            livemode=True,
            items=[Item(str(time), "mau", user="zoe", time=time) for time in times],
            now=now(),
            key_id="key_1",
            family="account",
        )
        assert set(told) == {Outcome(Status.ACCEPTED, late=True)}
        close_due(now())
        use_users(met.late, 1, at=now())
        close_due(closes_at(month(now())))
        assert statements() == {(who.pk, month(now())) for who in (met.regular, met.late)}
        assert not Correction.objects.exists()

    def test_are_those_in_which_the_organisation_was_there(self, met: Met) -> None:
        closed = UsageMonth.objects.filter(closed_at__isnull=False).order_by("month")
        there = [months_ago(many).date() for many in (3, 2, 1)]
        assert [each.month for each in closed.filter(organisation=met.recent)] == there
        assert not closed.filter(organisation=met.new).exists()
