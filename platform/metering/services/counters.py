"""The counters by day: moved in the transaction that writes what they count."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db import connection


class Counter(NamedTuple):
    """Which counter, in the order in which everybody moves several of them: no two deadlock."""

    organisation_id: str
    livemode: bool
    day: date
    meter: str
    key_id: str
    family: str
    late: bool


def move(by: Mapping[Counter, Decimal]) -> None:
    """Add to each counter; below zero only what it holds."""
    _upsert(by, "kept.quantity + excluded.quantity")


def raise_to(quantities: Mapping[Counter, Decimal]) -> None:
    """Let each counter, of a meter whose largest quantity stands, be at least so high."""
    _upsert(quantities, "greatest(kept.quantity, excluded.quantity)")


def _upsert(quantities: Mapping[Counter, Decimal], becomes: str) -> None:
    if not quantities:
        return
    columns = zip(*((*name, quantities[name]) for name in sorted(quantities)), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(_UPSERT.format(becomes=becomes), [list(column) for column in columns])


_UPSERT = """
    INSERT INTO metering_usagecount AS kept
        (organisation_id, livemode, day, meter, key_id, family, late, quantity)
    SELECT * FROM unnest(%s::text[], %s::bool[], %s::date[], %s::text[], %s::text[], %s::text[],
        %s::bool[], %s::numeric[])
    ON CONFLICT (organisation_id, livemode, day, meter, key_id, family, late)
    DO UPDATE SET quantity = {becomes}
"""
