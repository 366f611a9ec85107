"""Minor units and quantities as people and programs read them."""

from decimal import Decimal
from typing import Any


def amount(minor: int, digits: int) -> str:
    """Minor units as a decimal number: 5001 is 50.01 where there are two digits."""
    return f"{Decimal(minor).scaleb(-digits):f}"


def money(minor: int, content: dict[str, Any]) -> str:
    """As a person reads it: 1,234.50 USD."""
    return f"{Decimal(minor).scaleb(-content['minor_digits']):,f} {content['currency'].upper()}"


def quantity(text: str | None) -> str:
    """With commas between thousands; nothing for a line that counts nothing."""
    return "" if text is None else f"{Decimal(text):,f}"


def unit_price(line: dict[str, Any], content: dict[str, Any]) -> str:
    """The price of a unit, or of as many as the price is for."""
    if line["unit_price"] is None:
        return "in bands" if line["kind"] == "usage" else ""
    return _price(line["unit_price"], line["per"], content)


def bands(line: dict[str, Any], content: dict[str, Any]) -> tuple[str, ...]:
    """Of a line whose units have no one price: each band that the month has reached."""
    if line["kind"] != "usage" or line["unit_price"] is not None:
        return ()
    prices = content["segments"][line["segment"]]["prices"]
    price = next(each for each in prices if each["meter"] == line["meter"])
    used = (each["quantities"].get(line["meter"], "0") for each in content["segments"])
    many = sum(map(Decimal, used))
    reached = [each for each in price["bands"] if each["first"] <= max(many, Decimal(1))]
    return tuple(_band(each, line["per"], content) for each in reached)


def _band(band: dict[str, Any], per: int, content: dict[str, Any]) -> str:
    flat = Decimal(band["flat"])
    more = f", and {flat:,f} {content['currency'].upper()} once" if flat else ""
    last = "on" if band["last"] is None else f"to {band['last']:,}"
    return f"{max(band['first'], 1):,} {last}: {_price(band['unit_price'], per, content)}{more}"


def _price(price: str, per: int | None, content: dict[str, Any]) -> str:
    many = "" if per in (None, 1) else f" for {per:,}"
    return f"{price} {content['currency'].upper()}{many}"
