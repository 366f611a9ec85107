"""What is charged: the versions of lists in force, and what each organisation's month is priced by.

A month is billed by the versions that were in force when it began; one that takes force inside it
waits for the next. Only a contract changes prices inside a month, at the start of a UTC day.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

from django.db.models import Q

from billing.models import Contract, PriceVersion
from billing.rules import prices
from billing.rules.agreements import Agreed, Agreement, agreement
from billing.rules.prices import Mode, PriceTerms, band_at
from foundation import clock
from foundation.errors import NotFound
from tenants.models import TierVersion
from tenants.offers import Offer

PUBLISHED: Final = "published"


def terms_of(version: PriceVersion) -> PriceTerms:
    """A version, published or a draft, as plain values."""
    return PriceTerms(
        list=version.price_list_id,
        version=version.number,
        currency=version.price_list.currency,
        prices=tuple(
            prices.MeterPrice(
                meter=price.meter,
                mode=Mode(price.mode),
                bands=tuple(
                    prices.Band(band.first, band.last, band.unit_price, band.flat)
                    for band in price.bands.all()
                ),
                per=price.per,
                description=price.description,
            )
            for price in sorted(version.prices.all(), key=lambda each: each.pk)
        ),
    )


def versions_in_force(slugs: Collection[str], moment: datetime) -> dict[str, PriceVersion]:
    """The version of each list that prices the month which begins at `moment`.

    That is the newest one that had taken force by then, or the first that ever does: a list that
    begins inside a month was made for a contract that begins there.
    """
    rows = (
        PriceVersion.objects.filter(price_list__in=slugs, published_at__isnull=False)
        .order_by("effective_at", "number")
        .select_related("price_list")
        .prefetch_related("prices__bands")
    )
    found: dict[str, PriceVersion] = {}
    for row in rows:
        if row.effective_at <= moment or row.price_list_id not in found:
            found[row.price_list_id] = row
    return found


def terms_in_force(slugs: Collection[str], month: date) -> dict[str, PriceTerms]:
    """What `versions_in_force` says of the UTC month that begins on the day `month`."""
    return {slug: terms_of(row) for slug, row in versions_in_force(slugs, _start(month)).items()}


def published_terms(month: date) -> PriceTerms:
    """The published prices of the UTC month that begins on the day `month`."""
    terms = terms_in_force([PUBLISHED], month).get(PUBLISHED)
    if terms is None:
        raise NotFound("The published price list has no version.")
    return terms


def agreements(organisation_ids: Collection[str], month: date) -> dict[str, Agreement]:
    """What each organisation's month is priced by; four queries, however many there are."""
    contracts = contracts_of(organisation_ids, month)
    rows = [contract for agreed in contracts.values() for contract in agreed]
    slugs = {PUBLISHED} | {row.price_list_id for row in rows if row.price_list_id}
    terms = terms_in_force(slugs, month)
    return {
        each: agreement(month, terms[PUBLISHED], _agreed(contracts.get(each, ()), terms))
        for each in organisation_ids
    }


def contracts_of(organisation_ids: Collection[str], month: date) -> dict[str, list[Contract]]:
    """The contracts that are in force on some day of the month, in their order."""
    start = _start(month)
    rows = Contract.objects.filter(
        Q(ends_at=None) | Q(ends_at__gt=start),
        organisation__in=organisation_ids,
        starts_at__lt=clock.next_month(start),
    ).order_by("starts_at")
    found: dict[str, list[Contract]] = defaultdict(list)
    for row in rows:
        found[row.organisation_id].append(row)
    return found


def _agreed(contracts: Iterable[Contract], terms: Mapping[str, PriceTerms]) -> list[Agreed]:
    return [
        Agreed(
            contract=each.pk,
            start=each.starts_at.astimezone(UTC).date(),
            end=each.ends_at.astimezone(UTC).date() if each.ends_at else None,
            terms=terms[each.price_list_id or PUBLISHED],
            discount_percent=each.discount_percent,
            minimum_commitment_minor=each.minimum_commitment_minor,
        )
        for each in contracts
    ]


@dataclass(frozen=True, slots=True)
class TierPrice:
    """What an active user of a tier costs, in units of the currency."""

    price_per_mau: Decimal
    currency: str


def tier_prices(offers: Iterable[Offer], now: datetime) -> dict[str, TierPrice]:
    """The published price of each tier's first user in the month of `now`, by the tier's slug."""
    terms = published_terms(clock.month(now))
    return {
        each.tier.pk: TierPrice(tier_price(terms, each.version), terms.currency) for each in offers
    }


def tier_price(terms: PriceTerms, tier: TierVersion) -> Decimal:
    """The unit price of the tier's first user; 0 where users have no price."""
    price = terms.price("mau")
    return band_at(price, Decimal(tier.mau_from)).unit_price if price else Decimal(0)


def _start(month: date) -> datetime:
    return datetime(month.year, month.month, 1, tzinfo=UTC)
