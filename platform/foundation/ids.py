"""Public identifiers: a prefix that names the thing, then 22 characters that sort by time."""

import os
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models

from foundation import base62

LENGTH = 22
PATTERN = r"[a-z]{2,8}_[0-9A-Za-z]{22}"

if TYPE_CHECKING:
    _TextField = models.CharField[str, str]
else:
    _TextField = models.CharField  # generic for the type checker only


_BYTES = 10
_AT_ONCE = 100
# Asked for many at a time: for each alone the operating system takes longer than all the rest.
_random: list[bytes] = []
os.register_at_fork(after_in_child=_random.clear)


def new_id(prefix: str, now: datetime) -> str:
    """`prefix_` + 48 bits of milliseconds and 80 random bits: unguessable, ordered by creation."""
    milliseconds = int(now.timestamp() * 1000)
    return f"{prefix}_{base62.encode((milliseconds << 8 * _BYTES) | _bits(), LENGTH)}"


def _bits() -> int:
    """Of `_BYTES`, from the operating system, each used once in whichever thread asks."""
    while True:
        try:
            return int.from_bytes(_random.pop())
        except IndexError:
            drawn = os.urandom(_BYTES * _AT_ONCE)
            _random.extend(drawn[at : at + _BYTES] for at in range(0, len(drawn), _BYTES))


class IdField(_TextField):
    """A primary key made by `new_id`; collation "C" keeps the database's order that of the text."""

    def __init__(self, **options: Any) -> None:
        ours: dict[str, Any] = {"primary_key": True, "max_length": 40, "db_collation": "C"}
        super().__init__(**{"editable": False, **ours, **options})
