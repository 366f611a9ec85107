"""Price lists, contracts and credits for tests with a database."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

from billing.models import Credit, PriceList, PriceVersion
from billing.services.credits import grant_credit
from billing.services.prices import publish
from tenants.models import Organisation

PUBLISHED_BANDS = [(0, 9_999, "0"), (10_000, 100_000, "0.005"), (100_001, None, "0.002")]
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def day(month: int, of_month: int = 1, year: int = 2026) -> datetime:
    return datetime(year, month, of_month, tzinfo=UTC)


def price_list(
    slug: str = "acme",
    *,
    code: str = "usd",
    organisation: Organisation | None = None,
    effective_at: datetime = LONG_AGO,
    bands: Sequence[tuple[int, int | None, str]] = ((0, None, "0.001"),),
    mode: str = "volume",
    allow_decrease: bool = False,
) -> PriceList:
    """A list with one published version."""
    made = PriceList.objects.create(
        slug=slug, name=slug.title(), currency=code, organisation=organisation
    )
    version = draft(
        made, bands=bands, effective_at=effective_at, mode=mode, allow_decrease=allow_decrease
    )
    publish(version=version, now=LONG_AGO)
    return made


def draft(
    made: PriceList,
    *,
    bands: Sequence[tuple[int, int | None, str]] = ((0, None, "0.001"),),
    effective_at: datetime = LONG_AGO,
    mode: str = "volume",
    allow_decrease: bool = False,
) -> PriceVersion:
    """A version of the list that prices active users, not yet published."""
    version = made.versions.create(
        number=made.versions.count() + 1, effective_at=effective_at, allow_decrease=allow_decrease
    )
    price = version.prices.create(meter="mau", description="Monthly active users", mode=mode)
    for first, last, unit_price in bands:
        price.bands.create(first=first, last=last, unit_price=Decimal(unit_price))
    return version


def credit(organisation: Organisation, minor: int, until: datetime | None = None) -> Credit:
    return grant_credit(
        organisation=organisation, amount_minor=minor, now=day(10), expires_at=until
    )
