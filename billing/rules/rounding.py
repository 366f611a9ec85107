"""From exact amounts to minor units and to text; no binary fraction on the way."""

from decimal import Decimal
from fractions import Fraction
from typing import Final

from billing.rules.currencies import Currency, UnknownCurrency
from billing.rules.currencies import currency as currency_of

PLACES: Final = 18  # decimals that an unrounded amount is written with, at most


def half_up(amount: Fraction) -> int:
    """The nearest whole number; a half goes away from zero."""
    away = (2 * abs(amount.numerator) + amount.denominator) // (2 * amount.denominator)
    return away if amount >= 0 else -away


def minor(amount: Fraction, currency: Currency) -> int:
    """`amount` of the currency in its minor units: the one rounding of a line."""
    return half_up(amount * 10**currency.digits / currency.step) * currency.step


def exact(amount_minor: int, currency: Currency) -> Fraction:
    """Minor units as an amount of the currency."""
    return Fraction(amount_minor, 10**currency.digits)


def plain(number: Decimal) -> str:
    """Without an exponent or zeros at the end: 0.0050 becomes 0.005, and 1E+3 becomes 1000."""
    text = f"{number or Decimal(0):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def unrounded(amount: Fraction) -> str:
    """The exact amount: a decimal if it ends within 18 places, else `numerator/denominator`."""
    scaled = amount * 10**PLACES
    if scaled.denominator != 1:
        return f"{amount.numerator}/{amount.denominator}"
    whole, rest = divmod(abs(scaled.numerator), 10**PLACES)
    sign = "-" if amount < 0 else ""
    return f"{sign}{whole}.{rest:0{PLACES}}".rstrip("0").rstrip(".")


def money(amount: Fraction, currency: Currency) -> str:
    """An amount for people, rounded to the minor unit: `500.00 USD`."""
    of_minor = minor(amount, currency)
    whole, rest = divmod(abs(of_minor), 10**currency.digits)
    sign = "-" if of_minor < 0 else ""
    decimals = f".{rest:0{currency.digits}}" if currency.digits else ""
    return f"{sign}{whole:,}{decimals} {currency.code.upper()}"


def minor_money(amount_minor: int, code: str) -> str:
    """Minor units for people: 28487 of usd is `284.87 USD`; of what is no currency, as they are."""
    try:
        unit = currency_of(code)
    except UnknownCurrency:
        return f"{amount_minor:,} minor units of {code.upper()}"
    return money(exact(amount_minor, unit), unit)


class TooFine(ValueError):
    """An amount that the currency cannot be paid in."""


def minor_exactly(amount: Decimal, currency: Currency) -> int:
    """The amount in minor units; TooFine where it is no multiple of the smallest one there is."""
    of_minor = Fraction(amount) * 10**currency.digits
    if of_minor.denominator != 1 or of_minor.numerator % currency.step:
        smallest = money(exact(currency.step, currency), currency)
        raise TooFine(f"The smallest amount of this currency is {smallest}.")
    return int(of_minor)
