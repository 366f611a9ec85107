"""`tifo statements verify` and `tifo statements close`: check what was closed, or close a month."""

from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Min

from billing.management.words import counted, month
from billing.models import Closing, Statement
from billing.queries.verification import exported_problems, kept_problems
from billing.refusals import MonthClosed, MonthNotOver
from billing.rules.statements.contents import month_name
from billing.services.closing import close_month, still_open
from foundation.clock import now
from metering.models import UsageMonth
from metering.services.months import closes_at
from tenants.models import Organisation

BAD_INPUT = 2


class Command(BaseCommand):
    help = "Recompute statements from their inputs, or close a month at once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="subcommand", required=True)
        verify = commands.add_parser("verify", help="recompute; 1 if anything differs")
        verify.add_argument("file", nargs="?", type=Path, help="an export; without it: --all")
        verify.add_argument("--all", action="store_true", help="whatever the database keeps")
        close = commands.add_parser("close", help="close a month, as beat does by itself")
        close.add_argument("month", type=month, help="such as 2026-10")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["subcommand"] == "close":
            self._close(options["month"])
            return
        if (options["file"] is None) != options["all"]:
            raise CommandError("Name a file, or say --all.", returncode=BAD_INPUT)
        problems = list(_problems(options["file"]))
        for problem in problems:
            self.stdout.write(problem)
        if problems:
            raise CommandError(f"{len(problems)} to look at.", returncode=1)
        what = options["file"] or counted(Statement.objects.count(), "statement")
        self.stdout.write(f"Recomputed, and right to the byte: {what}.")

    def _close(self, period: date) -> None:
        name = month_name(period)
        if _was_before_all(period):
            raise CommandError(f"{name}: there was no organisation yet.", returncode=BAD_INPUT)
        done = Closing.objects.filter(month=period, livemode=True, finished_at__isnull=False)
        try:
            if done.exists() and not still_open(period):
                raise MonthClosed(f"{name} is closed.", month=name)
            made = close_month(period, now=now())
        except (MonthClosed, MonthNotOver) as refused:
            raise CommandError(f"{refused.code}: {refused.detail}", returncode=1) from refused
        self.stdout.write(f"{name}: {counted(made, 'statement')}.")
        if left := still_open(period):
            whose = "organisation's month stays open: it waits"
            if left > 1:
                whose = "organisations' months stay open: they wait"
            self.stdout.write(
                f"{left:,} {whose} for an earlier month, or an error in the log says what "
                "contradicts itself."
            )


def _was_before_all(period: date) -> bool:
    """Whether no organisation was there in the month: most likely a slip in the year."""
    first = Organisation.objects.aggregate(first=Min("created_at"))["first"]
    if first is None or first < closes_at(period):
        return False
    return not UsageMonth.objects.filter(month=period).exists()


def _problems(file: Path | None) -> Iterator[str]:
    if file is None:
        return kept_problems()
    try:
        return exported_problems(file.read_bytes())
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error}", returncode=BAD_INPUT) from error
