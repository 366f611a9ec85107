"""What admission depends on, changed; and what it does not read."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db.models import Model, QuerySet

from foundation.clock import now
from tenants.models import ApiKey, Organisation
from tenants.services import keys, organisations
from tests.conftest import Tenant

Change = Callable[[Tenant], object]
News = tuple[str, int]


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
