"""End users as they are kept: keyed hashes that tell nothing of a name, nor join two months."""

import functools
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Final

from django.conf import settings

from foundation.clock import month
from metering.end_users import Respelt

HASH_BYTES: Final = 16
Former = Mapping[bytes, Sequence[bytes]]  # under which hashes a user may have been counted before


def hash_users(
    organisation_id: str, users: Iterable[str], *, livemode: bool, now: datetime
) -> list[bytes]:
    """128-bit BLAKE2b of each distinct user, keyed per organisation, mode and month.

    The key differs each month, so that two months' rows cannot be joined on a person.
    """
    keyed = _keyed(settings.KEY_PEPPER, organisation_id, livemode, month(now))
    hashes = []
    for user in dict.fromkeys(users):
        digest = keyed.copy()
        digest.update(user.encode())
        hashes.append(digest.digest())
    return hashes


def former_hashes(
    organisation_id: str, users: Iterable[str], *, livemode: bool, now: datetime
) -> Former:
    """For each user who was told in another spelling, the hashes of the former ones."""
    found: dict[bytes, list[bytes]] = {}
    for user in users:
        if isinstance(user, Respelt):
            own, *former = hash_users(
                organisation_id, [user, *user.former], livemode=livemode, now=now
            )
            found.setdefault(own, []).extend(former)
    return found


@functools.lru_cache(maxsize=10_000)
def _keyed(pepper: str, organisation_id: str, livemode: bool, period: date) -> "hashlib.blake2b":
    """Ready to be copied: each call of an organisation would key it anew, for twice the time."""
    key = hashlib.blake2b(
        f"{organisation_id}|{livemode}|{period}".encode(), key=pepper.encode()[:64]
    )
    return hashlib.blake2b(digest_size=HASH_BYTES, key=key.digest())
