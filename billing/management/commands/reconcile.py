"""`tifo reconcile [MONTH]`: statements against invoices and Stripe, at once and in words."""

from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from billing.collectors.protocol import Away, Refused
from billing.management.words import counted, month
from billing.models import Reconciliation
from billing.queries.differences import compared, differences
from billing.rules.statements.contents import month_name
from billing.services.collection.reconciliation import months, reconcile
from billing.stripe_gateway import connection
from foundation.clock import now

NOT_COMPARED = 2
NO_KEY = (
    "There is no Stripe key (TIFO_STRIPE_KEY): nothing is known of Stripe. Statements are compared "
    "with the invoices kept here; one that Stripe was to ask for counts as missing there."
)


class Command(BaseCommand):
    help = "Compare statements with their invoices, here and at Stripe; 1 if anything differs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "month",
            nargs="?",
            type=month,
            help="such as 2026-10; without it: each that is recent or not settled, as beat does",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        moment = now()
        asked = [options["month"]] if options["month"] else months(moment)
        if any(each > moment.date() for each in asked):
            raise CommandError("That month has not begun.", returncode=NOT_COMPARED)
        if not connection.is_configured():
            self.stdout.write(NO_KEY)
        if not asked:
            self.stdout.write("No month is recent or not settled: nothing was compared.")
        found = sum(self._compare(each, moment) for each in asked)
        if found:
            raise CommandError(f"{counted(found, 'difference')} to look at.", returncode=1)

    def _compare(self, period: date, moment: datetime) -> int:
        try:
            row = reconcile(period, now=moment)
        except (Away, Refused) as error:
            said = f"{month_name(period)} was not compared: {error}"
            raise CommandError(said, returncode=NOT_COMPARED) from error
        for line in _told(row):
            self.stdout.write(line)
        return len(row.differences)


def _told(row: Reconciliation) -> Iterator[str]:
    found = differences(row)
    result = counted(len(found), "difference") if found else "all are equal"
    yield (
        f"{month_name(row.month)}: {counted(compared(row), 'statement')} compared with what was "
        f"invoiced, {counted(row.compared, 'invoice')} with what Stripe holds: {result}."
    )
    for each in found:
        name = each.number or each.statement_id or "no statement of ours"
        yield f"  {name}: {each.what}: here {each.ours}, there {each.theirs}."
