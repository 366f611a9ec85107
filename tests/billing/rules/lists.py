"""Price lists that the tests of the rules share."""

from decimal import Decimal

from billing.rules.prices import Band, MeterPrice, Mode, PriceTerms

PUBLISHED = (
    Band(0, 9_999, Decimal(0)),
    Band(10_000, 100_000, Decimal("0.005")),
    Band(100_001, None, Decimal("0.002")),
)


def mau(mode: Mode = Mode.VOLUME, bands: tuple[Band, ...] = PUBLISHED) -> MeterPrice:
    return MeterPrice("mau", mode, bands, description="Monthly active users")


def terms(*prices: MeterPrice, slug: str = "published", code: str = "usd") -> PriceTerms:
    return PriceTerms(slug, 1, code, prices or (mau(),))


def flat(meter: str, unit_price: str, per: int = 1) -> MeterPrice:
    return MeterPrice(meter, Mode.VOLUME, (Band(0, None, Decimal(unit_price)),), per, meter)
