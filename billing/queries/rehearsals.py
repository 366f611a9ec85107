"""What the last month would have cost by a version of prices that is not in force yet."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import islice
from typing import Final

from django.db.models import Q

from billing.models import Contract, PriceVersion
from billing.queries.idle import owing_unused
from billing.queries.inputs import months_inputs
from billing.queries.prices import PUBLISHED, terms_of
from billing.rules.months import MonthInputs, compose
from billing.rules.prices import PriceTerms
from foundation import clock
from metering.models import UsageMonth
from tenants.models import Organisation

AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """An organisation's charges of the month, in minor units; credits and corrections left out."""

    organisation: Organisation
    currency: str
    billed_minor: int
    rehearsed_minor: int

    @property
    def difference_minor(self) -> int:
        return self.rehearsed_minor - self.billed_minor


def last_month(now: datetime) -> date:
    return clock.month_before(now).date()


def rehearse(version: PriceVersion, *, now: datetime) -> list[Rehearsed]:
    """Every organisation that the version would have priced last month; the dearest change first.

    Reckoned anew from the counters, once by the prices of the month and once with this version in
    the place of its list.
    """
    month, terms = last_month(now), terms_of(version)
    found = [
        each for group in _groups(month, terms) for each in _rehearsed(group, month, terms, now)
    ]
    return sorted(found, key=lambda each: (-abs(each.difference_minor), each.organisation.pk))


def _groups(month: date, terms: PriceTerms) -> Iterator[list[Organisation]]:
    counted = UsageMonth.objects.filter(livemode=True, month=month).values("organisation")
    start = datetime(month.year, month.month, month.day, tzinfo=UTC)
    agreed = Contract.objects.filter(starts_at__lt=clock.next_month(start)).exclude(
        ends_at__lte=start
    )
    who = Q(pk__in=counted) | Q(pk__in=agreed.values("organisation"))
    who |= Q(pk__in=owing_unused(month))
    if terms.list == PUBLISHED:
        who |= Q(pk__in=owing_unused(month, terms))
    rows = Organisation.objects.filter(sandbox_of=None).filter(who)
    each = rows.order_by("pk").iterator(chunk_size=AT_ONCE)
    while group := list(islice(each, AT_ONCE)):
        yield group


def _rehearsed(
    group: list[Organisation], month: date, terms: PriceTerms, now: datetime
) -> Iterator[Rehearsed]:
    facts = months_inputs(group, livemode=True, month=month, now=now)
    for organisation in group:
        billed = _charges(facts[organisation.pk].inputs)
        if any(segment.terms.list == terms.list for segment in billed.segments):
            yield Rehearsed(
                organisation,
                billed.currency.code,
                compose(billed).total_minor,
                compose(_by(terms, billed)).total_minor,
            )


def _charges(inputs: MonthInputs) -> MonthInputs:
    """What was paid of it and what earlier months add has nothing to do with the prices."""
    return replace(inputs, credits=(), corrections=())


def _by(terms: PriceTerms, inputs: MonthInputs) -> MonthInputs:
    segments = [
        replace(each, terms=terms) if each.terms.list == terms.list else each
        for each in inputs.segments
    ]
    return replace(inputs, segments=segments)
