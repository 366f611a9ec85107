"""An invoice follows what its collector holds: its state, amounts, ledger and events at once."""

import json
from datetime import datetime

from django.db import transaction

from billing import events
from billing.collectors.protocol import Ask, Held
from billing.events import InvoiceData
from billing.models import BillingAccount, CreditNote, Invoice
from billing.rules.invoices import states
from billing.rules.invoices.labels import line_label
from billing.rules.invoices.lines import Line, asked
from billing.rules.invoices.states import State
from billing.services.collection import accounts, dunning, ledger
from billing.services.collection.ledger import Kind
from foundation.clock import billing_period
from foundation.events.services import tell
from foundation.events.sockets import Audience


def ask_of(invoice: Invoice, account: BillingAccount, *, now: datetime) -> Ask:
    """The invoice in a collector's words; its lines are those of the statement."""
    statement = invoice.statement
    start, end = billing_period(datetime.fromisoformat(f"{statement.month:%Y-%m-%d}T00:00:00Z"))
    return Ask(
        invoice_id=invoice.pk,
        statement_id=statement.pk,
        statement_hash=statement.content_hash,
        number=invoice.number,
        month=statement.month,
        starts_at=start,
        ends_at=end,
        currency=invoice.currency,
        lines=asked(lines(statement.content)),
        total_minor=invoice.total_minor,
        outstanding_minor=outstanding(invoice),
        payer=accounts.payer_of(account),
        external_id=invoice.external_id,
        moment=invoice.organisation.moment(now),
    )


@transaction.atomic
def follow(invoice_id: str, held: Held, *, now: datetime) -> Invoice:
    """Bring the row to where the collector is: forwards only, however often and late it is told."""
    row = _locked(invoice_id)
    moment = row.organisation.moment(now)
    state = states.reached(row.state, held.status, tried=held.tried)
    if state is not State(row.state):
        _enter(row, state, held, moment)
    if held.paid_minor > row.paid_minor and State(row.state) not in states.UNSENT:
        _pay(row, held.paid_minor, moment)
    if held.refunded_minor > row.refunded_minor:
        refund(row, held.refunded_minor - row.refunded_minor, moment)
    row.save()
    dunning.settle(row.organisation_id, now=now)
    return row


@transaction.atomic
def fail(invoice_id: str, *, why: str, now: datetime) -> Invoice:
    """A payment was refused; said by the collector at once, or by a message later."""
    row = _locked(invoice_id)
    if State(row.state) in states.OWED:
        _failed(row, row.organisation.moment(now))
        row.problem = why
        row.save()
        dunning.settle(row.organisation_id, now=now)
    return row


def outstanding(invoice: Invoice) -> int:
    """What is still to be paid of it, in minor units."""
    if State(invoice.state) in {State.PAID, State.VOID}:
        return 0
    gross = invoice.total_minor + invoice.tax_minor
    return gross - invoice.paid_minor - invoice.credited_minor


def refund(row: Invoice, amount_minor: int, moment: datetime) -> None:
    """Money went back: what had been paid is not any more. The caller saves the row."""
    row.refunded_minor += amount_minor
    source = f"{row.pk}:refunded:{row.refunded_minor}"
    ledger.enter(row, Kind.REFUND, amount_minor, source=source, now=moment)


def data(invoice: Invoice) -> InvoiceData:
    return {
        "id": invoice.pk,
        "number": invoice.number,
        "statement": invoice.statement_id,
        "state": invoice.state,
        "currency": invoice.currency,
        "total_minor": invoice.total_minor,
        "tax_minor": invoice.tax_minor,
        "paid_minor": invoice.paid_minor,
        "due_at": invoice.due_at.isoformat() if invoice.due_at else None,
        "url": invoice.hosted_url,
    }


def audience(invoice: Invoice) -> Audience:
    return Audience(invoice.organisation_id, invoice.statement.livemode)


def _locked(invoice_id: str) -> Invoice:
    rows = Invoice.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("organisation", "statement").get(pk=invoice_id)


def _enter(row: Invoice, state: State, held: Held, moment: datetime) -> None:
    before, row.state = State(row.state), state.value
    if before in states.UNSENT and state is not State.VOID:
        _finalised(row, held, moment)
    if state is State.PAID:
        _paid(row, held, moment)
    elif state is State.FAILED:
        _failed(row, moment)
    elif state is State.VOID:
        _void(row, before, moment)


def _finalised(row: Invoice, held: Held, moment: datetime) -> None:
    row.external_id = row.external_id or held.id
    row.tax_minor, row.hosted_url = held.tax_minor, held.hosted_url
    row.finalised_at, row.due_at = moment, held.due_at
    ledger.enter(row, Kind.INVOICE, row.total_minor, source=f"{row.pk}:invoice", now=moment)
    ledger.enter(row, Kind.TAX, row.tax_minor, source=f"{row.pk}:tax", now=moment)
    told = data(row) | {"state": State.FINALISED.value}
    tell(events.INVOICE_FINALISED, told, to=audience(row), now=moment)


def _paid(row: Invoice, held: Held, moment: datetime) -> None:
    _pay(row, held.paid_minor, moment)
    row.paid_at, row.next_attempt_at, row.problem = moment, None, ""
    # What was refused of an open invoice may be given back of a paid one.
    stopped = CreditNote.objects.filter(
        invoice=row, state=CreditNote.State.CREATED, next_attempt_at=None
    )
    stopped.update(next_attempt_at=moment, problem="")
    tell(events.INVOICE_PAID, data(row), to=audience(row), now=moment)


def _pay(row: Invoice, up_to_minor: int, moment: datetime) -> None:
    """The source names the sum so far, so that none of it is entered twice."""
    more, row.paid_minor = up_to_minor - row.paid_minor, up_to_minor
    source = f"{row.pk}:paid:{up_to_minor}"
    ledger.enter(row, Kind.PAYMENT, -more, source=source, now=moment)


def _failed(row: Invoice, moment: datetime) -> None:
    first = row.failed_at is None
    row.state = State.FAILED.value
    row.failed_at = row.failed_at or moment
    row.next_attempt_at = states.next_payment(row.failed_at, moment)
    if first:
        tell(events.INVOICE_PAYMENT_FAILED, data(row), to=audience(row), now=moment)


def _void(row: Invoice, before: State, moment: datetime) -> None:
    row.next_attempt_at, row.problem = None, ""
    row.attempts += 1  # whoever is driving it has lost it
    if before in states.UNSENT and not row.finalised_at:
        return  # it never was in the ledger
    left = row.total_minor + row.tax_minor - row.paid_minor - row.credited_minor
    ledger.enter(row, Kind.VOID, -left, source=f"{row.pk}:void", now=moment)
    tell(events.INVOICE_VOIDED, data(row), to=audience(row), now=moment)


def lines(content: str) -> list[Line]:
    """A statement's lines as its payer reads them."""
    said = json.loads(content)
    return [
        Line(
            key=line["key"],
            description=line_label(line, said),
            amount_minor=line["amount_minor"],
            group=f"{line['kind']}:{line['meter'] or ''}",
        )
        for line in said["lines"]
    ]
