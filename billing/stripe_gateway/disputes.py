"""Disputes: money that a bank has taken back, until somebody has decided."""

from dataclasses import dataclass

from billing.stripe_gateway import notes
from billing.stripe_gateway.connection import client
from billing.stripe_gateway.failures import translated
from billing.stripe_gateway.reading import name_of


@dataclass(frozen=True)
class Dispute:
    """Whether its money was taken, and whether it was given back; `amount_minor` in minor units."""

    id: str
    amount_minor: int
    withdrawn: bool
    reinstated: bool
    invoices: tuple[str, ...]


def look(dispute_id: str) -> Dispute:
    with translated():
        found = client().v1.disputes.retrieve(dispute_id)
    # By what was moved, and not by its status: an inquiry takes no money, nor does a dispute that
    # was prevented, and the list of statuses grows. By the signs: the amounts may be in another
    # currency, that of the account.
    moved = [each.amount for each in found.balance_transactions]
    return Dispute(
        id=found.id,
        amount_minor=found.amount,
        withdrawn=any(amount < 0 for amount in moved),
        reinstated=any(amount > 0 for amount in moved),
        invoices=tuple(notes.invoices_of_charge(name_of(found.charge))),
    )
