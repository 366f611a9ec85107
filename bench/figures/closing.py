"""Closing a month of ten thousand organisations."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import QuerySet

from bench.figure import Better, Counted, Line, Sides, figure
from bench.servers import Servers
from billing.models import Invoice, Statement
from billing.queries.prices import published_terms
from billing.rules.months import MonthInputs, compose
from billing.rules.rating import Segment
from billing.rules.statements.canonical import NO_HASH, canonical, digest
from billing.rules.statements.contents import MonthFacts, statement_content
from billing.services.closing import close_month
from foundation.ids import new_id
from metering.models import ActiveUser, UsageMonth
from metering.seals import seal_due
from tenants.models import Organisation

MONTH: Final = date(2026, 10, 1)
NOW: Final = datetime(2026, 11, 4, tzinfo=UTC)
MADE: Final = datetime(2026, 9, 1, tzinfo=UTC)
# So many organisations with so many users each: most are small, and a few hold most of the users.
SIZES: Final = ((9_500, 20), (450, 1_000), (45, 10_000), (5, 100_000))
LARGE: Final = 10_000  # their seals are made anew in each round
PEERS: Final = 200  # of them are closed one by one in a round


@figure(
    "month_close_orgs_per_s",
    kind=Counted(
        "organisations per second",
        Better.HIGHER,
        more=(Line("sealed_users", "users sealed per second", Better.HIGHER),),
    ),
    measures="statements, invoices and events of 10,000 organisations of 20 to 100,000 users",
    peer="one by one: count(*), and a save for each row",
    warm_up=False,
)
def month_close(servers: Servers) -> Iterator[Sides]:
    """Users are sealed before, as beat does; how fast is the second line, where the peer counts."""
    with _platform(servers) as organisations:
        assert len(organisations) == sum(many for many, _ in SIZES)
        yield Sides(lambda: _ours(len(organisations)), lambda: _peer(organisations))


def _ours(many: int) -> tuple[float, ...]:
    _reopen()
    users, sealed_s = _seal()
    began = time.perf_counter()
    made = close_month(MONTH, now=NOW)
    took = time.perf_counter() - began
    assert made == many
    return made / took, users / sealed_s


def _seal() -> tuple[int, float]:
    """Seal the largest months anew; how many users they have, and the seconds it took."""
    began = time.perf_counter()
    while seal_due(now=NOW):
        pass
    took = time.perf_counter() - began
    return sum(many * users for many, users in SIZES if users >= LARGE), took


def _peer(organisations: Sequence[Organisation]) -> tuple[float, ...]:
    """As a first version of a close is written: an organisation at a time, its users counted."""
    _reopen()
    asked = organisations[:: len(organisations) // PEERS]
    began = time.perf_counter()
    users = sum(_close_one(organisation) for organisation in asked)
    took = time.perf_counter() - began
    return len(asked) / took, users / took


@transaction.atomic
def _close_one(organisation: Organisation) -> int:
    month = UsageMonth.objects.select_for_update().get(organisation=organisation, month=MONTH)
    users = ActiveUser.objects.filter(usage_month=month).count()
    terms = published_terms(MONTH)
    segment = Segment(MONTH, date(2026, 11, 1), terms, {"mau": Decimal(users)})
    facts = MonthFacts(
        organisation_id=organisation.pk,
        organisation_name=organisation.name,
        livemode=True,
        month=MONTH,
        tier=organisation.tier_id,
        inputs=MonthInputs([segment]),
        used={"mau": Decimal(users)},
    )
    composed = compose(facts.inputs)
    made_id, number = new_id("stm", NOW), organisation.pk
    content = canonical(
        statement_content(
            facts, composed, statement_id=made_id, number=number, root=NO_HASH, closed_at=NOW
        )
    )
    statement = Statement(
        id=made_id,
        organisation=organisation,
        livemode=True,
        month=MONTH,
        number=number,
        currency="usd",
        total_minor=composed.total_minor,
        content=content,
        content_hash=digest(content),
        previous_hash=NO_HASH,
        closed_at=NOW,
    )
    statement.save(force_insert=True)
    if composed.total_minor:
        Invoice(
            id=new_id("inv", NOW),
            organisation=organisation,
            statement=statement,
            number=number,
            currency="usd",
            total_minor=composed.total_minor,
            collector=Invoice.Collector.MANUAL,
            created_at=NOW,
        ).save(force_insert=True)
    month.closed_at = NOW
    month.save()
    return users


@contextmanager
def _platform(servers: Servers) -> Iterator[Sequence[Organisation]]:
    servers.start_postgres()
    call_command("migrate", verbosity=0, skip_checks=True)
    sizes = [users for many, users in SIZES for _ in range(many)]
    # By a plain query: nobody listens for a change of these.
    organisations = QuerySet[Organisation](Organisation).bulk_create(
        Organisation(id=new_id("org", MADE), name=f"Club {at}", tier_id="beta", created_at=MADE)
        for at in range(len(sizes))
    )
    with connection.cursor() as cursor:
        cursor.execute(_FILL, [[each.pk for each in organisations], sizes])
        cursor.execute("VACUUM ANALYZE")
    _seal()
    yield organisations
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(_CLOSED)}, metering_usagemonth CASCADE")
    connection.close()


_CLOSED: Final = ("billing_statement", "billing_invoice", "billing_closing", "foundation_event")
# As `record_active_users` leaves them: the month's row, the users' rows, the counters by day.
_FILL: Final = """
    WITH wanted AS (SELECT * FROM unnest(%s::text[], %s::int[]) AS each (organisation, users)),
    origin AS (
        INSERT INTO metering_origin (operation, key_id, family, late)
        VALUES ('POST /v1/usage/events', 'key_bench', 'account', false) RETURNING id
    ),
    months AS (
        INSERT INTO metering_usagemonth (organisation_id, livemode, month, mau, late_mau)
        SELECT organisation, true, '2026-10-01', users, 0 FROM wanted
        RETURNING id, organisation_id, mau
    ),
    counts AS (
        INSERT INTO metering_usagecount
            (organisation_id, livemode, day, meter, key_id, family, late, quantity)
        SELECT organisation_id, true, '2026-10-01'::date + day, 'mau', 'key_bench', 'account',
            false, (mau / 10) + CASE WHEN day = 0 THEN mau %% 10 ELSE 0 END
        FROM months, generate_series(0, 9) AS day
    )
    INSERT INTO metering_activeuser (first_seen_at, usage_month_id, origin_id, user_hash)
    SELECT '2026-10-01 12:00+00', months.id, origin.id, md5(months.id || '/' || number)::uuid
    FROM months, origin, generate_series(1, months.mau) AS number
"""


def _reopen() -> None:
    """The month as it was before any close; nobody's time."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(_CLOSED)} CASCADE")
        cursor.execute("DELETE FROM metering_userseal WHERE users >= %s", [LARGE])
        cursor.execute("UPDATE metering_usagemonth SET closed_at = NULL")
        cursor.execute("VACUUM ANALYZE metering_usagemonth")
