"""The caps of the tiers that every installation begins with."""

import pytest

from modelhub.caps import caps
from tenants.models import TierVersion
from tests.modelhub.verdicts.models import DEFAULT_CAPS


@pytest.mark.django_db
def test_the_seed_s_tiers_carry_the_caps_of_the_published_verdicts() -> None:
    versions = list(TierVersion.objects.all())
    assert versions
    assert [caps(version) for version in versions] == [DEFAULT_CAPS] * len(versions)
