"""What has moved of an invoice's money: why something of it is owed, or is owed again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Sum

from billing.models import Invoice, LedgerEntry

Kind = LedgerEntry.Kind
WITHDRAWN: Final = "withdrawn"
WON: Final = "won"


@dataclass(frozen=True)
class Refund:
    amount_minor: int
    at: datetime


@dataclass(frozen=True)
class Dispute:
    """A payment that a bank took back. `state` is withdrawn while that is undecided, and where it
    was lost; won when the money was given back, at `won_at`."""

    id: str
    amount_minor: int
    state: str
    at: datetime
    won_at: datetime | None


def moved(invoice: Invoice) -> dict[str, int]:
    """The sum of each kind of entry, in minor units: their sum is what is owed of the invoice."""
    sums = invoice.ledger_entries.order_by().values_list("kind").annotate(Sum("amount_minor"))
    return {kind: minor for kind, minor in sums if minor}


def disputed(sums: Mapping[str, int]) -> int:
    """What banks have taken back of it and not given back."""
    return sums.get(Kind.DISPUTE, 0) + sums.get(Kind.DISPUTE_WON, 0)


def refunds(invoice: Invoice) -> list[Refund]:
    rows = invoice.ledger_entries.filter(kind=Kind.REFUND).order_by("at", "pk")
    return [Refund(each.amount_minor, each.at) for each in rows]


def disputes(invoice: Invoice) -> list[Dispute]:
    rows = invoice.ledger_entries.filter(kind__in=[Kind.DISPUTE, Kind.DISPUTE_WON])
    by_name = {(_dispute_of(each), each.kind): each for each in rows.order_by("at", "pk")}
    found = []
    for (name, kind), each in by_name.items():
        if kind == Kind.DISPUTE:
            won = by_name.get((name, Kind.DISPUTE_WON))
            state = WON if won else WITHDRAWN
            found.append(Dispute(name, each.amount_minor, state, each.at, won.at if won else None))
    return found


def _dispute_of(entry: LedgerEntry) -> str:
    """The collector's name of it, which the entry's source begins with."""
    return entry.source.partition(":")[0]
