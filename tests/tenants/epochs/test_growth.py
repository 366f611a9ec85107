"""The epoch grows with every change that admission depends on, and with no other.

These tests commit: in a test's own transaction nothing would ever be told.
"""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from foundation.clock import now
from tenants import epochs
from tenants.models import ApiKey, ContractLimit, Organisation
from tenants.services import keys
from tests.conftest import Tenant, slow_rate
from tests.tenants.epochs.changes import (
    Change,
    News,
    add_member,
    change,
    create_key,
    epoch_of,
    key_of,
    leak,
    leak_where_keys_are_kept,
    note_use,
    revoke,
    revoke_both,
    revoke_kiosk,
    rotate,
    save_key,
    suspend,
)

pytestmark = pytest.mark.django_db(transaction=True)


class TestTheEpoch:
    @pytest.mark.parametrize(
        "change",
        [
            revoke,
            revoke_both,
            revoke_kiosk,
            rotate,
            leak,
            suspend,
            pytest.param(change(name="New Labs"), id="rename"),
            pytest.param(change(tier_slug="pro"), id="change_tier"),
            pytest.param(change(strictness="open"), id="change_strictness"),
            pytest.param(change(leaked_keys="notify"), id="change_leaked_keys"),
            pytest.param(save_key(scopes=["usage:read"]), id="change_scopes"),
            pytest.param(save_key(networks=["192.0.2.0/24"]), id="change_networks"),
            pytest.param(save_key(expires_at=now()), id="change_expiry"),
            pytest.param(lambda tenant: key_of(tenant).delete(), id="delete_key"),
            pytest.param(lambda tenant: slow_rate(tenant, "effects", burst=1), id="agree_a_limit"),
        ],
    )
    def test_grows_by_one_with_a_change_and_is_told_before_it_is_answered(
        self, tenant: Tenant, heard: list[News], change: Change
    ) -> None:
        before = epoch_of(tenant)
        change(tenant)
        assert heard == [(tenant.organisation.pk, before + 1)]
        assert epoch_of(tenant) == before + 1

    @pytest.mark.parametrize(
        "act",
        [
            create_key,
            note_use,
            add_member,
            leak_where_keys_are_kept,
            pytest.param(change(), id="change_nothing"),
            pytest.param(lambda tenant: tenant.organisation.keys.count(), id="read"),
        ],
    )
    def test_stays_with_what_admission_does_not_read(
        self, tenant: Tenant, heard: list[News], act: Change
    ) -> None:
        before = epoch_of(tenant)
        act(tenant)
        assert heard == []
        assert epoch_of(tenant) == before

    @pytest.mark.parametrize("act", [revoke, revoke_both, revoke_kiosk, leak])
    def test_stays_when_a_key_is_revoked_again(
        self, tenant: Tenant, heard: list[News], act: Change
    ) -> None:
        revoke_both(tenant)
        first = ApiKey.objects.values_list("revoked_at", flat=True).first()
        heard.clear()
        act(tenant)
        assert heard == []
        assert set(ApiKey.objects.values_list("revoked_at", flat=True)) == {first}

    def test_grows_as_an_agreed_limit_changes_and_ends(
        self, tenant: Tenant, heard: list[News]
    ) -> None:
        slow_rate(tenant, "effects", burst=1)
        limit = ContractLimit.objects.get()
        limit.burst = 2
        limit.save()
        limit.delete()
        first = heard[0][1]
        assert [epoch for _, epoch in heard] == [first, first + 1, first + 2]

    def test_is_told_when_the_organisation_goes(self, tenant: Tenant, heard: list[News]) -> None:
        before, gone = epoch_of(tenant), tenant.organisation.pk
        Organisation.objects.get(pk=gone).delete()
        assert heard
        assert all(name == gone and epoch > before for name, epoch in heard)

    def test_is_each_organisations_own(
        self, tenant: Tenant, stranger: Tenant, heard: list[News]
    ) -> None:
        before = epoch_of(stranger)
        revoke(tenant)
        assert epoch_of(stranger) == before
        keys.revoke_keys(ApiKey.objects.all(), now=now())
        assert {name for name, _ in heard[1:]} == {tenant.organisation.pk, stranger.organisation.pk}


class TestAStaleRow:
    def test_never_turns_the_epoch_back(self, tenant: Tenant) -> None:
        stale = Organisation.objects.get(pk=tenant.organisation.pk)
        for _ in range(3):
            suspend(tenant)
        before = epoch_of(tenant)
        stale.name = "New Labs"
        stale.save()
        assert epoch_of(tenant) == before + 1
        assert Organisation.objects.get(pk=stale.pk).name == "New Labs"


class TestManyAtOnce:
    def test_get_a_number_each(self, tenant: Tenant, heard: list[News]) -> None:
        before = epoch_of(tenant)

        def act(_: int) -> None:
            try:
                epochs.bump(tenant.organisation.pk)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(4) as threads:
            list(threads.map(act, range(12)))
        numbers = sorted(epoch for _, epoch in heard)
        assert numbers == list(range(before + 1, before + 13))
        assert epoch_of(tenant) == before + 12
