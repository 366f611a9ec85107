"""The currencies that Stripe presents, their minor units, and the least that a card is charged."""

from tests.stripe.stand_in.wire.refusals import InvalidRequest

_KNOWN = """
usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bif bmd bnd bob brl bsd bwp byn bzd
cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq
gyd hkd hnl hrk htg huf idr ils inr isk jmd jpy kes kgs khr kmf krw kyd kzt lak lbp lkr lrd lsl
mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk php pkr
pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd std szl thb tjs top try ttd twd
tzs uah ugx uyu uzs vnd vuv wst xaf xcd xof xpf yer zar zmw bhd jod kwd omr tnd
"""
_ZERO_DECIMAL = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf"

KNOWN = frozenset(_KNOWN.split())
ZERO_DECIMAL = frozenset(_ZERO_DECIMAL.split())
THREE_DECIMAL = frozenset(("bhd", "jod", "kwd", "omr", "tnd"))
# Written with two decimals for history's sake, although they have none.
WHOLE_ALTHOUGH_TWO_DECIMAL = frozenset(("isk", "ugx"))

LEAST_CHARGE = dict.fromkeys(("usd", "aud", "brl", "cad", "chf", "eur", "inr", "nzd", "sgd"), 50)
LEAST_CHARGE |= {"aed": 200, "bgn": 100, "czk": 1500, "dkk": 250, "gbp": 30, "hkd": 400}
LEAST_CHARGE |= {"huf": 17500, "jpy": 50, "mxn": 1000, "myr": 200, "nok": 300, "pln": 200}
LEAST_CHARGE |= {"ron": 200, "sek": 300, "thb": 1000}
MOST_CHARGE = 99_999_999


def known(currency: str, param: str = "currency") -> str:
    """In lower case, as Stripe keeps it."""
    if currency.lower() not in KNOWN:
        message = f"Invalid currency: {currency}. Stripe currently supports these currencies: "
        raise InvalidRequest(message + ", ".join(sorted(KNOWN)), param=param)
    return currency.lower()


def refuse_unchargeable(amount: int, currency: str) -> None:
    """A card is charged in whole units where a currency has none smaller, and in tens of fils."""
    if amount > MOST_CHARGE:
        message = f"Amount must be no more than {MOST_CHARGE} in {currency}."
        raise InvalidRequest(message, code="amount_too_large", param="amount")
    refuse_finer(amount, currency)


def refuse_finer(amount: int, currency: str) -> None:
    """Of what is charged, and of what is given back."""
    step = 100 if currency in WHOLE_ALTHOUGH_TWO_DECIMAL else 10
    if currency in WHOLE_ALTHOUGH_TWO_DECIMAL | THREE_DECIMAL and amount % step:
        message = f"Invalid amount: {amount} in {currency} must be a multiple of {step}."
        raise InvalidRequest(message, code="invalid_charge_amount", param="amount")
