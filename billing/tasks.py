"""What beat asks for: each a short look for what is due, and a piece of it at a time."""

from typing import Any, Final

from celery import shared_task

from billing.collectors.protocol import Away
from billing.services import closing, sandboxes
from billing.services.collection import counts, driving, dunning, inbox, reconciliation, refunds
from foundation.clock import now
from metering import seals

AT_ONCE: Final = 200


@shared_task(name="billing.collect", ignore_result=True)
def collect(**_: Any) -> None:
    """Have every invoice and credit note that is due driven, each by a task of its own."""
    for invoice_id in driving.due(now=now()).values_list("pk", flat=True)[:AT_ONCE]:
        drive.delay(invoice_id=invoice_id)
    for note_id in refunds.due(now=now()).values_list("pk", flat=True)[:AT_ONCE]:
        issue.delay(note_id=note_id)


@shared_task(name="billing.drive", ignore_result=True)
def drive(*, invoice_id: str, **_: Any) -> None:
    driving.drive(invoice_id, now=now())


@shared_task(name="billing.issue", ignore_result=True)
def issue(*, note_id: str, **_: Any) -> None:
    refunds.issue(note_id, now=now())


@shared_task(name="billing.read_inbox", ignore_result=True)
def read_inbox(**_: Any) -> None:
    """Process what Stripe has told; what cannot be done yet waits its time."""
    for message_id in inbox.waiting(now=now()).values_list("pk", flat=True)[:AT_ONCE]:
        inbox.process(message_id, now=now())


@shared_task(name="billing.dun", ignore_result=True)
def dun(**_: Any) -> None:
    dunning.settle_all(now=now())


@shared_task(name="billing.report_counts", ignore_result=True)
def report_counts(**_: Any) -> None:
    counts.report_all(now=now())


@shared_task(name="billing.reconcile", ignore_result=True, autoretry_for=(Away,), retry_backoff=60)
def reconcile(**_: Any) -> None:
    for month in reconciliation.months(now()):
        reconciliation.reconcile(month, now=now())


@shared_task(name="billing.close", ignore_result=True)
def close(**_: Any) -> None:
    """Close the months whose time has come; their users are sealed before, so that nobody waits."""
    moment = now()
    seals.seal_due(now=moment)
    closing.close_due(moment)


@shared_task(name="billing.settle_sandboxes", ignore_result=True)
def settle_sandboxes(**_: Any) -> None:
    """What falls due in sandboxes whose clocks run on by themselves."""
    sandboxes.settle_all(now=now())
