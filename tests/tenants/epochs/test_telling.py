"""A new epoch is told once its change is committed, and only then.

These tests commit: in a test's own transaction nothing would ever be told.
"""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client

from foundation.clock import now
from tenants import epochs
from tenants.refusals import ScopeEscalation
from tenants.services import keys
from tests.conftest import Tenant
from tests.forms import form_of
from tests.tenants.epochs.changes import News, epoch_of, key_of, revoke

pytestmark = pytest.mark.django_db(transaction=True)


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
