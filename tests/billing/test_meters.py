"""Monthly active users: the hash under which a fan is counted, and the count."""

from datetime import UTC, datetime
from typing import Any

import pytest

from billing.meters import HASH_BYTES, Counted, hash_users, record_active_users
from tests.conftest import Tenant

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


class TestAHash:
    @pytest.mark.parametrize("length", [1, 63, 64, 65, 200])
    def test_is_made_whatever_the_length_of_the_pepper(self, settings: Any, length: int) -> None:
        settings.KEY_PEPPER = "p" * length
        [made] = hash_users("org_1", ["ana"], livemode=True, now=NOW)
        assert len(made) == HASH_BYTES

    def test_depends_on_the_pepper(self, settings: Any) -> None:
        made = set()
        for settings.KEY_PEPPER in ("p", "q"):
            made.update(hash_users("org_1", ["ana"], livemode=True, now=NOW))
        assert len(made) == 2


class TestRecordActiveUsers:
    def test_tells_the_months_total_and_keeps_the_cap_exactly(self, tenant: Tenant) -> None:
        def record(*names: str) -> Counted:
            organisation = tenant.organisation
            return record_active_users(
                organisation=organisation,
                livemode=True,
                users=hash_users(organisation.pk, names, livemode=True, now=NOW),
                cap=4,
                now=NOW,
            )

        assert record("ana", "bo", "cy") == Counted(total=3, new=3, within_cap=True)
        assert record("cy", "di", "ed") == Counted(total=3, new=0, within_cap=False)
        assert record("cy", "di") == Counted(total=4, new=1, within_cap=True)
