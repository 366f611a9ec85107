"""What an operator does to the soak's platform, each in a process of its own: `tifo shell -c …`."""

import json
import sys
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

from billing import tasks
from billing.documents.exports import export
from billing.models import (
    CreditNote,
    InboxMessage,
    Invoice,
    LedgerEntry,
    PriceList,
    PriceVersion,
    Statement,
)
from billing.rules.invoices.states import State
from billing.services import closing
from billing.services.collection import driving, reconciliation
from billing.services.contracts import sign_contract
from billing.services.credits import grant_credit
from billing.services.prices import publish
from foundation.clock import now
from metering.models import ActiveUser, Meter, UsageCount, UsageEvent, UsageMonth
from metering.services.months import ensure
from tenants.models import Organisation
from tests.soak.plan import LARGEST, SUM

Bands = list[tuple[int, int | None, str]]


def set_up(path: str) -> None:
    """Meters, prices of two versions, and for some organisations a contract and credits.

    Everybody has been here since the first month, and is known in each: none is opened too late.
    """
    asked = json.loads(Path(path).read_text())
    months = [_instant(month) for month in asked["months"]]
    Organisation.objects.update(created_at=months[0])
    for organisation, live, month in product(Organisation.objects.all(), (True, False), months):
        ensure(organisation.pk, live, month.date())
    Meter.objects.create(name=SUM, aggregation="sum", unit="call", description="-", reported=True)
    Meter.objects.create(
        name=LARGEST, aggregation="max", unit="seat", description="-", reported=True
    )
    published = PriceList.objects.get(slug="published")
    for each in asked["versions"]:
        _version(published, months[each["from"]], each["prices"])
    own = PriceList.objects.create(slug="derby", name="Derby's", currency="usd")
    _version(own, months[0], asked["contract_prices"])
    derby, north = (Organisation.objects.get(name=name) for name in ("Derby", "North"))
    sign_contract(
        organisation=derby,
        starts_at=months[1] + timedelta(days=10),
        now=months[0],
        price_list=own,
        minimum_commitment_minor=20_000,
        discount_percent=Decimal("12.5"),
    )
    for organisation, amount in ((derby, 3_000), (north, 4_321)):
        grant_credit(organisation=organisation, amount_minor=amount, now=months[0])
    grant_credit(
        organisation=north, amount_minor=999, now=months[0], expires_at=months[2], note="Expires"
    )


def _version(owner: PriceList, effective_at: datetime, prices: dict[str, Any]) -> PriceVersion:
    version = owner.versions.create(
        number=owner.versions.count() + 1, effective_at=effective_at, allow_decrease=True
    )
    for meter, said in prices.items():
        price = version.prices.create(
            meter=meter, description=meter, mode=said["mode"], per=said.get("per", 1)
        )
        for first, last, unit_price in said["bands"]:
            price.bands.create(first=first, last=last, unit_price=Decimal(unit_price))
    return publish(version=version, now=effective_at - timedelta(days=20))


def close(at: str) -> None:
    """Close what is due at that moment, as beat has it done."""
    print(closing.close_due(datetime.fromisoformat(at)))


def have_closed() -> None:
    """Have a worker close what is due by the clock."""
    tasks.close.delay()


def hurry() -> None:
    """Have everything tried now that waits for its time, as an operator does who has time."""
    moment = now()
    for invoice in Invoice.objects.filter(state__in=["created", "lines", "verified"]):
        driving.retry(invoice, now=moment)
    finalised = Invoice.objects.filter(state=State.FINALISED)
    finalised.filter(next_attempt_at__gt=moment).update(next_attempt_at=moment)
    notes = CreditNote.objects.filter(state=CreditNote.State.CREATED)
    notes.filter(next_attempt_at__gt=moment).update(next_attempt_at=moment)
    InboxMessage.objects.filter(processed_at=None).update(next_attempt_at=None)


def standing() -> None:
    """How many invoices are in which state, and what is still on its way."""
    states: dict[str, int] = defaultdict(int)
    for state in Invoice.objects.values_list("state", flat=True):
        states[state] += 1
    notes = CreditNote.objects.filter(state=CreditNote.State.CREATED).exclude(
        invoice__state__in=["created", "lines", "verified"]
    )
    problems = Invoice.objects.exclude(problem="").values_list("problem", flat=True)
    print(json.dumps({
        "invoices": states,
        "notes": notes.count(),
        "inbox": InboxMessage.objects.filter(processed_at=None).count(),
        "problems": sorted({*problems}),
    }))  # fmt: skip


def latenesses(path: str) -> None:
    """Of events whose answers were lost, by their ids: whether they were kept as late."""
    asked: dict[str, list[list[Any]]] = json.loads(Path(path).read_text())
    found = []
    for organisation_id, events in asked.items():
        for live, event_id in events:
            row = UsageEvent.objects.get(
                organisation=organisation_id, livemode=live, source="gate", event_id=event_id
            )
            found.append([organisation_id, live, event_id, row.late])
    print(json.dumps(found))


def write_down(folder: str) -> None:
    """All that is to be compared, in files: what was counted, and each organisation's export."""
    kept = Path(folder)
    counts = UsageCount.objects.values_list(
        "organisation__name", "livemode", "day", "meter", "key_id", "late", "quantity"
    )
    months = UsageMonth.objects.values_list(
        "organisation__name", "livemode", "month", "mau", "late_mau", "closed_at", "pk"
    )
    invoices = Invoice.objects.values(
        "organisation__name", "statement_id", "number", "state", "external_id", "total_minor",
        "tax_minor", "paid_minor", "credited_minor", "refunded_minor", "problem",
    )  # fmt: skip
    ledger = LedgerEntry.objects.values_list("organisation__name", "kind", "amount_minor")
    rows = {
        "counts": [[*map(str, each)] for each in counts],
        "months": [[*map(str, each[:6]), ActiveUser.objects.filter(usage_month=each[6]).count()]
                   for each in months],
        "invoices": list(invoices),
        "ledger": list(ledger),
    }  # fmt: skip
    (kept / "rows.json").write_text(json.dumps(rows))
    for organisation in Organisation.objects.all():
        statements = organisation.statements.order_by("closed_at", "month")
        (kept / f"{organisation.name}.export.json").write_bytes(
            b"".join(export(list(statements), users=True))
        )


def reconcile() -> None:
    """What the nightly comparison with the collector finds, of every month."""
    moment = now()
    months = Statement.objects.order_by("month").values_list("month", flat=True).distinct()
    print(json.dumps([
        each for month in months
        for each in reconciliation.reconcile(month, now=moment).differences
    ]))  # fmt: skip


def _instant(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC)


def run(name: str, *arguments: str) -> None:
    """Called by its name, as `tifo shell -c` does it."""
    getattr(sys.modules[__name__], name)(*arguments)
