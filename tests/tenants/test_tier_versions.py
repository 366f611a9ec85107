"""A tier's numbers change by publishing a version, never by editing one in force."""

from datetime import UTC, datetime, timedelta

import pytest

from tenants import queries
from tenants.services import copy_tier_version

PUBLISHED = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LATER = PUBLISHED + timedelta(days=1)


@pytest.mark.django_db
class TestACopy:
    def test_holds_every_number_of_the_version_it_follows(self) -> None:
        first = queries.tier_version("pro", PUBLISHED)
        second = copy_tier_version(first, effective_at=LATER)
        assert (second.number, second.tier_id) == (first.number + 1, "pro")
        assert (second.price_per_mau, second.mau_to) == (first.price_per_mau, first.mau_to)
        assert queries.tier_limits(second) == queries.tier_limits(first)

    def test_is_in_force_from_its_own_instant_and_not_before(self) -> None:
        first = queries.tier_version("pro", PUBLISHED)
        second = copy_tier_version(first, effective_at=LATER)
        assert queries.tier_version("pro", LATER - timedelta(milliseconds=1)) == first
        assert queries.tier_version("pro", LATER) == second

    def test_follows_the_newest_number_whichever_was_copied(self) -> None:
        first = queries.tier_version("pro", PUBLISHED)
        copy_tier_version(first, effective_at=LATER)
        assert copy_tier_version(first, effective_at=LATER).number == first.number + 2

    def test_leaves_the_first_version_as_it_was(self) -> None:
        first = queries.tier_version("pro", PUBLISHED)
        second = copy_tier_version(first, effective_at=LATER)
        second.limits.filter(name="effects").update(quantity=1)
        assert first.limits.get(name="effects").quantity == 500
