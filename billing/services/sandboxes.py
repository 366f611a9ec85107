"""What is played in a sandbox: months that pass, users by the thousand, payments; and its end.

Whatever is due by a sandbox's clock is done by `settle`, with the services that serve real
organisations. The clock is moved from one thing that falls due to the next, so that each happens at
its own moment; a process that ends in between leaves a clock from which the next call goes on.
"""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet

from billing.collectors.sandbox import DECLINES, PAYS
from billing.models import (
    BillingAccount,
    Contract,
    Correction,
    Credit,
    CreditEntry,
    CreditNote,
    Invoice,
    LedgerEntry,
    PriceVersion,
    Statement,
)
from billing.refusals import MonthContradicts
from billing.rules.statements.contents import month_name
from billing.services.closing import close_organisation, due_months
from billing.services.collection import accounts, driving, dunning, refunds
from billing.services.statements import Unclosable
from foundation.clock import month, month_before, next_month
from foundation.models import StoredFile, Upload
from metering.hashes import hash_users
from metering.models import UsageMonth
from metering.queries import active_users
from metering.services import Counted, begin_month, record_active_users
from metering.services.months import closes_at
from tenants.models import Organisation
from tenants.services import sandboxes as tenants

logger = logging.getLogger(__name__)
AT_ONCE: Final = 10_000  # users in a transaction
OPERATION: Final = "POST /v1/sandboxes/{sandbox_id}/users"


class Outcome(StrEnum):
    """What becomes of payments by the method on file."""

    SUCCEEDS = "succeeds"
    DECLINES = "declines"


_METHODS: Final = {Outcome.SUCCEEDS: PAYS, Outcome.DECLINES: DECLINES}


def advance(sandbox: Organisation, *, to: datetime, now: datetime) -> Organisation:
    """Move the sandbox's clock on until it shows `to`; `now` is everybody's present.

    On the way months begin and are closed, invoices are asked for and paid, graces end. The clock
    stands where a month cannot be closed: raises MonthContradicts.
    """
    _settle_or_tell(sandbox, now)
    while (moment := sandbox.moment(now)) < to:
        stop = min([to, *_stops(sandbox, moment)])
        sandbox = tenants.set_clock(sandbox, to=stop, now=now)
        _settle_or_tell(sandbox, now)
    return Organisation.objects.get(pk=sandbox.pk)


def _settle_or_tell(sandbox: Organisation, now: datetime) -> None:
    try:
        settle(sandbox, now=now)
    except Unclosable as why:
        period = due_months(sandbox, sandbox.moment(now))[0]
        raise MonthContradicts(str(why), month=month_name(period)) from why


def settle(sandbox: Organisation, *, now: datetime) -> None:
    """Do all that is due by the sandbox's clock; safe to repeat."""
    moment = sandbox.moment(now)
    # Every month of a sandbox gets its statement, also one in which nothing was used.
    UsageMonth.objects.get_or_create(
        organisation=sandbox, livemode=sandbox.billed_mode, month=month(moment)
    )
    begin_month(sandbox.pk, now=moment)
    for period in due_months(sandbox, moment):
        close_organisation(sandbox, period, moment)
    _collect(sandbox, now)


def settle_all(*, now: datetime) -> int:
    """Every sandbox, for clocks run on by themselves, too; returns how many there are."""
    every = Organisation.objects.filter(sandbox_of__isnull=False).order_by("pk")
    for sandbox in every:
        try:
            settle(sandbox, now=now)
        except Unclosable as error:  # which holds up no other
            logger.error(
                "a sandbox's month stays open", extra={"sandbox": sandbox.pk, "error": str(error)}
            )
    return len(every)


def make_active(sandbox: Organisation, *, count: int, now: datetime) -> Counted:
    """Make so many new users active in the sandbox's month; returns the month's users.

    They are synthetic-1, synthetic-2 and so on, each month anew. Where the sandbox may have no more
    users (`cap`), those up to the last one are active, and no other.
    """
    moment = sandbox.moment(now)
    # A month has no fewer users than the greatest number in one of their names.
    before = active_users(sandbox, livemode=sandbox.billed_mode, now=moment)
    numbers = range(before + 1, before + 1 + count)
    counted = Counted(before, 0, before)
    for start in range(0, count, AT_ONCE):
        names = [f"synthetic-{number}" for number in numbers[start : start + AT_ONCE]]
        counted = _count(sandbox, names, moment)
        if counted.cap is not None:
            break
    return counted


