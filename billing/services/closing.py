"""The close of a month: a statement for each organisation, and an invoice where it owes something.

A batch of organisations is one transaction: the months' fences, statements, credits, corrections,
invoices and events are all there or none. Whatever ends the process between two batches, the next
run goes on; two runs at once share the work.
"""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Max, Sum

from billing.models import Closing, Contract, Credit, Statement
from billing.queries.idle import owing_unused
from billing.queries.inputs import months_inputs
from billing.queries.late import uncorrected
from billing.refusals import MonthNotOver
from billing.rules.statements.contents import month_name
from billing.rules.statements.late import month_end
from billing.services.corrections import hold_invoices
from billing.services.statements import OpenMonth, Unclosable, write_statements
from foundation.deadlocks import again_if_lost
from metering.models import UsageMonth
from metering.services.months import closes_at
from tenants.models import Organisation

BATCH: Final = 500
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Fence:
    """An open month that this transaction holds FOR UPDATE: nobody counts in it meanwhile."""

    id: int
    organisation_id: str


def last_due(now: datetime) -> date:
    """The latest month that may be closed at `now`."""
    before = (now - timedelta(hours=settings.MONTH_CLOSE_HOURS)).astimezone(UTC).date()
    return (before.replace(day=1) - timedelta(days=1)).replace(day=1)


def require_over(month: date, now: datetime) -> None:
    """Raise MonthNotOver for a month that may not be closed yet."""
    if now < closes_at(month):
        raise MonthNotOver(month=month_name(month), closes_at=closes_at(month))


def close_month(month: date, *, now: datetime, batch: int = BATCH) -> int:
    """Close the UTC month that begins on the day `month` for every real organisation.

    A `batch` of so many is one transaction. Returns how many statements were made; to run it again
    makes none. An organisation whose month contradicts itself is left open, with an error in the
    log, and holds up nobody else. Raises MonthNotOver.
    """
    require_over(month, now)
    begun = {"started_at": now}
    closing, _ = Closing.objects.get_or_create(month=month, livemode=True, defaults=begun)
    if closing.finished_at is None:  # who comes later begins with a later month
        make_missing_months(month, now)
    stuck: set[str] = set()
    made = 0
    for waiting in (False, True):  # first what nobody holds, then what others were just at
        while (more := _close_batch(month, now, stuck, most=batch, waiting=waiting)) is not None:
            made += more
    _keep_closing(month, made, now)
    return made


@again_if_lost
def close_organisation(organisation: Organisation, month: date, now: datetime) -> Statement:
    """Close one organisation's month in its billed mode; `now` is what its own clock shows.

    The statement that is there, if the month is closed. Raises MonthNotOver, and Unclosable for a
    month that contradicts itself. Months are closed in their order by whoever calls.
    """
    require_over(month, now)
    livemode = organisation.billed_mode
    name = {"organisation": organisation, "livemode": livemode, "month": month}
    UsageMonth.objects.bulk_create([UsageMonth(**name)], ignore_conflicts=True)
    with transaction.atomic():
        held = UsageMonth.objects.select_for_update().get(**name)
        if held.closed_at is None:
            refused = _close([Fence(held.pk, organisation.pk)], livemode, month, now)
            if refused:
                raise refused[0]
    return Statement.objects.get(**name)


def due_months(organisation: Organisation, now: datetime) -> list[date]:
    """The organisation's months that are over and open by its own clock, in their order."""
    rows = UsageMonth.objects.filter(
        organisation=organisation,
        livemode=organisation.billed_mode,
        closed_at=None,
        month__lte=last_due(now),
    )
    return list(rows.order_by("month").values_list("month", flat=True))


def close_due(now: datetime) -> int:
    """Close every month whose time has come, the oldest first; returns how many statements."""
    due = last_due(now)
    open_months = UsageMonth.objects.filter(
        livemode=True, closed_at=None, month__lte=due, organisation__sandbox_of=None
    )
    months = set(open_months.values_list("month", flat=True).distinct())
    months |= set(_never_finished(due))
    made = sum(close_month(month, now=now) for month in sorted(months))
    return made + _close_sandboxes(now)


def _never_finished(due: date) -> list[date]:
    """The months up to `due` since the last that a close has finished.

    Also one in which nobody used anything: while nothing ran, nobody made its missing rows.
    """
    done = Closing.objects.filter(livemode=True, finished_at__isnull=False, month__lte=due)
    last: date | None = done.aggregate(last=Max("month"))["last"]
    month, found = due if last is None else month_end(last), []
    while month <= due:
        found.append(month)
        month = month_end(month)
    return found


def _close_sandboxes(now: datetime) -> int:
    """Sandboxes whose own clock has run past a month's end by itself; none holds up another."""
    ahead = Organisation.objects.filter(sandbox_of__isnull=False, usage_months__closed_at=None)
    made = 0
    for organisation in ahead.distinct():
        moment = organisation.moment(now)
        for month in due_months(organisation, moment):
            try:
                close_organisation(organisation, month, moment)
            except Unclosable as why:
                _leave_open(month, why)
                break  # its later months wait for this one
            made += 1
    return made


def _leave_open(month: date, why: Unclosable) -> None:
    logger.error("The month %s of %s stays open: %s", month, why.organisation_id, why)


