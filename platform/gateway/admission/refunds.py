"""What a call spent, given back when the platform failed its work.

The ledger marks the job in the transaction that settles it; the mark goes when its charges are
given back. What a killed process or an outage of Redis left marked is found by the sweep.
"""

import logging
from collections.abc import Iterable
from dataclasses import fields
from typing import Any, Final

from gateway import stores
from jobs import queries, services, signals
from jobs.models import Job
from ratelimit.errors import RedisAway
from ratelimit.rules import Charge, Concurrency, Decision, Outcome, Policy, Rate, Window
from tenants.limits import Algorithm

logger = logging.getLogger(__name__)
Receipt = dict[str, Any]
MOST_AT_ONCE: Final = 500
REQUEST: Final = "request"
_KINDS: Final[dict[str, type[Policy]]] = {
    Algorithm.RATE: Rate,
    Algorithm.WINDOW: Window,
    Algorithm.CONCURRENCY: Concurrency,
}
_NAMES: Final = {kind: name for name, kind in _KINDS.items()}


def receipts(outcome: Outcome) -> list[Receipt]:
    """What undoes the call's charges, as JSON; not its requests, for the call was answered."""
    return [_receipt(each) for each in outcome.decisions if each.charge_id and each.unit != REQUEST]


def refund(tag: str, given: Iterable[Receipt]) -> None:
    """Undo the charges behind the receipts.

    A window's or a lease's charge comes back once however often it is asked for; a rate's, which
    has no name of its own, each time. Raises RedisAway.
    """
    for receipt in given:
        stores.store().refund(tag, _policy(receipt), receipt["key"], receipt["charge_id"])


def settle(job: Job) -> None:
    """Give back what the job is due, and take its mark away. Raises RedisAway, and it stays due.

    Charges with a name come first: whoever repeats this gives nothing twice. A rate's units come
    after the mark is gone, which only one process can do. A process killed right there loses them,
    which an allowance that refills by itself can bear; to give them twice would break the limit.
    """
    rates = [receipt for receipt in job.charges if receipt["kind"] == Algorithm.RATE]
    named = [receipt for receipt in job.charges if receipt["kind"] != Algorithm.RATE]
    refund(job.organisation_id, named)
    if rates:  # Whether Redis is there must be known before the mark goes.
        looks = [Charge(_policy(each), each["key"], 0) for each in rates]
        stores.store().peek(job.organisation_id, looks)
    if services.refunded(job):
        refund(job.organisation_id, rates)
        logger.info("charges given back", extra={"job": job.pk})


def sweep() -> None:
    """Settle what is still due: its process died, or Redis was away."""
    for job in queries.refunds_due()[:MOST_AT_ONCE]:
        try:
            settle(job)
        except RedisAway:
            return  # The next sweep asks again.
        except Exception:  # such as receipts that only another release can read
            logger.exception("refund failed", extra={"job": job.pk})


def listen() -> None:
    """Settle jobs as soon as they are due."""
    signals.refund_due.connect(_settle_if_possible, dispatch_uid="gateway.admission.refunds")


def _settle_if_possible(job: Job, **_: Any) -> None:
    try:
        settle(job)
    except RedisAway:
        logger.warning("refund waits for Redis", extra={"job": job.pk})


def _receipt(decision: Decision) -> Receipt:
    policy = decision.policy
    numbers = {each.name: getattr(policy, each.name) for each in fields(policy) if each.init}
    return {
        "kind": _NAMES[type(policy)],
        "policy": numbers,
        "key": decision.key,
        "charge_id": decision.charge_id,
    }


def _policy(receipt: Receipt) -> Policy:
    return _KINDS[receipt["kind"]](**receipt["policy"])
