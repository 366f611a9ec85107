"""The hash under which a fan is counted."""

from datetime import UTC, datetime
from typing import Any

import pytest

from billing.meters import HASH_BYTES, hash_users

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


class TestAHash:
    @pytest.mark.parametrize("length", [1, 63, 64, 65, 200])
    def test_is_made_whatever_the_length_of_the_pepper(self, settings: Any, length: int) -> None:
        settings.KEY_PEPPER = "p" * length
        [made] = hash_users(f"org_{length}", ["ana"], livemode=True, now=NOW)
        assert len(made) == HASH_BYTES
