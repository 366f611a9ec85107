"""Prices in words, for the operator's pages."""

from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from billing.models import MeterPrice, PriceVersion
from billing.rules.lint import told
from billing.rules.prices import Band
from billing.rules.rounding import plain
from billing.services.prices import bands_problems, version_falls


def verdict(version: PriceVersion) -> str | SafeString:
    """What is wrong with its bands, else where its totals fall, a line each."""
    said = bands_problems(version)
    if not said:
        said = [told(fall, version.price_list.currency) for fall in version_falls(version)]
    lines = said or ["No total falls as its quantity grows."]
    return format_html_join("", "<p>{}</p>", ((line,) for line in lines))


def bands_told(price: MeterPrice) -> str:
    """Its bands in one line: `0–9,999: 0; 10,000 and more: 0.005`."""
    bands = [Band(each.first, each.last, each.unit_price, each.flat) for each in price.bands.all()]
    return "; ".join(f"{band}: {_cost(band)}" for band in bands) or "none yet"


def _cost(band: Band) -> str:
    flat = f" and {plain(band.flat)} once" if band.flat else ""
    return f"{plain(band.unit_price)}{flat}"
