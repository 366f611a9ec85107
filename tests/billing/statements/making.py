"""Months with usage, for tests with a database."""

import json
import secrets
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from billing.models import Statement
from billing.rules.statements.canonical import NO_HASH, canonical, digest
from foundation.ids import new_id
from metering.hashes import hash_users
from metering.models import Adjustment, UsageMonth
from metering.services import record_active_users, record_usage
from tenants.models import Organisation

OCTOBER = date(2026, 10, 1)
NOVEMBER = date(2026, 11, 1)
DECEMBER = date(2026, 12, 1)
CLOSING = datetime(2026, 11, 4, tzinfo=UTC)  # 72 hours after October's end
NEXT_CLOSING = datetime(2026, 12, 4, tzinfo=UTC)
EARLY = datetime(2026, 10, 1, 12, tzinfo=UTC)


def organisation(name: str = "Terrace", *, sandbox_of: Organisation | None = None) -> Organisation:
    return Organisation.objects.create(
        id=new_id("org", EARLY),
        name=name,
        tier_id="beta",
        created_at=EARLY,
        payment_method=True,
        sandbox_of=sandbox_of,
    )


def use_users(
    whose: Organisation, many: int, *, at: datetime = EARLY, livemode: bool = True, first: int = 0
) -> None:
    """So many users, counted as the API counts them: by hundreds of thousands in a second."""
    names = [f"fan-{number}" for number in range(first, first + many)]
    record_active_users(
        organisation=whose,
        livemode=livemode,
        users=hash_users(whose.pk, names, livemode=livemode, now=at),
        now=at,
        operation="POST /v1/usage/events",
        family="account",
    )


def use(whose: Organisation, meter: str, many: str, *, at: datetime = EARLY) -> None:
    record_usage(
        organisation_id=whose.pk,
        livemode=True,
        meter=meter,
        quantity=Decimal(many),
        source=f"job_{secrets.token_hex(8)}",
        now=at,
    )


def give_service_credit(whose: Organisation, percent: str) -> None:
    """Of October, for its availability."""
    Adjustment.objects.create(
        id="adj_1",
        organisation=whose,
        livemode=True,
        month=OCTOBER,
        kind="service_credit",
        percent=Decimal(percent),
        reason="Availability of 99.1 %",
        source="slo_1",
        created_at=EARLY,
    )


def retired(whose: Organisation, said: dict[str, Any]) -> None:
    """October's statement, as `said`, in a currency that nobody can charge in any more."""
    text = canonical(said | {"currency": "zzz"})
    Statement.objects.create(
        id=new_id("stm", EARLY),
        organisation=whose,
        livemode=whose.billed_mode,
        month=OCTOBER,
        number=f"2026-10-{whose.pk[-10:]}",
        currency="zzz",
        total_minor=0,
        content=text,
        content_hash=digest(text),
        previous_hash=NO_HASH,
        closed_at=CLOSING,
    )
    UsageMonth.objects.create(
        organisation=whose, livemode=whose.billed_mode, month=OCTOBER, closed_at=CLOSING
    )


def content(whose: Organisation, month: date = OCTOBER) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        Statement.objects.get(organisation=whose, month=month).content
    )
    return found


def open_months() -> int:
    return UsageMonth.objects.filter(closed_at=None).count()
