"""The currencies that an invoice can be in, and the smallest amount of each.

Amounts are integers of the unit that Stripe's API takes, so that what is reckoned here is what is
charged there: https://docs.stripe.com/currencies, as of 2026-09.
"""

from dataclasses import dataclass
from typing import Final


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


# The amount is the number of whole units.
ZERO_DECIMAL: Final = _codes("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf")
# Thousandths, of which the last digit must be 0: Stripe's partners take no finer amount.
THREE_DECIMAL: Final = _codes("bhd jod kwd omr tnd")
# They have no hundredths any more, and Stripe still takes them in hundredths, which must be 00.
# (Its list of zero-decimal currencies names UGX too; the special case beneath it prevails.)
WHOLE_IN_HUNDREDTHS: Final = _codes("isk ugx")
TWO_DECIMAL: Final = _codes(
    "usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn "
    "bzd cad cdf chf cny cop crc cve czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq "
    "gyd hkd hnl htg huf idr ils inr jmd kes kgs khr kyd kzt lak lbp lkr lrd lsl mad mdl mkd "
    "mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk php pkr pln qar "
    "ron rsd rub sar sbd scr sek sgd shp sle sos srd std szl thb tjs top try ttd twd tzs uah "
    "uyu uzs wst xcd yer zar zmw"
)


class UnknownCurrency(ValueError):
    """No invoice can be made in this currency."""


@dataclass(frozen=True, slots=True)
class Currency:
    """`digits` decimals make its minor unit; every amount is a multiple of `step` of these."""

    code: str
    digits: int
    step: int = 1


def currency(code: str) -> Currency:
    """The currency of this ISO 4217 code in lower case; UnknownCurrency for any other text."""
    if code in TWO_DECIMAL:
        return Currency(code, 2)
    if code in ZERO_DECIMAL:
        return Currency(code, 0)
    if code in WHOLE_IN_HUNDREDTHS:
        return Currency(code, 2, 100)
    if code in THREE_DECIMAL:
        return Currency(code, 3, 10)
    raise UnknownCurrency(
        f"{code!r} is no currency that Stripe can charge: three letters of ISO 4217 in lower case, "
        "as in usd."
    )
