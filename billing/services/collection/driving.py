"""Drives each invoice through its states: per step one call of the collector and one short write.

A worker claims an invoice for a while by a conditional update; `attempts` numbers the claims, and
whatever a worker writes holds only while its claim is the last. What was done at the collector by
one that was killed is found by the next.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import F, QuerySet

from billing import events
from billing.collectors.manual import ManualCollector
from billing.collectors.protocol import Ask, Away, Collector, Declined, Held, Refused, Status
from billing.collectors.sandbox import SandboxCollector
from billing.models import BillingAccount, Invoice
from billing.rules.currencies import UnknownCurrency, currency
from billing.rules.invoices import states
from billing.rules.invoices.lines import differences
from billing.rules.invoices.states import State
from billing.services.collection import accounts, invoicing
from billing.stripe_gateway.collector import StripeCollector
from foundation.events.services import tell

# Longer than any one call may take: who outlives it only repeats what the next worker did.
CLAIM: Final = timedelta(minutes=2)
_COLLECTORS: Final[Mapping[str, Collector]] = {
    "": ManualCollector(),  # not decided yet: it is nowhere but here
    Invoice.Collector.MANUAL: ManualCollector(),
    Invoice.Collector.SANDBOX: SandboxCollector(),
    Invoice.Collector.STRIPE: StripeCollector(),
}
logger = logging.getLogger(__name__)


class Lost(Exception):
    """Another worker has claimed the invoice meanwhile: it goes on, and this one stops."""


class Unequal(Exception):
    """What the collector holds is not what the statement says."""


def collector_of(invoice: Invoice) -> Collector:
    return _COLLECTORS[invoice.collector]


def due(*, now: datetime) -> QuerySet[Invoice]:
    """Invoices that go on by themselves, those that wait longest first."""
    return Invoice.objects.filter(next_attempt_at__lte=now).order_by("next_attempt_at", "pk")


def drive(invoice_id: str, *, now: datetime) -> State | None:
    """Take the invoice as far as it goes; None if another worker is at it, or nothing is due."""
    invoice = _claim(invoice_id, now)
    if invoice is None:
        return None
    try:
        while _step(invoice, now):
            invoice.refresh_from_db()
    except Lost:
        return None
    except Declined as error:
        invoicing.fail(invoice.pk, why=str(error), now=now)
    except Away as error:
        wait = error.wait_s if error.wait_s is not None else 0
        pause = max(states.wait(invoice.attempts), timedelta(seconds=wait))
        _mine(invoice).update(next_attempt_at=now + pause, problem=f"Tried again later: {error}")
        logger.warning("invoice waits", extra={"invoice": invoice.pk, "error": str(error)})
    except UnknownCurrency as error:
        stop(invoice, f"unknown-currency: {error}", now=now)
    except (Refused, Unequal) as error:
        stop(invoice, str(error), now=now)
    invoice.refresh_from_db()
    return State(invoice.state)


def retry(invoice: Invoice, *, now: datetime) -> None:
    """The operator has mended what the problem was: it goes on at once."""
    rows = Invoice.objects.filter(pk=invoice.pk).exclude(state__in=[State.PAID, State.VOID])
    rows.update(next_attempt_at=now, problem="")


@transaction.atomic
def stop(invoice: Invoice, problem: str, *, now: datetime) -> None:
    """It stays where it is until somebody has looked, and the operator is told."""
    if not _mine(invoice).update(next_attempt_at=None, problem=problem):
        return
    told: events.StoppedData = {
        "invoice": invoice.pk,
        "number": invoice.number,
        "state": invoice.state,
        "credit_note": None,
        "problem": problem,
    }
    tell(events.COLLECTION_STOPPED, told, to=events.OPERATOR, now=now)
    logger.error("invoice stopped", extra={"invoice": invoice.pk, "problem": problem})


def _claim(invoice_id: str, now: datetime) -> Invoice | None:
    invoice = due(now=now).filter(pk=invoice_id).select_related("organisation", "statement").first()
    if invoice is None:
        return None
    changed = _mine(invoice).update(
        attempts=F("attempts") + 1,
        next_attempt_at=now + CLAIM,
        collector=invoice.collector or accounts.collector_for(invoice.organisation),
    )
    if not changed:
        return None
    invoice.refresh_from_db()
    return invoice


def _mine(invoice: Invoice) -> QuerySet[Invoice]:
    return Invoice.objects.filter(pk=invoice.pk, attempts=invoice.attempts)


def _write(invoice: Invoice, **changes: object) -> bool:
    if not _mine(invoice).update(problem="", **changes):
        raise Lost
    return True


def _step(invoice: Invoice, now: datetime) -> bool:
    """One step; False where there is none."""
    step = _STEPS.get(State(invoice.state))
    if step is None:
        return False
    currency(invoice.currency)  # before anything is sent
    account = accounts.account_of(invoice.organisation)
    return step(invoice, account, invoicing.ask_of(invoice, account, now=now), now)


def _send(invoice: Invoice, account: BillingAccount, ask: Ask, now: datetime) -> bool:
    collector = collector_of(invoice)
    if not account.customer_id:
        name = collector.customer(ask.payer)
        if name:
            accounts.remember_customer(account, name)
            ask = invoicing.ask_of(invoice, account, now=now)
    if not invoice.external_id:
        held = collector.draft(ask)
        if held.id:
            return _write(invoice, external_id=held.id)
    found = collector.look(ask)
    if found is None or found.status is Status.DRAFT:
        collector.send_lines(ask)
    return _write(invoice, state=State.LINES)


def _verify(invoice: Invoice, account: BillingAccount, ask: Ask, now: datetime) -> bool:
    found = collector_of(invoice).read_lines(ask)
    wrong = differences(ask.lines, found, total_minor=ask.total_minor)
    if wrong:
        raise Unequal("Not equal to the statement: " + "; ".join(wrong))
    return _write(invoice, state=State.VERIFIED)


def _finalise(invoice: Invoice, account: BillingAccount, ask: Ask, now: datetime) -> bool:
    # Hours may have passed since it was verified, and somebody may have changed the draft.
    _require_equal(collector_of(invoice).look(ask), ask)
    held = collector_of(invoice).finalise(ask)
    _mine(invoice).update(next_attempt_at=now + CLAIM, problem="")
    invoicing.follow(invoice.pk, held, now=now)
    _require_equal(held, ask)
    return True


def _collect(invoice: Invoice, account: BillingAccount, ask: Ask, now: datetime) -> bool:
    _require_equal(collector_of(invoice).look(ask), ask)  # a stopped one may be tried again
    held = collector_of(invoice).collect(ask)
    after = invoicing.follow(invoice.pk, held, now=now)
    if State(after.state) in states.OWED:  # by mail, or the payment is on its way
        _write(invoice, next_attempt_at=_next_try(after, now))
    return False


def _require_equal(held: Held | None, ask: Ask) -> None:
    """Raise Unequal for what the collector would charge another sum for."""
    if held and (held.subtotal_minor, held.currency) != (ask.total_minor, ask.currency):
        said = f"{held.status} at {held.subtotal_minor} {held.currency}"
        raise Unequal(f"Not equal to the statement: {said}, not {ask.total_minor} {ask.currency}")


def _next_try(invoice: Invoice, now: datetime) -> datetime | None:
    moment = invoice.organisation.moment(now)
    return states.next_payment(invoice.failed_at, moment) if invoice.failed_at else None


_Step = Callable[[Invoice, BillingAccount, Ask, datetime], bool]
_STEPS: Final[Mapping[State, _Step]] = {
    State.CREATED: _send,
    State.LINES: _verify,
    State.VERIFIED: _finalise,
    State.FINALISED: _collect,
    State.FAILED: _collect,
}
