"""Model checks that were kept before they had a registry: nothing is lost, forwards or back."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from pytest_django.plugin import DjangoDbBlocker

from apps.model_registry import queries
from apps.model_registry.models import ModelCheck
from tenants.models import Organisation
from tenants.services.organisations import create_organisation
from tests.conftest import undone

pytestmark = pytest.mark.django_db
MOMENT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
BEFORE = ("noucamp", "0002_zones_of_sessions")


def a_row(before: Any, whose: Organisation, name: str) -> dict[str, Any]:
    made = before.get_model("noucamp", "ModelCheck").objects.create(
        id=f"mck_{name}",
        organisation_id=whose.pk,
        livemode=True,
        name="head.gguf",
        sha256="0" * 64,
        bytes_seen=64,
        size_bytes=4_080_263_168,
        tier_version="beta v1",
        placement="edge",
        allowed=["cloud", "edge"],
        verdict={"parameters": 6_738_415_616},
        created_at=MOMENT,
    )
    return values(made)


def values(row: Any) -> dict[str, Any]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


@dataclass(frozen=True)
class Moved:
    """What the release before left, after the move."""

    models: Any
    """Its own."""
    organisation: Organisation
    row: dict[str, Any]
    content_type: ContentType
    """Of model checks, of which an operator may see all."""


@pytest.fixture(scope="module")
def moved(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Moved]:
    """Each way takes seconds, so each test begins with what came of one."""
    with undone(django_db_blocker):
        call_command("migrate", *BEFORE, verbosity=0)
        models = MigrationExecutor(connection).loader.project_state([BEFORE]).apps
        whose, *_ = create_organisation(name="Labs", email="dev@labs.example", now=MOMENT)
        row = a_row(models, whose, "before")
        former = ContentType.objects.get(app_label="noucamp", model="modelcheck")
        may_see = Permission.objects.get(content_type=former, codename="view_modelcheck")
        operator = User.objects.create(username="operator", is_staff=True)
        operator.user_permissions.add(may_see)
        call_command("migrate", verbosity=0)
        yield Moved(models, whose, row, former)
    ContentType.objects.clear_cache()  # which knows of rows that were undone


class TestTheMove:
    def test_keeps_every_row_and_back_again(self, moved: Moved) -> None:
        (found,) = queries.model_checks(moved.organisation, livemode=True)
        assert values(found) == moved.row
        call_command("migrate", *BEFORE, verbosity=0)
        (former,) = moved.models.get_model("noucamp", "ModelCheck").objects.all()
        assert values(former) == moved.row
        ContentType.objects.clear_cache()

    def test_lets_the_release_before_go_on_beside_it(self, moved: Moved) -> None:
        kept = a_row(moved.models, moved.organisation, "beside")
        assert values(ModelCheck.objects.get(pk=kept["id"])) == kept

    def test_keeps_what_an_operator_may_see(self, moved: Moved) -> None:
        assert User.objects.get().has_perm("model_registry.view_modelcheck")
        assert ContentType.objects.get_for_model(ModelCheck) == moved.content_type
