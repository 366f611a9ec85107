"""Public identifiers: a prefix that names the thing, then 22 characters that sort by time."""

import secrets
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


def new_id(prefix: str, now: datetime) -> str:
    """`prefix_` + 48 bits of milliseconds and 80 random bits: unguessable, ordered by creation."""
    milliseconds = int(now.timestamp() * 1000)
    return f"{prefix}_{base62.encode((milliseconds << 80) | secrets.randbits(80), LENGTH)}"


class IdField(_TextField):
    """A primary key made by `new_id`; collation "C" keeps the database's order that of the text."""

    def __init__(self, **options: Any) -> None:
        ours: dict[str, Any] = {"primary_key": True, "max_length": 40, "db_collation": "C"}
        super().__init__(**{"editable": False, **ours, **options})
