"""How often an operator's password may be guessed, and why a stranger cannot keep the owner out.

Wrong passwords count against the address and against the account, so that neither one machine nor a
thousand guess for long. A browser that has logged in to the account before carries a signed cookie
and is counted by itself alone: whoever uses up the account's guesses stops strangers, not its owner
(device cookies: OWASP, "Slow Down Online Guessing Attacks with Device Cookies").

A try is counted before its password is looked at, or tries at the same time would pass together; a
right one is given back.
"""

import ipaddress
import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.core import signing
from django.utils.crypto import salted_hmac

from foundation.clock import microseconds
from gateway.callers.addresses import throttled_as
from gateway.refusals import TooManyAttempts
from gateway.stores import store
from ratelimit.errors import RedisAway
from ratelimit.local import LocalLimits
from ratelimit.rules import Charge, Rate

HOUR_MS: Final = 3_600_000
_KEY: Final = "logins"
# What is counted while Redis is away. Each process counts the whole limit: a part of ten an hour
# could be none, and an operator is needed in an outage. Strangers without number must not take up
# the room of known browsers.
_of_known = LocalLimits(fraction=1, reserve=0, processes=1)
_of_unknown = LocalLimits(fraction=1, reserve=0, processes=1)
# Lasting names, wherever this code moves: cookies of 180 days and the counts of accounts know them.
_BROWSERS: Final = "gateway.logins.browser"
_ACCOUNTS: Final = "gateway.logins.account"
_signer = signing.Signer(salt=_BROWSERS)


@dataclass(frozen=True)
class Attempt:
    """A try that was counted: each charge with its tag and the id that undoes it."""

    charges: Sequence[tuple[str, Rate, str]]

    def forgive(self) -> None:
        """The password was right: nothing was guessed."""
        for tag, rate, charge_id in self.charges:
            try:
                store().refund(tag, rate, _KEY, charge_id)
            except RedisAway:
                return  # it drains by itself within the hour


def attempt(name: str, address: str, cookie: str, *, now: datetime) -> Attempt:
    """Count a try to log in to the account `name`; `cookie` is what `remember` once answered.

    Raises:
        TooManyAttempts: the password must not even be looked at.
    """
    account = account_of(name)
    browser = known_browser(cookie, account, now=now)
    if browser:
        return _count([(f"browser:{browser}", per_address())], known=True)
    subjects = [(f"{settings.UNAUTHENTICATED_PREFIX}{throttled_as(address)}", per_address())]
    if not _is_this_machine(address):  # its owner, who cannot be kept out by the others' guesses
        subjects.append((f"account:{account}", per_account()))
    return _count(subjects, known=False)


def attempt_change(user_id: int) -> Attempt:
    """Count a try to change the password from an open session, which asks for the old one.

    Raises:
        TooManyAttempts: the old password must not even be looked at.
    """
    return _count([(f"session:{user_id}", per_address())], known=True)


def remember(name: str, *, now: datetime) -> str:
    """The cookie of a browser that has just logged in to the account."""
    token = secrets.token_urlsafe(16)
    return _signer.sign_object([account_of(name), token, microseconds(now)])


def known_browser(cookie: str, account: str, *, now: datetime) -> str:
    """The browser's token, or "" where the cookie is forged, too old or another account's."""
    try:
        whose, token, since_us = _signer.unsign_object(cookie)
    except (signing.BadSignature, ValueError, TypeError):
        return ""
    oldest = microseconds(now - timedelta(days=settings.LOGIN_BROWSER_DAYS))
    return token if whose == account and since_us > oldest else ""


def account_of(name: str) -> str:
    """The account as it is counted and logged: a keyed hash, for people type passwords as names."""
    told = unicodedata.normalize("NFKC", name).strip().casefold()
    return salted_hmac(_ACCOUNTS, told, algorithm="sha256").hexdigest()[:32]


def per_address() -> Rate:
    """Also of a known browser and of an open session."""
    return _rate("logins-per-address", settings.LOGINS_PER_ADDRESS)


def per_account() -> Rate:
    """Of all addresses together that are not known browsers of the account."""
    return _rate("logins-per-account", settings.LOGINS_PER_ACCOUNT)


def _rate(name: str, per_hour: int) -> Rate:
    return Rate(name, quantity=per_hour, per_ms=HOUR_MS, burst=per_hour, unit="attempt")


def _count(subjects: Sequence[tuple[str, Rate]], *, known: bool) -> Attempt:
    counted = []
    for tag, rate in subjects:
        owed = [Charge(rate, _KEY)]
        try:
            outcome = store().admit(tag, owed)
        except RedisAway:
            outcome = (_of_known if known else _of_unknown).admit(tag, owed)
        if not outcome.admitted:
            raise TooManyAttempts("wrong logins", retry_after_ms=outcome.retry_after_ms or 0)
        counted.append((tag, rate, outcome.decisions[0].charge_id))
    return Attempt([each for each in counted if each[2]])


def _is_this_machine(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
