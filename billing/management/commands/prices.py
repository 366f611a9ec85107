"""`tifo prices lint [LIST]`: where a price list's totals fall as usage grows."""

from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from billing.models import PriceList, PriceVersion
from billing.queries.prices import terms_of, versions_in_force
from billing.rules.lint import told
from billing.rules.prices import Mode
from billing.services.prices import bands_problems, terms_falls
from foundation.clock import now


class Command(BaseCommand):
    help = "Look over price lists: `lint` prints where one more unit lowers a total; 1 if any does."

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="subcommand", required=True)
        lint = commands.add_parser("lint", help="where totals fall, and by how much")
        lint.add_argument("list", nargs="?", help="the slug of one list; every list without it")
        lint.add_argument(
            "--mode", choices=[*Mode], help="read the bands in this mode and not in their own"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(_versions(options["list"], now()))
        said = [line for each in found for line in self._lines(each, options["mode"])]
        for line in said:
            self.stdout.write(line)
        if said:
            raise CommandError(f"{len(said)} to look at.", returncode=1)
        self.stdout.write(f"No total falls in {', '.join(map(str, found)) or 'any list'}.")

    def _lines(self, version: PriceVersion, mode: str | None) -> Iterator[str]:
        problems = bands_problems(version)
        if not problems:
            terms = terms_of(version)
            if mode:
                prices = tuple(replace(each, mode=Mode(mode)) for each in terms.prices)
                terms = replace(terms, prices=prices)
            problems = [told(fall, terms.currency) for fall in terms_falls(terms)]
        for problem in problems:
            yield f"{version}: {problem}"


def _versions(slug: str | None, moment: datetime) -> Iterator[PriceVersion]:
    """Of each list the version in force, and whatever is to follow it: drafts, and dated ones."""
    lists = PriceList.objects.order_by("slug")
    if slug is not None:
        lists = lists.filter(pk=slug)
        if not lists.exists():
            raise CommandError(f"There is no price list {slug!r}.", returncode=2)
    slugs = [each.pk for each in lists]
    in_force = versions_in_force(slugs, moment)
    versions = PriceVersion.objects.filter(price_list__in=slugs).select_related("price_list")
    for each in versions.order_by("price_list", "number"):
        current = in_force.get(each.price_list_id)
        later = each.published_at is None or (current and each.effective_at > current.effective_at)
        if later or each == current:
            yield each
