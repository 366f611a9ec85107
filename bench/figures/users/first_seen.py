"""Counting end users who are seen for the first time this month."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import blake2b
from uuid import UUID

from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import F

from bench.figure import Clock, Sides, Timed, figure, versioned
from bench.servers import Servers
from foundation.clock import month
from foundation.ids import new_id
from metering.models import ActiveUser, Origin, UsageMonth
from metering.services import record_active_users
from tenants.models import Organisation

USERS = 100
BATCHES = 5
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@figure(
    "mau_first_seen_vs_get_or_create",
    kind=Timed(Clock.WALL, "µs", per="new user"),
    measures="a batch of 100 end users, all new, recorded and counted in one transaction",
    peer=f"{versioned('django')}, get_or_create per user",
)
def against_get_or_create(servers: Servers) -> Iterator[Sides]:
    """The peer writes the same rows and moves the same counter, also in one transaction."""
    with database(servers):
        yield Sides(_record(organisation_of("Ours")), _get_or_create(organisation_of("Peer")))


@figure(
    "mau_first_seen_vs_bulk_create",
    kind=Timed(Clock.WALL, "µs", per="new user"),
    measures="the same batch against Django's fastest way",
    peer=f"{versioned('django')}, bulk_create and count()",
)
def against_bulk_create(servers: Servers) -> Iterator[Sides]:
    """bulk_create does not say how many rows were new, so the peer counts the month's rows."""
    with database(servers):
        yield Sides(_record(organisation_of("Ours")), _bulk_create(organisation_of("Peer")))


@contextmanager
def database(servers: Servers) -> Iterator[None]:
    """A running Postgres with all tables, the peers' too."""
    servers.start_postgres()
    call_command("migrate", verbosity=0, run_syncdb=True, skip_checks=True)
    yield
    connection.close()


def organisation_of(name: str) -> Organisation:
    """A new organisation that pays, and whose tier has no last user."""
    return Organisation.objects.create(
        id=new_id("org", NOW),
        name=name,
        tier_id="enterprise",
        tier_month=month(NOW),
        payment_method=True,
        created_at=NOW,
    )


def _record(organisation: Organisation) -> Callable[[], float]:
    names = itertools.count()

    def ours() -> float:
        for _ in range(BATCHES):
            counted = record_active_users(
                organisation=organisation,
                livemode=True,
                users=[_hash(next(names)) for _ in range(USERS)],
                now=NOW,
            )
            assert counted.new == USERS
        return BATCHES * USERS

    return ours


def _get_or_create(organisation: Organisation) -> Callable[[], float]:
    names = itertools.count()
    row, origin = _month_of(organisation)

    def peer() -> float:
        for _ in range(BATCHES):
            with transaction.atomic():
                made = [
                    ActiveUser.objects.get_or_create(
                        usage_month=row,
                        user_hash=UUID(bytes=_hash(next(names))),
                        defaults={"first_seen_at": NOW, "origin": origin},
                    )
                    for _ in range(USERS)
                ]
                new = sum(created for _, created in made)
                UsageMonth.objects.filter(pk=row.pk).update(mau=F("mau") + new)
            assert new == USERS
        return BATCHES * USERS

    return peer


def _bulk_create(organisation: Organisation) -> Callable[[], float]:
    names = itertools.count()
    row, origin = _month_of(organisation)

    def peer() -> float:
        for _ in range(BATCHES):
            batch = [
                ActiveUser(
                    usage_month=row,
                    origin=origin,
                    user_hash=UUID(bytes=_hash(next(names))),
                    first_seen_at=NOW,
                )
                for _ in range(USERS)
            ]
            with transaction.atomic():
                ActiveUser.objects.bulk_create(batch, ignore_conflicts=True)
                total = ActiveUser.objects.filter(usage_month=row).count()
                UsageMonth.objects.filter(pk=row.pk).update(mau=total)
        return BATCHES * USERS

    return peer


def _month_of(organisation: Organisation) -> tuple[UsageMonth, Origin]:
    row = UsageMonth.objects.create(organisation=organisation, livemode=True, month=month(NOW))
    origin, _ = Origin.objects.get_or_create(operation="", key_id="", family="", late=False)
    return row, origin


def _hash(name: int) -> bytes:
    return blake2b(str(name).encode(), digest_size=16).digest()
