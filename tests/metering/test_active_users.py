"""Monthly active users: the hash under which a fan is counted, and the count."""

from datetime import UTC, datetime
from typing import Any

import pytest

from foundation.clock import month
from metering.end_users import normal
from metering.hashes import HASH_BYTES, former_hashes, hash_users
from metering.queries import active_users
from metering.services import Counted, record_active_users, record_admitted_users
from tenants.rules.tiers import Cap, Why
from tests.conftest import Tenant, hold_at

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
        hold_at(tenant, 4)

        def record(*names: str) -> Counted:
            organisation = tenant.organisation
            return record_active_users(
                organisation=organisation,
                livemode=True,
                users=hash_users(organisation.pk, names, livemode=True, now=NOW),
                now=NOW,
            )

        cap = Cap("beta", 4, Why.NO_PAYMENT_METHOD)
        assert record("ana", "bo", "cy") == Counted(total=3, new=3, before=0)
        assert record("cy", "di", "ed") == Counted(total=3, new=0, before=3, cap=cap)
        assert record("cy", "di") == Counted(total=4, new=1, before=3)


class TestRecordAdmittedUsers:
    def test_counts_nobody_again_who_was_counted_under_a_former_spelling(
        self, tenant: Tenant
    ) -> None:
        organisation = tenant.organisation

        def hashed(*names: str) -> list[bytes]:
            return hash_users(organisation.pk, names, livemode=True, now=NOW)

        record_active_users(
            organisation=organisation, livemode=True, users=hashed("zoe\u0308"), now=NOW
        )
        told = [normal(name) for name in ("zoe\u0308", "bo", "cy")]
        new = record_admitted_users(
            organisation_id=organisation.pk,
            livemode=True,
            period=month(NOW),
            now=NOW,
            users=[(user, NOW) for user in hashed(*told)],
            former=former_hashes(organisation.pk, told, livemode=True, now=NOW),
        )
        assert new == 2
        assert active_users(organisation, livemode=True, now=NOW) == 3
