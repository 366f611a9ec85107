"""The optional Stripe meter: each month's cumulative count, told in order, the last one counts.

A report that is lost is healed by the next; one that is told twice changes nothing.
"""

import logging
from datetime import UTC, date, datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, Max, OuterRef

from billing.collectors.protocol import Away, Refused
from billing.models import BillingAccount, MeterReport
from billing.rules.invoices import states
from billing.stripe_gateway import connection, meters
from foundation.clock import billing_period, month
from metering.models import UsageMonth

STATES: Final = MeterReport.State
_SECOND: Final = timedelta(seconds=1)
# Stripe takes nothing that is older than 35 days.
OLDEST: Final = timedelta(days=34)
logger = logging.getLogger(__name__)


def is_on() -> bool:
    return connection.is_configured() and bool(settings.STRIPE_METER)


def report_all(*, now: datetime) -> int:
    """Tell every count that is not told yet; returns how many.

    A month that is closed has one that stands for ever: it is told last, if it was not before.
    """
    if not is_on():
        return 0
    told = MeterReport.objects.filter(
        organisation=OuterRef("organisation"),
        month=OuterRef("month"),
        state=STATES.SENT,
        value__gte=OuterRef("mau"),
    )
    rows = UsageMonth.objects.filter(
        ~Exists(told),
        mau__gt=0,
        month__gte=month(now - OLDEST),
        organisation__sandbox_of=None,
        livemode=True,
        organisation__billing_account__customer_id__gt="",
    )
    due = rows.order_by("month", "pk").values_list("organisation_id", "month")
    return sum(report(organisation_id, _start(first), now=now) for organisation_id, first in due)


def report(organisation_id: str, month_start: datetime, *, now: datetime) -> bool:
    """Tell the month's count if it is not told yet. One call at a time for each customer."""
    start, end = billing_period(month_start)
    with transaction.atomic():
        # Held while it is told: a later, greater count must not arrive before it.
        rows = BillingAccount.objects.select_for_update(no_key=True)
        account = rows.get(pk=organisation_id)
        report = _prepared(account, start, now)
        if report is None:
            return False
        try:
            meters.report(
                settings.STRIPE_METER,
                customer_id=account.customer_id,
                value=report.value,
                identifier=report.identifier,
                # Of the report, so that to tell it again is to say the same.
                at=max(start, min(report.made_at, end - _SECOND)),
            )
        except Away as error:
            logger.warning("count waits", extra={"report": report.identifier, "error": str(error)})
            return False
        except Refused as error:
            report.state, report.problem = STATES.REFUSED, str(error)
            logger.error("count refused", extra={"report": report.identifier, "error": str(error)})
        else:
            report.state, report.problem, report.sent_at = STATES.SENT, "", now
        report.save()
        return report.state == STATES.SENT


def refused(event_id: str) -> int:
    """What an error report names is told again, under other names. Raises Away and Refused."""
    changed = 0
    for trouble in meters.troubles(event_id):
        rows = MeterReport.objects.filter(identifier__in=trouble.identifiers)
        changed += rows.update(state=STATES.REFUSED, problem=trouble.reason)
        said = {"reason": trouble.reason, "counts": list(trouble.identifiers)}
        logger.error("counts were refused", extra=said)
    return changed


def _prepared(account: BillingAccount, start: datetime, now: datetime) -> MeterReport | None:
    """The report that is due: one that waits, or a new one if the count is not told yet."""
    first = start.date()
    reports = MeterReport.objects.filter(organisation_id=account.pk, month=first)
    value = UsageMonth.objects.values_list("mau", flat=True).get(
        organisation_id=account.pk, livemode=True, month=first
    )
    waits = reports.filter(state=STATES.DUE, value=value).first()
    if waits or reports.filter(state=STATES.SENT, value__gte=value).exists():
        return waits
    refusals = reports.filter(value=value)  # told again by another name, and ever more seldom
    tries, last = refusals.count(), refusals.aggregate(last=Max("made_at"))["last"]
    if last and now < last + states.wait(tries):
        return None
    name = f"mau:{account.pk}:{first:%Y-%m}:{value}" + (f":{tries + 1}" if tries else "")
    return MeterReport.objects.create(
        organisation_id=account.pk, month=first, value=value, identifier=name, made_at=now
    )


def _start(first: date) -> datetime:
    return datetime.combine(first, datetime.min.time(), UTC)
