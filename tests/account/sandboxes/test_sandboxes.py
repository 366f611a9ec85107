"""Sandboxes are made with a live key, seen by nobody else, and leave nothing behind."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps as registry
from django.db.models import ForeignKey

from billing.models import Statement
from billing.services.closing import close_due
from foundation import clock
from foundation.validation.moments import read_moment
from tenants.models import ApiKey, Organisation
from tenants.services.sandboxes import MOST_SANDBOXES
from tests.account.sandboxes.conftest import Sandbox
from tests.conftest import Api, Tenant

Client = Callable[[str | None], Api]
pytestmark = pytest.mark.django_db


class TestASandbox:
    def test_begins_as_an_organisation_does(self, sandbox: Sandbox) -> None:
        told = sandbox.told()
        assert (told["name"], told["tier"], told["mau"]) == ("Two months", "beta", 0)
        assert told["payment_method"] is None
        assert abs((clock.now() - read_moment(told["clock"])).total_seconds()) < 60
        assert sandbox.own.get("/v1/organisation").json()["id"] == sandbox.id

    def test_has_test_keys_alone(self, sandbox: Sandbox) -> None:
        assert not ApiKey.objects.filter(organisation=sandbox.id, livemode=True).exists()
        refused = sandbox.own.post(
            "/v1/keys", {"name": "Live", "scopes": ["usage:read"], "livemode": True}
        )
        assert refused.status_code == 403

    def test_needs_a_live_key(self, api: Client, tenant: Tenant, sandbox: Sandbox) -> None:
        for key in (api(tenant.test_key), sandbox.own):
            refused = key.post("/v1/sandboxes", {"name": "x"})
            assert (refused.status_code, refused.json()["code"]) == (403, "scope-missing")

    def test_is_one_of_a_few(self, sandbox: Sandbox) -> None:
        for _ in range(MOST_SANDBOXES - 1):
            assert sandbox.owner.post("/v1/sandboxes").status_code == 201
        refused = sandbox.owner.post("/v1/sandboxes")
        assert (refused.status_code, refused.json()["code"]) == (409, "too-many-sandboxes")
        assert len(sandbox.owner.get("/v1/sandboxes").json()["data"]) == MOST_SANDBOXES

    def test_of_another_is_not_there(self, api: Client, stranger: Tenant, sandbox: Sandbox) -> None:
        other = api(stranger.live_key)
        assert other.get("/v1/sandboxes").json()["data"] == []
        assert other.get(sandbox.path).status_code == 404
        assert other.delete(sandbox.path).status_code == 404
        for verb, body in PLAYED:
            assert other.post(f"{sandbox.path}/{verb}", body).status_code == 404

    def test_is_not_seen_by_real_closings(self, tenant: Tenant, sandbox: Sandbox) -> None:
        sandbox.pays("succeeds")
        sandbox.make_active(10)
        close_due(clock.now() + timedelta(days=70))
        assert not Statement.objects.filter(organisation=tenant.organisation).exists()
        assert not Statement.objects.filter(livemode=True).exists()

    def test_leaves_nothing_behind(self, api: Client, sandbox: Sandbox) -> None:
        sandbox.pays("succeeds")
        sandbox.make_active(10_500)
        sandbox.advance(months=2)
        assert Statement.objects.filter(organisation=sandbox.id).count() >= 1
        refused = sandbox.own.delete(sandbox.path)
        assert (refused.status_code, refused.json()["code"]) == (403, "scope-missing")
        assert "deleted with a live key of their organisation." in refused.json()["detail"]
        assert sandbox.owner.delete(sandbox.path).status_code == 204
        assert not Organisation.objects.filter(pk=sandbox.id).exists()
        assert _rows_of(sandbox.id) == []
        assert sandbox.own.get("/v1/organisation").status_code == 401
        assert sandbox.owner.get(sandbox.path).status_code == 404
        assert sandbox.owner.get("/v1/organisation").status_code == 200


PLAYED: list[tuple[str, dict[str, Any]]] = [
    ("clock", {"advance": {"days": 1}}),
    ("users", {"count": 1}),
    ("payment-method", {"outcome": None}),
]


class TestARealOrganisation:
    @pytest.mark.parametrize(("verb", "body"), PLAYED)
    def test_is_not_played_with(
        self, api: Client, tenant: Tenant, verb: str, body: dict[str, Any]
    ) -> None:
        for key in (tenant.live_key, tenant.test_key):
            refused = api(key).post(f"/v1/sandboxes/{tenant.organisation.pk}/{verb}", body)
            assert (refused.status_code, refused.json()["code"]) == (403, "not-a-sandbox")
            assert tenant.organisation.pk in refused.json()["detail"]
        tenant.organisation.refresh_from_db()
        assert tenant.organisation.clock_ahead_s == 0

    @pytest.mark.parametrize(("verb", "body"), PLAYED)
    def test_acts_on_its_sandbox_with_a_live_key(
        self, api: Client, tenant: Tenant, sandbox: Sandbox, verb: str, body: dict[str, Any]
    ) -> None:
        path = f"{sandbox.path}/{verb}"
        assert sandbox.owner.post(path, body).status_code == 200
        refused = api(tenant.test_key).post(path, body)
        assert (refused.status_code, refused.json()["code"]) == (403, "scope-missing")


def _rows_of(organisation_id: str) -> list[str]:
    """The tables that still name the organisation."""
    return [
        model._meta.label
        for model in registry.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, ForeignKey) and field.related_model is Organisation
        if model._base_manager.filter(**{field.attname: organisation_id}).exists()
    ]
