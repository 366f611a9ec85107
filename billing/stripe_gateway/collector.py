"""Stripe as a collector: the protocol, call by call."""

import dataclasses

from billing.collectors.protocol import Ask, Declined, Held, NoteAsk, Payer, Status
from billing.rules.invoices.lines import Line
from billing.stripe_gateway import customers, invoices, notes


class StripeCollector:
    def customer(self, payer: Payer) -> str:
        return customers.of(payer)

    def draft(self, ask: Ask) -> Held:
        return invoices.draft(ask)

    def send_lines(self, ask: Ask) -> None:
        invoices.send_lines(ask)

    def read_lines(self, ask: Ask) -> list[Line]:
        return invoices.lines(ask.external_id)

    def look(self, ask: Ask) -> Held | None:
        return with_payments(invoices.look(ask.external_id))

    def finalise(self, ask: Ask) -> Held:
        held = invoices.finalise(ask.external_id, statement_id=ask.statement_id)
        return with_payments(held)

    def collect(self, ask: Ask) -> Held:
        if ask.payer.due_days is not None:
            return with_payments(invoices.send(ask.external_id))
        if not ask.payer.payment_method_id:
            held = with_payments(invoices.look(ask.external_id))
            if held.status is Status.OPEN:
                raise Declined("There is no payment method on file.")
            return held
        paid = invoices.pay(ask.external_id, payment_method_id=ask.payer.payment_method_id)
        return with_payments(paid)

    def void(self, ask: Ask) -> Held:
        return with_payments(invoices.void(ask.external_id))

    def credit(self, note: NoteAsk) -> str:
        return notes.issue(note)


def with_payments(found: Held) -> Held:
    """What its payments say and the invoice does not: money given back, and a bank that said no."""
    if found.paid_minor:
        return dataclasses.replace(found, refunded_minor=notes.refunded(found.id))
    if found.tried:
        return dataclasses.replace(found, tried=notes.is_refused(found.id))
    return found
