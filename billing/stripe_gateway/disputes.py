"""Disputes: money that a bank has taken back, until somebody has decided."""

from dataclasses import dataclass

from billing.stripe_gateway import notes
from billing.stripe_gateway.connection import client
from billing.stripe_gateway.failures import translated
from billing.stripe_gateway.reading import name_of


@dataclass(frozen=True)
class Dispute:
    """`won` and `lost` are both False until it is decided; amounts in minor units."""

    id: str
    amount_minor: int
    currency: str
    won: bool
    lost: bool
    withdrawn: bool
    invoices: tuple[str, ...]


def look(dispute_id: str) -> Dispute:
    with translated():
        found = client().v1.disputes.retrieve(dispute_id)
    return Dispute(
        id=found.id,
        amount_minor=found.amount,
        currency=found.currency,
        won=found.status == "won",
        lost=found.status == "lost",
        # An inquiry takes no money.
        withdrawn=not found.status.startswith("warning_"),
        invoices=tuple(notes.invoices_of_charge(name_of(found.charge))),
    )
