"""Credit notes and what was given back."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from billing.collectors.protocol import NoteAsk
from billing.stripe_gateway.connection import client
from billing.stripe_gateway.failures import once, translated
from billing.stripe_gateway.library import stripe
from billing.stripe_gateway.reading import metadata, name_of

if TYPE_CHECKING:
    from stripe.params._credit_note_create_params import CreditNoteCreateParams

NOTE = "tifo_credit_note"


def issue(note: NoteAsk) -> str:
    """Once, by the note's own id; of a paid invoice the money goes back the way it came."""

    def find() -> str | None:
        pages = client().v1.credit_notes.list({"invoice": note.invoice_external_id, "limit": 100})
        for found in pages.auto_paging_iter():
            if metadata(found.metadata).get(NOTE) == note.note_id:
                return found.id
        return None

    def make(key: str) -> str:
        asked: CreditNoteCreateParams = {
            "invoice": note.invoice_external_id,
            "amount": note.amount_minor,
            "memo": note.reason,
            "metadata": {NOTE: note.note_id},
        }
        if note.paid:
            asked["refund_amount"] = note.amount_minor
        return client().v1.credit_notes.create(asked, {"idempotency_key": key}).id

    with translated():
        return once(f"tifo:{note.note_id}:note", find, make)


@dataclass(frozen=True)
class Issued:
    """A credit note as Stripe holds it; `note_id` is ours, empty if it was made over there.

    `amount_minor` is with tax, `net_minor` without. Of it `out_of_band_minor` went back outside
    of Stripe, and `balance_minor` put on the customer's balance.
    """

    id: str
    note_id: str
    invoice_id: str
    amount_minor: int
    net_minor: int
    out_of_band_minor: int
    balance_minor: int
    reason: str
    void: bool


def look(external_id: str) -> Issued:
    with translated():
        found = client().v1.credit_notes.retrieve(external_id)
    return _read(found)


def since(moment: datetime) -> Iterator[Issued]:
    """Every credit note that was made from then on, void ones too, whoever's invoice it is of."""
    with translated():
        created = int(moment.timestamp())
        pages = client().v1.credit_notes.list({"created": {"gte": created}, "limit": 100})
        for found in pages.auto_paging_iter():
            yield _read(found)


def _read(found: "stripe.CreditNote") -> Issued:
    tax = sum(each.amount for each in found.total_taxes or ())
    elsewhere = found.out_of_band_amount or 0
    refunded = sum(each.amount_refunded for each in found.refunds)
    # Of a paid invoice all that goes neither back nor elsewhere.
    balance = found.post_payment_amount - refunded - elsewhere
    return Issued(
        id=found.id,
        note_id=metadata(found.metadata).get(NOTE, ""),
        invoice_id=name_of(found.invoice),
        amount_minor=found.total,
        net_minor=found.total - tax,
        out_of_band_minor=elsewhere,
        balance_minor=balance if found.customer_balance_transaction else 0,
        reason=found.memo or found.reason or "",
        void=found.status == "void",
    )


def refunded(invoice_external_id: str) -> int:
    """What was given back of the payments of an invoice, in minor units."""
    with translated():
        return sum(each.amount_refunded for each in _charges(invoice_external_id))


def invoices_of_charge(charge_id: str) -> list[str]:
    """The invoices that the charge has paid."""
    with translated():
        name = name_of(client().v1.charges.retrieve(charge_id).payment_intent)
        if not name:
            return []
        payments = client().v1.invoice_payments.list(
            {"payment": {"type": "payment_intent", "payment_intent": name}}
        )
        return [name_of(each.invoice) for each in payments.auto_paging_iter()]


def is_refused(invoice_external_id: str) -> bool:
    """Whether a payment of the invoice waits for another payment method, and none is on its way."""
    with translated():
        statuses = {
            client().v1.payment_intents.retrieve(name).status
            for name in _intents(invoice_external_id)
        }
    return "requires_payment_method" in statuses and "processing" not in statuses


def _charges(invoice_external_id: str) -> Iterator["stripe.Charge"]:
    for name in _intents(invoice_external_id):
        yield from client().v1.charges.list({"payment_intent": name}).auto_paging_iter()


def _intents(invoice_external_id: str) -> Iterator[str]:
    payments = client().v1.invoice_payments.list({"invoice": invoice_external_id})
    for each in payments.auto_paging_iter():
        name = name_of(each.payment.payment_intent)
        if name:
            yield name
