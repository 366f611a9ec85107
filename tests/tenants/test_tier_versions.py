"""A tier's numbers change by publishing a version, never by editing one in force."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from tenants import queries
from tenants.limits import Algorithm
from tenants.models import ContractLimit, Limit
from tenants.services.tiers import copy_tier_version

PUBLISHED = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
LATER = PUBLISHED + timedelta(days=1)


@pytest.mark.django_db
class TestACopy:
    def test_holds_every_number_of_the_version_it_follows(self) -> None:
        first = queries.tier_version("pro", PUBLISHED)
        second = copy_tier_version(first, effective_at=LATER)
        assert (second.number, second.tier_id) == (first.number + 1, "pro")
        assert (second.mau_from, second.mau_to) == (first.mau_from, first.mau_to)
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


def limit(name: str, algorithm: str, counts: str = "") -> ContractLimit:
    return ContractLimit(
        name=name, algorithm=algorithm, unit="unit", quantity=1, per_ms=1_000, burst=1,
        counts=counts,
    )  # fmt: skip


@pytest.mark.django_db
class TestARecording:
    def test_of_a_new_version_may_be_as_long_and_large_as_of_the_one_before(self) -> None:
        first = queries.tier_version("pro", PUBLISHED)
        assert (first.recording_seconds_max, first.recording_bytes_max) == (1_800, 134_217_728)
        first.recording_seconds_max, first.recording_bytes_max = 60, 1_000
        first.save()
        second = copy_tier_version(first, effective_at=LATER)
        assert (second.recording_seconds_max, second.recording_bytes_max) == (60, 1_000)

    def test_may_not_be_larger_than_what_comes_through_the_door(self, settings: Any) -> None:
        version = queries.tier_version("pro", PUBLISHED)
        version.full_clean()
        settings.UPLOAD_MAX_BYTES = 134_217_727
        with pytest.raises(ValidationError, match="at most 134217727 bytes") as refused:
            version.full_clean()
        assert set(refused.value.message_dict) == {"recording_bytes_max"}

    @pytest.mark.parametrize("seconds", [0, 7_201])
    def test_lasts_for_something_and_for_no_more_than_two_hours(self, seconds: int) -> None:
        version = queries.tier_version("pro", PUBLISHED)
        version.recording_seconds_max = seconds
        with pytest.raises(ValidationError, match="recording_seconds_max"):
            version.full_clean()


@pytest.mark.django_db
class TestACost:
    def test_is_held_or_spent_under_all_its_limits_whatever_they_are_called(self) -> None:
        copy = copy_tier_version(queries.tier_version("pro", PUBLISHED), effective_at=LATER)
        Limit.objects.create(
            version=copy, name="doors", algorithm=Algorithm.CONCURRENCY, unit="door", quantity=1,
            per_ms=1_000, counts="sockets",
        )  # fmt: skip
        for wrong in (limit("sockets", "rate"), limit("fair", "window", counts="sockets")):
            with pytest.raises(ValidationError, match="never both"):
                wrong.clean()
        limit("sockets", "concurrency").clean()
        limit("fair", "concurrency", counts="sockets").clean()
        limit("doors", "rate", counts="requests").clean()  # The other of that name counts sockets.

    def test_that_no_call_has_is_counted_by_no_limit(self) -> None:
        for wrong in (limit("requets", "rate"), limit("fair", "rate", counts="nonsense")):
            with pytest.raises(ValidationError, match="There are: requests, effects"):
                wrong.clean()