def choose_payment(sandbox: Organisation, outcome: Outcome | None, *, now: datetime) -> None:
    """The payment method on file from now on, by what becomes of its payments; None: there is none.

    What was refused before is tried with it at once.
    """
    accounts.choose_played(sandbox, _METHODS[outcome] if outcome else "")
    if outcome:
        dunning.try_again(sandbox.pk, now=now)
    _collect(sandbox, now)


def chosen_payment(sandbox: Organisation) -> Outcome | None:
    """What `choose_payment` chose."""
    found = BillingAccount.objects.filter(pk=sandbox.pk).first()
    method = found.payment_method_id if found else ""
    return next((each for each, known in _METHODS.items() if known == method), None)


@transaction.atomic
def delete(sandbox: Organisation, *, now: datetime) -> None:
    """Delete the sandbox with all that is in it, statements included; its files expire."""
    assert sandbox.sandbox
    row = Organisation.objects.select_for_update().get(pk=sandbox.pk)
    for stored in (StoredFile, Upload):
        stored._default_manager.filter(organisation_id=row.pk).update(expires_at=now)
    for rows in _protected(row):
        rows.delete()
    row.delete()


def _count(sandbox: Organisation, names: list[str], moment: datetime) -> Counted:
    """Count them, or as many as there is room for under the cap, which the answer then tells."""
    users = hash_users(sandbox.pk, names, livemode=sandbox.billed_mode, now=moment)
    record = partial(
        record_active_users,
        organisation=sandbox,
        livemode=sandbox.billed_mode,
        now=moment,
        operation=OPERATION,
        family="billing",
    )
    counted = record(users=users)
    if counted.cap is None:
        return counted
    cap, room = counted.cap, max(counted.cap.last - counted.before, 0)
    return replace(record(users=users[:room]), cap=cap) if room else counted


def _collect(sandbox: Organisation, now: datetime) -> None:
    """Take invoices and credit notes as far as they go by the sandbox's clock."""
    moment = sandbox.moment(now)
    mine = Invoice.objects.filter(organisation=sandbox)
    for invoice in mine.filter(next_attempt_at__lte=moment):
        driving.retry(invoice, now=now)
    for invoice_id in (
        driving.due(now=now).filter(organisation=sandbox).values_list("pk", flat=True)
    ):
        driving.drive(invoice_id, now=now)
    notes = CreditNote.objects.filter(organisation=sandbox, next_attempt_at__lte=moment)
    notes.update(next_attempt_at=now)
    for note_id in refunds.due(now=now).filter(organisation=sandbox).values_list("pk", flat=True):
        refunds.issue(note_id, now=now)
    dunning.settle(sandbox.pk, now=now)


def _stops(sandbox: Organisation, moment: datetime) -> Iterator[datetime]:
    """When, after `moment`, something falls due in the sandbox."""
    closes = [closes_at(month(moment)), closes_at(month(month_before(moment)))]
    invoices = Invoice.objects.filter(organisation=sandbox)
    account = BillingAccount.objects.filter(pk=sandbox.pk)
    told = [
        next_month(moment),
        *closes,
        *invoices.values_list("next_attempt_at", flat=True),
        *invoices.filter(state=Invoice.State.FINALISED).values_list("due_at", flat=True),
        *account.values_list("grace_ends_at", flat=True),
    ]
    return (each for each in told if each is not None and each > moment)


def _protected(sandbox: Organisation) -> list[QuerySet[Any]]:
    """What would hold up its end, in an order in which nothing does."""
    return [
        LedgerEntry.objects.filter(organisation=sandbox),
        CreditNote.objects.filter(organisation=sandbox),
        Invoice.objects.filter(organisation=sandbox),
        CreditEntry.objects.filter(credit__organisation=sandbox),
        Credit.objects.filter(organisation=sandbox),
        Contract.objects.filter(organisation=sandbox),
        Correction.objects.filter(statement__organisation=sandbox),
        Statement.objects.filter(organisation=sandbox),
        PriceVersion.objects.filter(price_list__organisation=sandbox),
    ]
