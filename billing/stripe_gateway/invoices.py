"""Invoices at Stripe: our amounts, line by line; and what Stripe says of them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.conf import settings

from billing.collectors.protocol import Ask, Held, Refused, Status
from billing.rules.invoices.lines import Line
from billing.stripe_gateway.connection import client
from billing.stripe_gateway.failures import once, translated
from billing.stripe_gateway.library import stripe
from billing.stripe_gateway.reading import metadata, name_of

if TYPE_CHECKING:
    from stripe import RequestOptions
    from stripe.params._invoice_create_params import InvoiceCreateParams

STATEMENT: Final = "tifo_statement"
MONTH: Final = "tifo_month"
LINE: Final = "tifo_line"
_PAGE: Final = 100


def draft(ask: Ask) -> Held:
    """The statement's draft: found by its metadata among the customer's, else made."""

    def find() -> Held | None:
        found = list(of_statement(ask.payer.customer_id, ask.statement_id))
        if len(found) > 1:
            names = ", ".join(each.id for each in found)
            raise Refused(f"Stripe has {len(found)} invoices of one statement: {names}")
        return found[0] if found else None

    def make(key: str) -> Held:
        made = client().v1.invoices.create(_draft(ask), {"idempotency_key": key})
        return read(made)

    with translated():
        return once(f"tifo:{ask.statement_id}:invoice", find, make)


def of_statement(customer_id: str, statement_id: str) -> Iterator[Held]:
    """Every invoice of the customer that names the statement, void ones too.

    Stripe's list has no filter for metadata, and its search lags behind.
    """
    pages = client().v1.invoices.list({"customer": customer_id, "limit": _PAGE})
    for found in pages.auto_paging_iter():
        if metadata(found.metadata).get(STATEMENT) == statement_id:
            yield read(found)


def of_month(month: str, *, since: datetime) -> Iterator[Held]:
    """Every invoice since then that names a statement of the month, whoever's it is."""
    with translated():
        created = int(since.timestamp())
        pages = client().v1.invoices.list({"created": {"gte": created}, "limit": _PAGE})
        for found in pages.auto_paging_iter():
            if metadata(found.metadata).get(MONTH) == month:
                yield read(found)


def send_lines(ask: Ask) -> None:
    """Each line that the draft lacks as an invoice item of its own, in order."""
    there = {line.key for line in lines(ask.external_id)}
    for line in ask.lines:
        if line.key not in there:
            _send(ask, line)


def lines(external_id: str) -> list[Line]:
    """All of them, page after page."""
    with translated():
        pages = client().v1.invoices.line_items.list(external_id, {"limit": _PAGE})
        return [
            Line(metadata(each.metadata).get(LINE, ""), each.description or "", each.amount)
            for each in pages.auto_paging_iter()
        ]


def look(external_id: str) -> Held:
    with translated():
        return read(client().v1.invoices.retrieve(external_id))


def finalise(external_id: str, *, statement_id: str) -> Held:
    """Also if it is so already."""

    def find() -> Held | None:
        found = client().v1.invoices.retrieve(external_id)
        return None if found.status == Status.DRAFT else read(found)

    def make(key: str) -> Held:
        options: RequestOptions = {"idempotency_key": key}
        made = client().v1.invoices.finalize_invoice(external_id, {"auto_advance": False}, options)
        return read(made)

    with translated():
        return once(f"tifo:{statement_id}:finalise", find, make)


def pay(external_id: str, *, payment_method_id: str) -> Held:
    """Charge the method; raises Declined. One that is paid already is not charged again."""
    with translated():
        found = client().v1.invoices.retrieve(external_id)
        if found.status == Status.OPEN:
            found = client().v1.invoices.pay(
                external_id,
                {"payment_method": payment_method_id} if payment_method_id else {},
            )
        return read(found)


def send(external_id: str) -> Held:
    """By mail, to be paid within its days."""
    with translated():
        found = client().v1.invoices.retrieve(external_id)
        if found.status == Status.OPEN:
            found = client().v1.invoices.send_invoice(external_id)
        return read(found)


def void(external_id: str) -> Held:
    """A draft is deleted, for Stripe voids none."""
    with translated():
        found = client().v1.invoices.retrieve(external_id)
        if found.status == Status.DRAFT:
            # Or its items would be pending, for whatever invoice takes pending items next.
            items = client().v1.invoice_items.list({"invoice": external_id, "limit": _PAGE})
            for item in items.auto_paging_iter():
                client().v1.invoice_items.delete(item.id)
            client().v1.invoices.delete(external_id)
            return read(found, status=Status.VOID)
        if found.status in {Status.OPEN, Status.UNCOLLECTIBLE}:
            found = client().v1.invoices.void_invoice(external_id)
        return read(found)


def read(found: "stripe.Invoice", *, status: Status | None = None) -> Held:
    """Stripe's object in our words."""
    now = status or Status(found.status or Status.DRAFT)
    tax = sum(each.amount for each in found.total_taxes or ())
    before = found.pre_payment_credit_notes_amount
    return Held(
        id=found.id,
        status=now,
        currency=found.currency,
        subtotal_minor=found.total - tax,
        tax_minor=tax,
        # What settled it may have been a balance or a note of credit, besides a payment.
        paid_minor=found.total - before if now is Status.PAID else found.amount_paid,
        tried=bool(found.attempted and now is Status.OPEN),
        due_at=datetime.fromtimestamp(found.due_date, UTC) if found.due_date else None,
        hosted_url=found.hosted_invoice_url or "",
        statement_id=metadata(found.metadata).get(STATEMENT, ""),
        customer_id=name_of(found.customer),
    )


def _draft(ask: Ask) -> "InvoiceCreateParams":
    days = ask.payer.due_days
    asked: InvoiceCreateParams = {
        "customer": ask.payer.customer_id,
        "currency": ask.currency,
        "auto_advance": False,
        "pending_invoice_items_behavior": "exclude",
        "collection_method": "charge_automatically" if days is None else "send_invoice",
        "description": f"{ask.month:%B %Y}, {ask.number}",
        "metadata": {
            STATEMENT: ask.statement_id,
            MONTH: f"{ask.month:%Y-%m}",
            "tifo_organisation": ask.payer.organisation_id,
            "tifo_invoice": ask.number,
            "tifo_hash": ask.statement_hash,
        },
    }
    if days is not None:
        asked["days_until_due"] = days
    if settings.STRIPE_TAX:
        asked["automatic_tax"] = {"enabled": True}
    return asked


def _send(ask: Ask, line: Line) -> None:
    def find() -> bool | None:
        return any(each.key == line.key for each in lines(ask.external_id)) or None

    def make(key: str) -> bool:
        client().v1.invoice_items.create(
            {
                "customer": ask.payer.customer_id,
                "invoice": ask.external_id,
                "currency": ask.currency,
                "amount": line.amount_minor,
                "description": line.description,
                "discountable": False,
                "period": {
                    "start": int(ask.starts_at.timestamp()),
                    # Stripe's end is the period's last second.
                    "end": int((ask.ends_at - timedelta(seconds=1)).timestamp()),
                },
                "metadata": {LINE: line.key, STATEMENT: ask.statement_id},
            },
            {"idempotency_key": key},
        )
        return True

    with translated():
        once(f"tifo:{ask.statement_id}:line:{line.key}", find, make, looked=True)
