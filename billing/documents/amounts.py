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
        return ""
    per = "" if line["per"] in (None, 1) else f" for {line['per']:,}"
    return f"{line['unit_price']} {content['currency'].upper()}{per}"
