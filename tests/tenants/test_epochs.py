"""The epoch grows with every change that admission depends on, and is told once that is committed.

These tests commit: in a test's own transaction nothing would ever be told.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, connections, transaction
from django.db.models import Model, QuerySet
from django.test import Client

from foundation.clock import now
from tenants import epochs
from tenants.models import ApiKey, ContractLimit, Organisation
from tenants.refusals import ScopeEscalation
from tenants.services import keys, organisations
from tests.conftest import Tenant, slow_rate
from tests.tenants.test_admin import form_of

pytestmark = pytest.mark.django_db(transaction=True)
Change = Callable[[Tenant], object]
News = tuple[str, int]


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


def epoch_of(tenant: Tenant) -> int:
    return Organisation.objects.values_list("epoch", flat=True).get(pk=tenant.organisation.pk)


def key_of(tenant: Tenant) -> ApiKey:
    return ApiKey.objects.get(organisation=tenant.organisation, livemode=True)


def untold(model: type[Model]) -> QuerySet[Any]:
    """The rows as Django has them, which tell nobody: for what was so before."""
    return QuerySet(model)


def revoke(tenant: Tenant) -> None:
    keys.revoke_key(organisation=tenant.organisation, key_id=key_of(tenant).pk, now=now())


def revoke_both(tenant: Tenant) -> None:
    keys.revoke_keys(ApiKey.objects.filter(organisation=tenant.organisation), now=now())


def revoke_kiosk(tenant: Tenant) -> None:
    untold(ApiKey).filter(organisation=tenant.organisation).update(kiosk_id="kio_1")
    keys.revoke_kiosk_keys(organisation=tenant.organisation, kiosk_id="kio_1", now=now())


def rotate(tenant: Tenant) -> None:
    key = key_of(tenant)
    keys.rotate_key(
        organisation=tenant.organisation,
        key_id=key.pk,
        overlap=timedelta(hours=1),
        now=now(),
        granted_by=key.scopes,
        livemode=True,
    )


def leak(tenant: Tenant) -> None:
    assert keys.key_leaked(tenant.live_key, source_url="https://paste.example/1", now=now())


def leak_where_keys_are_kept(tenant: Tenant) -> None:
    untold(Organisation).update(leaked_keys="notify")
    leak(tenant)


def change(**asked: Any) -> Change:
    return lambda tenant: organisations.change_organisation(
        organisation=tenant.organisation, now=now(), **asked
    )


def save_key(**fields: object) -> Change:
    def act(tenant: Tenant) -> None:
        key = key_of(tenant)
        for name, value in fields.items():
            setattr(key, name, value)
        key.save()

    return act


def suspend(tenant: Tenant) -> None:
    organisation = Organisation.objects.get(pk=tenant.organisation.pk)
    organisation.suspended_at = now()
    organisation.save()


def create_key(tenant: Tenant) -> None:
    keys.create_key(
        organisation=tenant.organisation,
        name="bot",
        livemode=True,
        scopes=["usage:read"],
        now=now(),
    )


def note_use(tenant: Tenant) -> None:
    key = key_of(tenant)
    keys.touch_key(key.pk, now())
    key.last_used_at = now()
    key.save(update_fields=["last_used_at"])


def add_member(tenant: Tenant) -> None:
    organisations.add_member(
        organisation=tenant.organisation, email="a@terrace.example", role="viewer", now=now()
    )


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


class TestATransaction:
    def test_tells_nothing_before_it_commits(self, tenant: Tenant, heard: list[News]) -> None:
        with transaction.atomic():
            revoke(tenant)
            assert heard == []
        assert heard == [(tenant.organisation.pk, epoch_of(tenant))]

    def test_that_is_rolled_back_tells_nothing_and_changes_nothing(
        self, tenant: Tenant, heard: list[News]
    ) -> None:
        before = epoch_of(tenant)
        with transaction.atomic():
            revoke(tenant)
            transaction.set_rollback(True)
        assert heard == []
        assert epoch_of(tenant) == before

    def test_that_fails_halfway_tells_nothing(self, tenant: Tenant, heard: list[News]) -> None:
        with pytest.raises(ScopeEscalation):
            keys.rotate_key(
                organisation=tenant.organisation,
                key_id=key_of(tenant).pk,
                overlap=timedelta(0),
                now=now(),
                granted_by=[],
                livemode=True,
            )
        assert heard == []

    def test_outlives_a_listener_that_fails(self, tenant: Tenant, heard: list[News]) -> None:
        def fail(sender: Any, **_: Any) -> None:
            raise OSError("nobody there")

        epochs.changed.connect(fail)
        try:
            revoke(tenant)
        finally:
            epochs.changed.disconnect(fail)
        assert heard == [(tenant.organisation.pk, epoch_of(tenant))]


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


class TestTheAdmin:
    def test_tells_what_an_operator_saves(self, tenant: Tenant, heard: list[News]) -> None:
        operator = Client()
        operator.force_login(User.objects.create_superuser("operator"))
        page = f"/admin/tenants/organisation/{tenant.organisation.pk}/change/"
        before = epoch_of(tenant)
        saved = operator.post(page, form_of(operator, page) | {"tier": "enterprise"})
        assert saved.status_code == 302
        assert heard == [(tenant.organisation.pk, before + 1)]
        key = key_of(tenant)
        operator.post("/admin/tenants/apikey/", {"action": "revoke", "_selected_action": [key.pk]})
        assert heard[1:] == [(tenant.organisation.pk, before + 2)]
