"""Model checks that were kept before they had a registry: nothing is lost, forwards or back."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from apps.model_registry import queries
from apps.model_registry.models import ModelCheck
from tests.conftest import Tenant

pytestmark = pytest.mark.django_db
BEFORE = ("noucamp", "0002_zones_of_sessions")


@pytest.fixture
def before() -> Iterator[Any]:
    """The database as the release before left it, and its models."""
    call_command("migrate", *BEFORE, verbosity=0)
    yield MigrationExecutor(connection).loader.project_state([BEFORE]).apps
    ContentType.objects.clear_cache()  # which knows of rows that the test's end undoes


def a_row(before: Any, tenant: Tenant, moment: datetime) -> dict[str, Any]:
    made = before.get_model("noucamp", "ModelCheck").objects.create(
        id="mck_06a7x",
        organisation_id=tenant.organisation.pk,
        livemode=True,
        name="head.gguf",
        sha256="0" * 64,
        bytes_seen=64,
        size_bytes=4_080_263_168,
        tier_version="beta v1",
        placement="edge",
        allowed=["cloud", "edge"],
        verdict={"parameters": 6_738_415_616},
        created_at=moment,
    )
    return values(made)


def values(row: Any) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


class TestTheMove:
    def test_keeps_every_row_and_back_again(
        self, before: Any, tenant: Tenant, moment: datetime
    ) -> None:
        kept = a_row(before, tenant, moment)
        call_command("migrate", verbosity=0)
        (found,) = queries.model_checks(tenant.organisation, livemode=True)
        assert values(found) == kept
        call_command("migrate", *BEFORE, verbosity=0)
        (former,) = before.get_model("noucamp", "ModelCheck").objects.all()
        assert values(former) == kept

    def test_lets_the_release_before_go_on_beside_it(
        self, before: Any, tenant: Tenant, moment: datetime
    ) -> None:
        call_command("migrate", verbosity=0)
        kept = a_row(before, tenant, moment)
        assert values(ModelCheck.objects.get()) == kept

    def test_keeps_what_an_operator_may_see(self, before: Any) -> None:
        former = ContentType.objects.get(app_label="noucamp", model="modelcheck")
        operator = User.objects.create(username="operator", is_staff=True)
        operator.user_permissions.add(
            Permission.objects.get(content_type=former, codename="view_modelcheck")
        )
        call_command("migrate", verbosity=0)
        assert User.objects.get().has_perm("model_registry.view_modelcheck")
        assert ContentType.objects.get_for_model(ModelCheck) == former
