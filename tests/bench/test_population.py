"""Rows by the thousand: all there, and those in use spread over all."""

import pytest

from bench.population import repeat
from tenants.models import ApiKey, Organisation
from tests.conftest import Tenant

pytestmark = pytest.mark.django_db


class TestRepeat:
    def test_makes_rows_that_differ_where_told(self, tenant: Tenant) -> None:
        repeat(tenant.organisation, 12, {"id": "'org_' || n"})
        made = Organisation.objects.exclude(pk=tenant.organisation.pk)
        assert {row.pk for row in made} == {f"org_{number}" for number in range(1, 13)}
        assert {row.name for row in made} == {tenant.organisation.name}

    def test_spreads_those_in_use_evenly(self, tenant: Tenant) -> None:
        key = ApiKey.objects.filter(organisation=tenant.organisation)[0]
        columns = {"id": "'key_' || n", "fingerprint": "n::text"}
        repeat(key, 12, columns, {"fingerprint": ["first", "second", "third"]})
        found = {row.pk: row.fingerprint for row in ApiKey.objects.filter(name=key.name)}
        assert found.pop(key.pk) == key.fingerprint
        used = {"key_4": "first", "key_8": "second", "key_12": "third"}
        assert found == {f"key_{number}": str(number) for number in range(1, 13)} | used
