"""A projection of the month's count."""

from decimal import Decimal

from billing.rules.pace import projected


class TestProjected:
    def test_goes_on_at_the_pace_so_far(self) -> None:
        assert projected(Decimal(300), elapsed_s=10 * 86_400, period_s=30 * 86_400) == 900

    def test_says_no_more_than_is_known_in_the_first_hour(self) -> None:
        assert projected(Decimal(300), elapsed_s=60, period_s=30 * 86_400) == 300

    def test_never_falls_below_what_was_counted(self) -> None:
        # A month that is closed a day late would otherwise come to 677.
        assert projected(Decimal(700), elapsed_s=31 * 86_400, period_s=30 * 86_400) == 700

    def test_begins_with_the_second_hour(self) -> None:
        assert projected(Decimal(3), elapsed_s=3_599, period_s=7_200) == 3
        assert projected(Decimal(3), elapsed_s=3_600, period_s=7_200) == 6

    def test_rounds_a_half_up(self) -> None:
        assert projected(Decimal(1), elapsed_s=4_000, period_s=6_000) == 2

    def test_of_parts_of_a_unit_is_whole(self) -> None:
        assert projected(Decimal("1.3"), elapsed_s=4_000, period_s=8_000) == 3
        assert projected(Decimal("1.3"), elapsed_s=8_000, period_s=8_000) == Decimal("1.3")
