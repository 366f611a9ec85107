"""A listener to what is told of epochs."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from tenants import epochs
from tests.tenants.epochs.changes import News


@pytest.fixture
def heard() -> Iterator[list[News]]:
    """What was told so far, as pairs of organisation and epoch."""
    news: list[News] = []

    def hear(sender: Any, *, organisation_id: str, epoch: int, **_: Any) -> None:
        assert not connection.in_atomic_block, "told before the commit"
        news.append((organisation_id, epoch))

    epochs.changed.connect(hear)
    yield news
    epochs.changed.disconnect(hear)
