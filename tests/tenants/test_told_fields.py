"""Every way of changing every field that a caller is made of begins its organisation's next epoch.

These tests commit: in a test's own transaction nothing would ever be told.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db.models import Count, Model, QuerySet

from tenants import epochs
from tenants.models import ApiKey, ContractLimit, Organisation
from tests.conftest import Tenant, slow_rate

pytestmark = pytest.mark.django_db(transaction=True)
LATER = datetime(2031, 1, 1, tzinfo=UTC)
# Another value for each field; to which organisation a row belongs is a test of its own.
OTHERS: dict[type[Model], dict[str, Any]] = {
    Organisation: {
        "name": "New Labs",
        "tier_id": "pro",
        "created_at": LATER,
        "suspended_at": LATER,
        "strictness": "open",
        "leaked_keys": "notify",
        "next_tier_id": "beta",
        "next_tier_on": LATER.date(),
        "payment_method": True,
        "restricted_at": LATER,
        "sandbox_of_id": "org_owner",
        "clock_ahead_s": 7,
    },
    ApiKey: {
        "name": "bot",
        "livemode": False,
        "scopes": ["usage:read"],
        "fingerprint": "f" * 64,
        "preview": "tifo",
        "kiosk_id": "kio_1",
        "networks": ["192.0.2.0/24"],
        "created_at": LATER,
        "expires_at": LATER,
        "revoked_at": LATER,
        "replaced_by_id": None,
    },
    ContractLimit: {
        "name": "other",
        "algorithm": "window",
        "unit": "other",
        "quantity": 7,
        "per_ms": 7,
        "burst": 7,
        "scope": "key",
        "counts": "effects",
        "routes": ["GET /v1/usage"],
        "shadow": True,
    },
}
UNREAD = {
    Organisation: {"id", "epoch", "tier_month"},
    ApiKey: {"id", "organisation_id", "last_used_at", "leaked_at", "leaked_url"},
    ContractLimit: {"id", "organisation_id"},
}


@pytest.fixture
def heard() -> Iterator[list[str]]:
    """The organisations that something was told of."""
    news: list[str] = []

    def hear(sender: Any, *, organisation_id: str, **_: Any) -> None:
        news.append(organisation_id)

    epochs.changed.connect(hear)
    yield news
    epochs.changed.disconnect(hear)


@pytest.fixture(params=OTHERS, ids=lambda model: model.__name__)
def row(request: pytest.FixtureRequest, tenant: Tenant) -> Model:
    slow_rate(tenant, "effects", burst=1)
    if request.param is Organisation:
        Organisation.objects.create(id="org_owner", name="X", tier_id="beta", created_at=LATER)
        return Organisation.objects.get(pk=tenant.organisation.pk)
    found = request.param.objects.filter(organisation=tenant.organisation).first()
    assert isinstance(found, Model)
    return found


def save(row: Model, field: str, value: object) -> None:
    setattr(row, field, value)
    row.save()


def save_alone(row: Model, field: str, value: object) -> None:
    setattr(row, field, value)
    row.save(update_fields=[row._meta.get_field(field).name])


def update(row: Model, field: str, value: object) -> None:
    type(row)._default_manager.filter(pk=row.pk).update(**{field: value})


def update_in_bulk(row: Model, field: str, value: object) -> None:
    setattr(row, field, value)
    name = row._meta.get_field(field).name
    type(row)._default_manager.bulk_update([row], [name])


Way = Callable[[Model, str, object], None]
every_way = pytest.mark.parametrize("way", [save, save_alone, update, update_in_bulk])


class TestAField:
    @every_way
    def test_is_told_of_however_it_changes(self, row: Model, heard: list[str], way: Way) -> None:
        model = type(row)
        fields = {field.attname for field in model._meta.concrete_fields}
        assert fields == OTHERS[model].keys() | UNREAD[model], "does admission read the new one?"
        for field, value in OTHERS[model].items():
            heard.clear()
            way(row, field, value)
            assert heard == [getattr(row, "organisation_id", row.pk)], field

    @every_way
    @pytest.mark.parametrize("row", [ApiKey, ContractLimit], indirect=True)
    def test_is_told_to_both_where_a_row_moves(
        self, row: Model, stranger: Tenant, heard: list[str], way: Way
    ) -> None:
        both = {str(vars(row)["organisation_id"]), stranger.organisation.pk}
        QuerySet(type(row)).exclude(pk=row.pk).update(name="another")
        way(row, "organisation_id", stranger.organisation.pk)
        assert set(heard) == both


class TestARow:
    def test_is_told_of_to_both_where_another_takes_it(
        self, tenant: Tenant, stranger: Tenant, heard: list[str]
    ) -> None:
        key = ApiKey.objects.filter(organisation=tenant.organisation).first()
        assert key is not None
        stranger.organisation.keys.add(key)
        assert set(heard) == {tenant.organisation.pk, stranger.organisation.pk}

    def test_is_told_of_by_an_update_of_any_question(
        self, tenant: Tenant, heard: list[str]
    ) -> None:
        busy = Organisation.objects.annotate(kept=Count("keys")).filter(kept__gt=0).distinct()
        assert busy.order_by("-kept").update(name="Busy Labs") == 1
        assert heard == [tenant.organisation.pk]

    def test_is_told_of_when_many_are_made(self, tenant: Tenant, heard: list[str]) -> None:
        slow_rate(tenant, "effects", burst=1)
        [limit] = ContractLimit.objects.all()
        heard.clear()
        limit.pk, limit.name = None, "other"
        ContractLimit.objects.bulk_create([limit])
        assert heard == [tenant.organisation.pk]

    def test_is_told_of_when_it_goes(self, row: Model, heard: list[str]) -> None:
        owner = getattr(row, "organisation_id", row.pk)
        type(row)._default_manager.filter(pk=row.pk).delete()
        assert set(heard) == {owner}
