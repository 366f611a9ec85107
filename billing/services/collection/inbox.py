"""Stripe's messages: kept before they are answered, and processed afterwards, each once or more.

A message is a reason to look, and no more: what is done follows what Stripe holds at present, so
that messages may come late, twice, in any order, or not at all.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import F, Q, QuerySet

from billing.collectors.protocol import Away, Declined, Refused
from billing.models import BillingAccount, InboxMessage, Invoice
from billing.rules.invoices import states
from billing.rules.invoices.states import State
from billing.services.collection import accounts, counts, credit_notes, disputes, dunning, refunds
from billing.stripe_gateway import connection, notes, setups, webhooks

CLAIM: Final = timedelta(minutes=2)
OTHER_MODE: Final = "Ignored: it is of Stripe's other mode (live or test)."
NOT_OURS: Final = "Ignored: nothing here is about it."
UNKNOWN: Final = "Not known here: {}. Look whether it should be."
logger = logging.getLogger(__name__)


class TooEarly(Exception):
    """What the message is about is not here yet: it waits, and is no message about nothing."""


def receive(body: bytes, signature: str, *, now: datetime) -> InboxMessage:
    """Keep the message. Raises InvalidSignature, SignatureTooOld or BadRequest."""
    message = webhooks.read(body, signature, now=now)
    ours = message.livemode == connection.livemode()
    row = InboxMessage(
        id=message.id,
        type=message.type,
        payload=message.payload,
        told_at=message.told_at,
        received_at=now,
        processed_at=None if ours else now,
        problem="" if ours else OTHER_MODE,
    )
    InboxMessage.objects.bulk_create([row], ignore_conflicts=True)
    return row


def waiting(*, now: datetime) -> QuerySet[InboxMessage]:
    """Messages to be processed, oldest first."""
    free = Q(next_attempt_at=None) | Q(next_attempt_at__lte=now)
    return InboxMessage.objects.filter(free, processed_at=None).order_by("received_at", "pk")


def process(message_id: str, *, now: datetime) -> bool:
    """Do what the message is a reason for; False if another worker is at it, or it must wait."""
    message = waiting(now=now).filter(pk=message_id).first()
    if message is None:
        return False
    mine = InboxMessage.objects.filter(pk=message.pk, attempts=message.attempts)
    if not mine.update(attempts=F("attempts") + 1, next_attempt_at=now + CLAIM):
        return False
    rows = InboxMessage.objects.filter(pk=message.pk, processed_at=None)
    try:
        said = _HANDLERS.get(message.type, _not_ours)(_subject(message.payload), now)
    except (Away, Refused, Declined, TooEarly) as error:
        wait = max(
            states.wait(message.attempts + 1), timedelta(seconds=getattr(error, "wait_s", 0) or 0)
        )
        rows.update(next_attempt_at=now + wait, problem=str(error))
        logger.warning("message waits", extra={"inbox": message.pk, "error": str(error)})
        return False
    rows.update(processed_at=now, next_attempt_at=None, problem=said)
    return True


def again(message: InboxMessage) -> None:
    """The operator wants it to be processed once more."""
    InboxMessage.objects.filter(pk=message.pk).update(processed_at=None, next_attempt_at=None)


def _subject(payload: Mapping[str, Any]) -> dict[str, Any]:
    """What it is about: the snapshot's object, or the thin message itself."""
    found = payload.get("data", {}).get("object")
    return dict(found) if isinstance(found, dict) else {"id": payload["id"]}


def _not_ours(subject: Mapping[str, Any], now: datetime) -> str:
    return NOT_OURS


def _invoice(subject: Mapping[str, Any], now: datetime) -> str:
    return _follow(subject["id"], now)


def _follow(external_id: str, now: datetime) -> str:
    invoice = _invoice_of(external_id)
    if invoice is None:
        return UNKNOWN.format(external_id)
    refunds.look(invoice, now=now)
    return ""


def _charge(subject: Mapping[str, Any], now: datetime) -> str:
    said = [_follow(each, now) for each in notes.invoices_of_charge(subject["id"])]
    return " ".join(filter(None, said)) if said else NOT_OURS


def _dispute(subject: Mapping[str, Any], now: datetime) -> str:
    return "" if disputes.look(subject["id"], now=now) else UNKNOWN.format(subject["id"])


def _credit_note(subject: Mapping[str, Any], now: datetime) -> str:
    found = notes.look(subject["id"])
    invoice = _invoice_of(found.invoice_id)
    if invoice is None:
        return UNKNOWN.format(found.invoice_id)
    invoice = refunds.look(invoice, now=now)
    if State(invoice.state) in states.UNSENT:
        raise TooEarly(f"{invoice.number} is {invoice.state} here, and not finalised yet.")
    credit_notes.follow(found, invoice, now=now)
    return ""


def _checkout(subject: Mapping[str, Any], now: datetime) -> str:
    return _attach(setups.method_of_checkout(subject["id"]), now)


def _setup_intent(subject: Mapping[str, Any], now: datetime) -> str:
    return _attach(setups.method_of_intent(subject["id"]), now)


def _attach(found: tuple[str, str] | None, now: datetime) -> str:
    account = accounts.attach(*found) if found else None
    if account is None:
        return NOT_OURS
    dunning.try_again(account.pk, now=now)
    return ""


def _detached(subject: Mapping[str, Any], now: datetime) -> str:
    account = BillingAccount.objects.filter(payment_method_id=subject["id"]).first()
    return _look_again(account)


def _customer(subject: Mapping[str, Any], now: datetime) -> str:
    return _look_again(BillingAccount.objects.filter(customer_id=subject["id"]).first())


def _look_again(account: BillingAccount | None) -> str:
    if account is None:
        return NOT_OURS
    accounts.look_again(account)
    return ""


def _meter_errors(subject: Mapping[str, Any], now: datetime) -> str:
    refused = counts.refused(subject["id"])
    return f"{refused} counts were refused, and are sent again." if refused else NOT_OURS


def _invoice_of(external_id: str) -> Invoice | None:
    rows = Invoice.objects.filter(collector=Invoice.Collector.STRIPE, external_id=external_id)
    return rows.first()


Handler = Callable[[Mapping[str, Any], datetime], str]
_HANDLERS: Final[Mapping[str, Handler]] = {
    "invoice.finalized": _invoice,
    "invoice.paid": _invoice,
    "invoice.payment_failed": _invoice,
    "invoice.voided": _invoice,
    "invoice.marked_uncollectible": _invoice,
    "charge.refunded": _charge,
    "charge.dispute.created": _dispute,
    "charge.dispute.closed": _dispute,
    "charge.dispute.funds_withdrawn": _dispute,
    "charge.dispute.funds_reinstated": _dispute,
    "credit_note.created": _credit_note,
    "credit_note.updated": _credit_note,
    "credit_note.voided": _credit_note,
    "checkout.session.completed": _checkout,
    "setup_intent.succeeded": _setup_intent,
    "payment_method.detached": _detached,
    "customer.updated": _customer,
    "customer.deleted": _customer,
    "v1.billing.meter.error_report_triggered": _meter_errors,
    "v1.billing.meter.no_meter_found": _meter_errors,
}
TYPES: Final = tuple(_HANDLERS)
