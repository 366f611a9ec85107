"""Disputes: money that a bank has taken back, until somebody has decided."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from billing.stripe_gateway.connection import client
from billing.stripe_gateway.failures import translated
from billing.stripe_gateway.library import stripe
from billing.stripe_gateway.reading import name_of


@dataclass(frozen=True)
class Dispute:
    """Whether its money was taken, and whether it was given back; `amount_minor` in minor units."""

    id: str
    charge_id: str
    amount_minor: int
    withdrawn: bool
    reinstated: bool


def look(dispute_id: str) -> Dispute:
    with translated():
        return _read(client().v1.disputes.retrieve(dispute_id))


def since(moment: datetime) -> Iterator[Dispute]:
    """Every dispute that was raised from then on, whoever has paid the charge."""
    with translated():
        created = int(moment.timestamp())
        pages = client().v1.disputes.list({"created": {"gte": created}, "limit": 100})
        for found in pages.auto_paging_iter():
            yield _read(found)


def _read(found: "stripe.Dispute") -> Dispute:
    # By what was moved, and not by its status: an inquiry takes no money, nor does a dispute that
    # was prevented, and the list of statuses grows. By the signs: the amounts may be in another
    # currency, that of the account.
    moved = [each.amount for each in found.balance_transactions]
    return Dispute(
        id=found.id,
        charge_id=name_of(found.charge),
        amount_minor=found.amount,
        withdrawn=any(amount < 0 for amount in moved),
        reinstated=any(amount > 0 for amount in moved),
    )