def make_missing_months(month: date, now: datetime) -> None:
    """A row for each organisation that used nothing and still gets a statement.

    That is who has a contract, a credit, or an earlier month that is to be corrected, and who owes
    something without any use: the preview told him so.
    """
    start = datetime(month.year, month.month, 1, tzinfo=UTC)
    end = closes_at(month) - timedelta(hours=settings.MONTH_CLOSE_HOURS)
    real = {"organisation__sandbox_of": None}
    contracts = Contract.objects.filter(starts_at__lt=end, **real).exclude(ends_at__lte=start)
    wanted = set(contracts.values_list("organisation_id", flat=True))
    wanted |= set(uncorrected(month=month, now=now))
    wanted |= set(_with_credit(start, end))
    wanted |= set(owing_unused(month))
    rows = [UsageMonth(organisation_id=each, livemode=True, month=month) for each in sorted(wanted)]
    UsageMonth.objects.bulk_create(rows, ignore_conflicts=True, batch_size=BATCH)


def _with_credit(start: datetime, end: datetime) -> Collection[str]:
    """Who was there in the month and has something left of a credit that it may use."""
    there = Credit.objects.filter(organisation__sandbox_of=None, organisation__created_at__lt=end)
    rows = there.exclude(expires_at__lte=start)
    left = rows.annotate(left=Sum("entries__amount_minor")).filter(left__gt=0)
    return left.values_list("organisation_id", flat=True).distinct()


# A month waits for the one before it: an organisation's chain has no month out of order.
_FENCES: Final = """
    SELECT month.id, month.organisation_id
    FROM metering_usagemonth AS month
    JOIN tenants_organisation AS organisation ON organisation.id = month.organisation_id
    WHERE month.month = %(month)s AND month.livemode AND month.closed_at IS NULL
        AND organisation.sandbox_of_id IS NULL AND month.organisation_id <> ALL(%(stuck)s)
        AND NOT EXISTS (
            SELECT FROM metering_usagemonth AS before
            WHERE before.organisation_id = month.organisation_id AND before.livemode
                AND before.month < month.month AND before.closed_at IS NULL)
    ORDER BY month.id LIMIT %(most)s
    FOR UPDATE OF month {waiting}
"""


@again_if_lost
def _close_batch(
    month: date, now: datetime, stuck: set[str], *, most: int, waiting: bool
) -> int | None:
    """How many statements one batch made; None when there is nothing left to take."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                _FENCES.format(waiting="" if waiting else "SKIP LOCKED"),
                {"month": month, "stuck": list(stuck), "most": most},
            )
            fences = [Fence(*row) for row in cursor.fetchall()]
        if not fences:
            return None
        refused = _close(fences, True, month, now)
    for each in refused:
        _leave_open(month, each)
        stuck.add(each.organisation_id)
    return len(fences) - len(refused)


def _close(fences: Sequence[Fence], livemode: bool, month: date, now: datetime) -> list[Unclosable]:
    """Close the months behind these fences; who cannot be closed stays open and is returned."""
    now = _after_the_last([fence.organisation_id for fence in fences], livemode, now)
    refused = write_statements(_open_months(fences, livemode, month, now), now=now)
    left_open = {each.organisation_id for each in refused}
    closed = [fence.id for fence in fences if fence.organisation_id not in left_open]
    UsageMonth.objects.filter(pk__in=closed).update(closed_at=now)
    return refused


def _after_the_last(organisation_ids: Sequence[str], livemode: bool, now: datetime) -> datetime:
    """`now`, or the moment after the last statement of any of them.

    Of two runs at once the one that began first may close the later month: its statement is not
    older for that, or the next month would follow the wrong one.
    """
    rows = Statement.objects.filter(organisation__in=organisation_ids, livemode=livemode)
    last: datetime | None = rows.aggregate(last=Max("closed_at"))["last"]
    return now if last is None or last < now else last + timedelta(microseconds=1)


def _open_months(
    fences: Sequence[Fence], livemode: bool, month: date, now: datetime
) -> list[OpenMonth]:
    """The months as they will stand for ever: contracts and credits are held while they are read.

    Whoever signs a contract or moves a credit holds the same rows, and sees the statement after.
    """
    ids = {fence.organisation_id: fence.id for fence in fences}
    hold_invoices(list(ids), livemode=livemode, month=month)
    organisations = list(
        Organisation.objects.raw(
            "SELECT * FROM tenants_organisation WHERE id = ANY(%s) ORDER BY id FOR SHARE",
            [list(ids)],
        )
    )
    credit = Credit.objects.filter(organisation__in=list(ids)).order_by("pk")
    list(credit.select_for_update().values_list("pk", flat=True))
    facts = months_inputs(organisations, livemode=livemode, month=month, now=now)
    return [OpenMonth(ids[each.pk], each, facts[each.pk]) for each in organisations]


def _keep_closing(month: date, made: int, now: datetime) -> None:
    """How far the close has come, for the operator's eyes."""
    rows = Closing.objects.filter(month=month, livemode=True)
    rows.update(statements=F("statements") + made)
    if not still_open(month):
        rows.filter(finished_at=None).update(finished_at=now)


def still_open(month: date) -> int:
    """How many real organisations have this month open: also one whose usage came after all."""
    return UsageMonth.objects.filter(
        month=month, livemode=True, closed_at=None, organisation__sandbox_of=None
    ).count()
