"""The operator's pages: every one opens, tiers are published there, and nothing can be broken."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.test import Client
from pytest_django.plugin import DjangoDbBlocker

from foundation.clock import now
from tenants import queries
from tenants.limits import LimitScope
from tenants.models import ApiKey, ContractLimit, Limit, Organisation, TierChange, TierVersion
from tests.conftest import Api, Tenant, undone
from tests.forms import act, form_of

pytestmark = pytest.mark.django_db
VERSIONS = "/admin/tenants/tierversion/"


@pytest.fixture
def operator() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("operator"))
    return client


@pytest.fixture
def viewer() -> Client:
    """A colleague who may look at everything and change nothing."""
    user = User.objects.create_user("viewer", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client = Client()
    client.force_login(user)
    return client


def row_of(form: Mapping[str, str], name: str) -> str:
    """The prefix of the inline row that holds the limit `name`."""
    return next(k for k, v in form.items() if v == name and k.endswith("-name"))[: -len("name")]


class TestEveryPage:
    @pytest.mark.parametrize("model", admin.site._registry, ids=lambda model: model.__name__)
    def test_opens(self, operator: Client, tenant: Tenant, model: Any) -> None:
        root = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        assert operator.get(root).status_code == 200
        assert operator.get(root + "?q=x").status_code in {200, 302}
        first = model.objects.first()
        if first is not None:
            assert operator.get(f"{root}{first.pk}/change/").status_code == 200

    def test_is_shut_to_a_stranger(self) -> None:
        assert Client().get(VERSIONS).headers["Location"].startswith("/admin/login/")


def prepared(operator: Client) -> TierVersion:
    current = queries.tier_version("beta", now())
    assert act(operator, VERSIONS, "prepare", current.pk).status_code == 302
    return TierVersion.objects.get(tier="beta", number=current.number + 1)


class TestATierVersion:
    def test_is_published_with_its_limits_before_it_takes_force(
        self, operator: Client, api: Callable[[str | None], Api], tenant: Tenant
    ) -> None:
        page = f"{VERSIONS}{prepared(operator).pk}/change/"
        form = form_of(operator, page)
        row = row_of(form, "effects")
        form |= {f"{row}quantity": "7", "mau_to": "8000", "recording_seconds_max": "60"}
        saved = operator.post(page, form)
        assert saved.status_code == 302, saved.context["errors"]
        tomorrow = now() + timedelta(days=1, minutes=1)
        version = queries.tier_version("beta", tomorrow)
        assert version.mau_to == 8_000
        assert (version.recording_seconds_max, version.recording_bytes_max) == (60, 134_217_728)
        assert queries.tier_limits(version)["effects"].quantity == 7
        today = api(tenant.live_key).get("/v1/limits").json()
        assert today["tier_version"] == version.number - 1

    def test_has_labels_as_people_write_them(self, operator: Client) -> None:
        page = operator.get("/admin/tenants/tierversion/add/").content.decode()
        for shown in ("MAU from", "MAU to", "SLA", "API keys", "publish a new one. In UTC"):
            assert shown in page, shown
        assert ".." not in page.partition("publish a new one")[2][:20]

    def test_in_force_is_shown_and_cannot_be_changed(self, operator: Client) -> None:
        current = queries.tier_version("beta", now())
        page = f"{VERSIONS}{current.pk}/change/"
        assert operator.get(page).status_code == 200
        assert operator.post(page, {"mau_to": "1"}).status_code == 403

    def test_is_closed_a_minute_before_it_takes_force(self, operator: Client) -> None:
        version = prepared(operator)
        TierVersion.objects.filter(pk=version.pk).update(effective_at=now() + timedelta(seconds=30))
        page = f"{VERSIONS}{version.pk}/change/"
        assert operator.post(page, {"mau_to": "1"}).status_code == 403

    def test_makes_byte_caps_stricter_by_place(self, operator: Client) -> None:
        page = f"{VERSIONS}{prepared(operator).pk}/change/"
        form = form_of(operator, page) | {"edge_bytes_max": "4000000000", "device_bytes_max": "1"}
        assert operator.post(page, form).status_code == 302
        version = queries.tier_version("beta", now() + timedelta(days=1, minutes=1))
        assert (version.edge_bytes_max, version.device_bytes_max) == (4_000_000_000, 1)
        assert version.cloud_bytes_max == 2**36

    def test_may_change_its_algorithm(self, operator: Client) -> None:
        page = f"{VERSIONS}{prepared(operator).pk}/change/"
        form = form_of(operator, page)
        row = row_of(form, "effects")
        assert operator.post(page, form | {f"{row}algorithm": "window"}).status_code == 302

    def test_says_whose_calls_a_limit_counts(self, operator: Client) -> None:
        version = prepared(operator)
        page = f"{VERSIONS}{version.pk}/change/"
        form = form_of(operator, page)
        effects, sessions = row_of(form, "effects"), row_of(form, "live_sessions")
        form |= {
            f"{effects}scope": "end_user",
            f"{effects}counts": "requests",
            f"{effects}routes": "POST /v1/effects, GET /v1/keys/{key_id}",
            f"{effects}shadow": "on",
            f"{sessions}scope": "key",
        }
        saved = operator.post(page, form)
        assert saved.status_code == 302, saved.context["errors"]
        limits = queries.tier_limits(version)
        assert limits["effects"].scope == LimitScope.END_USER
        assert limits["effects"].counts == "requests"
        assert limits["effects"].routes == ("POST /v1/effects", "GET /v1/keys/{key_id}")
        assert limits["effects"].shadow
        assert limits["live_sessions"].scope == LimitScope.KEY
        assert form_of(operator, page)[f"{effects}shadow"] == "on"


@dataclass(frozen=True)
class Draft:
    """The page of a version that is prepared, and what a browser would send from there."""

    page: str
    form: Mapping[str, str]


@pytest.fixture(scope="class")
def draft(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Draft]:
    """Opened once, for each test sees only that something is refused there."""
    with undone(django_db_blocker):
        client = Client()
        client.force_login(User.objects.create_superuser("colleague"))
        page = f"{VERSIONS}{prepared(client).pk}/change/"
        yield Draft(page, MappingProxyType(form_of(client, page)))


class TestADraft:
    @pytest.mark.parametrize(
        ("name", "value", "said"),
        [
            ("cloud_bytes_max", 2**36 + 1, "at most 68719476736 bytes there"),
            ("edge_bytes_max", 2**33 + 1, "at most 8589934592 bytes there"),
            ("device_bytes_max", 2**32 + 1, "at most 4294967296 bytes there"),
            ("device_bytes_max", 0, "greater than or equal to 1"),
            ("edge_bytes_max", "", "required"),
        ],
    )
    def test_is_never_wider_than_the_platform(
        self, operator: Client, draft: Draft, name: str, value: object, said: str
    ) -> None:
        answer = operator.post(draft.page, {**draft.form, name: str(value)})
        assert answer.status_code == 200
        [errors] = answer.context["errors"]
        assert said in str(errors)

    @pytest.mark.parametrize(
        ("limit", "change"),
        [
            ("effects", {"quantity": "0"}),
            ("effects", {"per_ms": "0"}),
            ("effects", {"burst": "0"}),
            ("effects", {"burst": "1000000000", "per_ms": "2000000000"}),
            ("effects", {"unit": "Effect!"}),
            ("effects", {"algorithm": "concurrency"}),
            ("live_sessions", {"algorithm": "window"}),
            ("live_sessions", {"scope": "route"}),
            ("live_sessions", {"scope": "end_user"}),
            ("live_sessions", {"counts": "requests"}),
            ("effects", {"counts": "live_sessions"}),
            ("effects", {"counts": "All Effects"}),
            ("effects", {"scope": "planet"}),
            ("effects", {"routes": "/v1/effects"}),
            ("effects", {"routes": "POST /v1/effects,BREW /v1/coffee"}),
            ("effects", {"routes": "POST /effects"}),
        ],
    )
    def test_takes_no_limit_that_the_gate_could_not_count(
        self, operator: Client, draft: Draft, limit: str, change: dict[str, str]
    ) -> None:
        row = row_of(draft.form, limit)
        before = list(Limit.objects.order_by("pk").values())
        changed = {f"{row}{name}": value for name, value in change.items()}
        answer = operator.post(draft.page, {**draft.form, **changed})
        assert answer.status_code == 200
        assert answer.context["errors"]
        assert list(Limit.objects.order_by("pk").values()) == before


class TestAnOrganisation:
    def test_keeps_its_policies(self, operator: Client, tenant: Tenant) -> None:
        page = f"/admin/tenants/organisation/{tenant.organisation.pk}/change/"
        form = form_of(operator, page)
        assert (form["strictness"], form["leaked_keys"]) == ("balanced", "revoke")
        saved = operator.post(page, form | {"strictness": "open", "leaked_keys": "notify"})
        assert saved.status_code == 302, saved.context["errors"]
        stored = Organisation.objects.get(pk=tenant.organisation.pk)
        assert (stored.strictness, stored.leaked_keys) == ("open", "notify")

    def test_is_moved_by_the_operator_which_is_kept(self, operator: Client, tenant: Tenant) -> None:
        page = f"/admin/tenants/organisation/{tenant.organisation.pk}/change/"
        saved = operator.post(page, form_of(operator, page) | {"tier": "pro"})
        assert saved.status_code == 302, saved.context["errors"]
        [move] = TierChange.objects.all()
        assert (move.from_tier_id, move.to_tier_id, move.reason) == ("beta", "pro", "operator")

    def test_is_not_moved_back_by_a_page_that_was_opened_before_its_users_moved_it(
        self, operator: Client, tenant: Tenant
    ) -> None:
        page = f"/admin/tenants/organisation/{tenant.organisation.pk}/change/"
        form = form_of(operator, page)
        Organisation.objects.update(tier_id="pro")
        assert operator.post(page, form | {"name": "New Labs"}).status_code == 302
        stored = Organisation.objects.get(pk=tenant.organisation.pk)
        assert (stored.name, stored.tier_id) == ("New Labs", "pro")
        assert not TierChange.objects.exists()

    def test_gets_a_tier_a_contract_and_a_suspension(
        self, operator: Client, api: Callable[[str | None], Api], tenant: Tenant
    ) -> None:
        page = f"/admin/tenants/organisation/{tenant.organisation.pk}/change/"
        form = form_of(operator, page) | {
            "tier": "enterprise",
            "contract_limits-TOTAL_FORMS": "1",
            "contract_limits-0-organisation": tenant.organisation.pk,
            "contract_limits-0-name": "live_sessions",
            "contract_limits-0-algorithm": "concurrency",
            "contract_limits-0-unit": "session",
            "contract_limits-0-quantity": "4000",
            "contract_limits-0-per_ms": "10000",
            "contract_limits-0-burst": "0",
            "contract_limits-0-scope": "organisation",
        }
        saved = operator.post(page, form)
        assert saved.status_code == 302, saved.context["errors"]
        assert ContractLimit.objects.get().quantity == 4_000
        seen = api(tenant.live_key).get("/v1/limits").json()
        assert seen["tier"] == "enterprise"
        form = form_of(operator, page)
        form |= {"suspended_at_0": "2026-01-01", "suspended_at_1": "00:00:00"}
        assert operator.post(page, form).status_code == 302
        refused = api(tenant.live_key).get("/v1/limits")
        assert refused.json()["code"] == "organisation-suspended"

    def test_is_never_deleted_with_what_its_bills_rest_on(
        self, operator: Client, tenant: Tenant
    ) -> None:
        page = f"/admin/tenants/organisation/{tenant.organisation.pk}/delete/"
        assert operator.post(page, {"post": "yes"}).status_code == 403
        assert Organisation.objects.exists()


class TestAKey:
    def test_is_revoked_by_an_operator_and_not_by_a_viewer(
        self, operator: Client, viewer: Client, tenant: Tenant
    ) -> None:
        key = ApiKey.objects.get(organisation=tenant.organisation, livemode=True)
        act(viewer, "/admin/tenants/apikey/", "revoke", key.pk)
        key.refresh_from_db()
        assert key.revoked_at is None
        act(operator, "/admin/tenants/apikey/", "revoke", key.pk)
        key.refresh_from_db()
        assert key.revoked_at is not None


class TestAViewer:
    def test_prepares_no_version(self, viewer: Client) -> None:
        before = TierVersion.objects.count()
        act(viewer, VERSIONS, "prepare", queries.tier_version("beta", now()).pk)
        assert TierVersion.objects.count() == before
