"""Identifiers sort by the moment they were made."""

from datetime import datetime, timedelta

from foundation.base62 import encode
from foundation.ids import LENGTH, new_id


class TestNewId:
    def test_names_its_kind_and_has_one_length(self, moment: datetime) -> None:
        assert new_id("job", moment).startswith("job_")
        assert len(new_id("job", moment)) == len("job_") + LENGTH

    def test_sorts_by_time(self, moment: datetime) -> None:
        times = [moment + timedelta(milliseconds=n * 7) for n in range(200)]
        made = [new_id("job", time) for time in times]
        assert made == sorted(made)

    def test_is_never_twice_the_same(self, moment: datetime) -> None:
        assert len({new_id("job", moment) for _ in range(1000)}) == 1000


class TestBase62:
    def test_keeps_the_order_of_numbers(self) -> None:
        assert [encode(n, 2) for n in (0, 9, 10, 35, 36, 61, 62)] == [
            "00", "09", "0A", "0Z", "0a", "0z", "10",
        ]  # fmt: skip
