"""Segments and prices to and from what a statement stores; see `billing.rules.contents`."""

from datetime import date
from functools import lru_cache
from typing import Any

from billing.rules.prices import Band, MeterPrice, Mode, PriceTerms, band_problems
from billing.rules.rating import Segment
from billing.rules.reading import BadContent, Reader, rows
from billing.rules.rounding import plain


def segment_content(segment: Segment) -> dict[str, Any]:
    return {
        "start": segment.start.isoformat(),
        "end": segment.end.isoformat(),
        "list": segment.terms.list,
        "version": segment.terms.version,
        "contract": segment.contract,
        "discount_percent": plain(segment.discount_percent),
        "prices": [price_content(each) for each in segment.terms.prices],
        "quantities": {meter: plain(each) for meter, each in segment.quantities.items()},
    }


def segment(read: Reader, code: str) -> Segment:
    terms = PriceTerms(
        list=read.text("list"),
        version=read.whole("version"),
        currency=code,
        prices=rows(read, "prices", _price),
    )
    return Segment(
        start=_day(read, "start"),
        end=_day(read, "end"),
        terms=terms,
        quantities=read.numbers("quantities"),
        contract=read.text_or_none("contract"),
        discount_percent=read.number("discount_percent"),
    )


@lru_cache(maxsize=1_024)
def price_content(price: MeterPrice) -> dict[str, Any]:
    """As it is stored; the same for every month under the same price, so nobody may write to it."""
    return {
        "meter": price.meter,
        "mode": str(price.mode),
        "per": price.per,
        "description": price.description,
        "bands": [
            {
                "first": band.first,
                "last": band.last,
                "unit_price": plain(band.unit_price),
                "flat": plain(band.flat),
            }
            for band in price.bands
        ],
    }


def _price(read: Reader) -> MeterPrice:
    mode = read.text("mode")
    if mode not in set(Mode):
        raise BadContent(f"{read.at}/mode: {mode!r} is no mode of prices.")
    per = read.whole("per")
    bands = rows(read, "bands", _band)
    problems = band_problems(bands) or (["A price is for 1 unit or more."] if per < 1 else [])
    if problems:
        raise BadContent(f"{read.at}/bands: {problems[0]}")
    return MeterPrice(read.text("meter"), Mode(mode), bands, per, read.text("description"))


def _band(read: Reader) -> Band:
    return Band(
        first=read.whole("first"),
        last=read.whole_or_none("last"),
        unit_price=read.number("unit_price"),
        flat=read.number("flat"),
    )


def _day(read: Reader, key: str) -> date:
    text = read.text(key)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadContent(f"{read.at}/{key}: {text!r} is no day, as in 2026-10-01.") from None
