"""What may be published as a limit."""

import pytest

from ratelimit.rules import Concurrency, Rate, Window


class TestRate:
    @pytest.mark.parametrize(
        ("rate", "window_ms"),
        [
            (Rate("requests", 10, 1000, 20), 2000),
            (Rate("requests", 100, 1000, 200), 2000),
            (Rate("effects", 1, 2000, 5, "effect"), 10_000),
            (Rate("requests", 3, 1000, 1), 334),
        ],
    )
    def test_tells_how_long_an_empty_burst_takes_to_fill(self, rate: Rate, window_ms: int) -> None:
        assert rate.window_ms == window_ms
        assert rate.limit == rate.burst

    @pytest.mark.parametrize(
        ("rate", "drain", "shares_per_unit"),
        [
            (Rate("requests", 10, 1000, 20), 1, 100_000),
            (Rate("requests", 3, 1000, 20), 3, 1_000_000),
            (Rate("requests", 7, 60_000, 20), 7, 60_000_000),
        ],
    )
    def test_counts_in_the_largest_exact_share(
        self, rate: Rate, drain: int, shares_per_unit: int
    ) -> None:
        assert (rate.drain, rate.shares_per_unit) == (drain, shares_per_unit)

    def test_refuses_a_burst_that_doubles_cannot_count(self) -> None:
        with pytest.raises(ValueError, match="too large to count exactly"):
            Rate("bytes", 7, 86_400_000, 10**9)


class TestEveryPolicy:
    @pytest.mark.parametrize("name", ["", "Requests", "a b", 'a"b', "a:b", "a" * 49, "1st"])
    def test_refuses_a_name_that_cannot_stand_in_a_header(self, name: str) -> None:
        for build in (
            lambda: Rate(name, 1, 1, 1),
            lambda: Window(name, 1, 1),
            lambda: Concurrency(name, 1, 1),
            lambda: Window("fine", 1, 1, unit=name),
        ):
            with pytest.raises(ValueError, match="named like"):
                build()

    @pytest.mark.parametrize("number", [0, -1, 10**12])
    def test_refuses_numbers_out_of_range(self, number: int) -> None:
        for build in (
            lambda: Rate("r", number, 1000, 1),
            lambda: Rate("r", 1, 1000, number),
            lambda: Window("w", number, 1000),
            lambda: Window("w", 1, number),
            lambda: Concurrency("c", number, 1000),
            lambda: Concurrency("c", 1, number),
        ):
            with pytest.raises(ValueError, match="outside"):
                build()
