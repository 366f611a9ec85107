"""Versions of price lists: drafted, looked over, and published for good."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from billing.models import MeterPrice, PriceBand, PriceList, PriceVersion
from billing.queries.prices import terms_of
from billing.rules.currencies import UnknownCurrency, currency
from billing.rules.lint import Fall, falls_of, told
from billing.rules.prices import PriceTerms, band_problems
from metering.models import Meter


class NotPublishable(ValueError):
    """A version that cannot be published as it stands; `problems` are sentences."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = tuple(problems)


@transaction.atomic
def draft_version(*, price_list: PriceList, effective_at: datetime) -> PriceVersion:
    """The list's next version, a copy of its newest one: to be edited, then published."""
    newest = price_list.versions.order_by("-number").first()
    draft = price_list.versions.create(
        number=newest.number + 1 if newest else 1, effective_at=effective_at
    )
    if newest:
        for price in newest.prices.order_by("pk"):
            _copy(price, draft)
    return draft


def _copy(price: MeterPrice, draft: PriceVersion) -> None:
    bands = list(price.bands.all())
    price.pk, price.version = None, draft
    price.save(force_insert=True)
    for band in bands:
        band.pk, band.price = None, price
    PriceBand.objects.bulk_create(bands)


@transaction.atomic
def publish(*, version: PriceVersion, now: datetime) -> PriceVersion:
    """Make the draft the list's prices from `effective_at` on; nothing of it changes afterwards.

    Raises NotPublishable: for bands with a gap or an overlap, a currency that cannot be charged, a
    moment that has passed, or a total that falls where the version does not allow it.
    """
    # The list's row makes two publishings of it wait for each other.
    PriceList.objects.select_for_update().get(pk=version.price_list_id)
    draft = (
        PriceVersion.objects.select_for_update(of=["self"])
        .select_related("price_list")
        .get(pk=version.pk)
    )
    problems = publishing_problems(draft, now)
    if problems:
        raise NotPublishable(problems)
    draft.published_at = now
    draft.save(update_fields=["published_at"])
    return draft


def publishing_problems(version: PriceVersion, now: datetime) -> list[str]:
    """Why the version cannot be published at `now`; none if it can."""
    if version.published_at is not None:
        return [f"{version} is published already: prepare a new version."]
    said = _moment_problems(version, now) + bands_problems(version)
    if said:
        return said
    falls = version_falls(version)
    if falls and not version.allow_decrease:
        said = [told(fall, version.price_list.currency) for fall in falls]
        said.append("If this is meant, set “Allow decrease”; the mode volume_floor avoids it.")
    return said


def _moment_problems(version: PriceVersion, now: datetime) -> list[str]:
    published = version.price_list.versions.filter(published_at__isnull=False)
    newest = published.order_by("-effective_at").first()
    if newest is None:  # nobody was billed by it yet
        return []
    if version.effective_at <= now:
        return ["A list that is in use changes in the future only: choose a later moment."]
    if version.effective_at <= newest.effective_at:
        return [f"{newest} takes force later, at {newest.effective_at:%Y-%m-%d %H:%M} UTC."]
    return []


def bands_problems(version: PriceVersion) -> list[str]:
    """What is wrong with its currency, its meters and their bands, as sentences."""
    terms = terms_of(version)
    meters = set(Meter.objects.values_list("name", flat=True))
    said = [] if terms.prices else ["A version prices one meter at least."]
    try:
        currency(terms.currency)
    except UnknownCurrency as unknown:
        said.append(str(unknown))
    said += [
        f"There is no meter {each.meter}." for each in terms.prices if each.meter not in meters
    ]
    return said + [
        f"{price.meter}: {problem}"
        for price in terms.prices
        for problem in band_problems(price.bands)
    ]


def version_falls(version: PriceVersion) -> list[Fall]:
    """Where one unit more lowers a total of this version, whose bands are in order."""
    return terms_falls(terms_of(version))


def terms_falls(terms: PriceTerms) -> list[Fall]:
    """Where one unit more lowers a total; only users come in whole units."""
    summed = Meter.objects.exclude(aggregation=Meter.Aggregation.UNIQUE)
    return falls_of(terms, frozenset(summed.values_list("name", flat=True)))
