"""Where users lead, what a month begins with, what was chosen: as tables."""

from datetime import UTC, datetime, timedelta

import pytest

from tenants.rules.tiers import (
    Cap,
    Change,
    Rung,
    Span,
    Standing,
    Why,
    at_month_start,
    choices,
    chosen_at_last,
    crossed,
    higher,
    in_force,
    led_to,
    stays,
)

LADDER = [
    Rung("beta", 0, 9_999),
    Rung("pro", 10_000, 100_000),
    Rung("enterprise", 100_001, None),
]
ENDING = LADDER[:2]
START = datetime(2026, 11, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def changes(*told: tuple[int, str, str | None, str]) -> list[Change]:
    """Moves by the day of November, the reason, and the tiers."""
    return [
        Change(START + (day - 1) * DAY, reason, left, entered)
        for day, reason, left, entered in told
    ]


class TestUsers:
    @pytest.mark.parametrize(
        ("tier", "users", "led"),
        [
            ("beta", 0, "beta"),
            ("beta", 9_999, "beta"),
            ("beta", 10_000, "pro"),
            ("beta", 100_000, "pro"),
            ("beta", 100_001, "enterprise"),
            ("pro", 5, "pro"),
            ("pro", 100_000, "pro"),
            ("pro", 100_001, "enterprise"),
            ("enterprise", 3, "enterprise"),
            ("retired", 500_000, "retired"),
        ],
    )
    def test_lead_up_and_never_down(self, tier: str, users: int, led: str) -> None:
        assert led_to(LADDER, tier, users) == led

    def test_lead_nowhere_where_no_tier_holds_them(self) -> None:
        assert led_to(ENDING, "beta", 100_001) == "beta"

    @pytest.mark.parametrize(
        ("tier", "pays", "restricted", "cap"),
        [
            ("beta", True, False, None),
            ("pro", True, False, None),
            ("enterprise", False, False, None),
            ("beta", False, False, Cap("beta", 9_999, Why.NO_PAYMENT_METHOD)),
            ("pro", False, False, Cap("pro", 100_000, Why.NO_PAYMENT_METHOD)),
            ("beta", True, True, Cap("beta", 9_999, Why.UNPAID)),
            ("pro", True, True, Cap("beta", 9_999, Why.UNPAID)),
            ("retired", False, False, None),
        ],
    )
    def test_are_capped_where_nobody_would_pay(
        self, tier: str, pays: bool, restricted: bool, cap: Cap | None
    ) -> None:
        assert Standing(tier, pays, restricted).cap(LADDER) == cap

    def test_are_capped_where_the_ladder_ends(self) -> None:
        cap = Standing("beta", pays=True, restricted=False).cap(ENDING)
        assert cap == Cap("beta", 100_000, Why.NO_TIER_ABOVE)

    @pytest.mark.parametrize(
        ("before", "users", "warned"),
        [
            (0, 7_999, []),
            (7_999, 8_000, [80]),
            (8_000, 8_001, []),
            (8_999, 9_000, [90]),
            (9_998, 9_999, [100]),
            (9_999, 10_000, []),
            (0, 20_000, [80, 90, 100]),
        ],
    )
    def test_warn_once_at_each_part_of_the_last(
        self, before: int, users: int, warned: list[int]
    ) -> None:
        assert crossed(9_999, before, users) == warned

    def test_warn_of_no_end_where_there_is_none(self) -> None:
        assert crossed(None, 0, 10**9) == []


class TestAMonth:
    @pytest.mark.parametrize(
        ("chosen", "next_tier", "last_month", "begins"),
        [
            ("beta", None, 0, "beta"),
            ("beta", None, 9_999, "beta"),
            ("beta", None, 10_000, "pro"),
            ("beta", None, 100_001, "enterprise"),
            ("pro", None, 0, "pro"),
            ("pro", None, 100_000, "pro"),
            ("pro", None, 100_001, "enterprise"),
            ("enterprise", None, 12, "enterprise"),
            ("pro", "beta", 11_000, "beta"),
            ("enterprise", "pro", 500_000, "pro"),
        ],
    )
    def test_begins_with_what_was_chosen_or_what_users_hold(
        self, chosen: str, next_tier: str | None, last_month: int, begins: str
    ) -> None:
        found = at_month_start(LADDER, chosen=chosen, next_tier=next_tier, last_month=last_month)
        assert found == begins

    def test_counts_no_tier_that_is_gone(self) -> None:
        assert higher(LADDER, "retired", "beta") == "beta"


class TestAChoice:
    @pytest.mark.parametrize(
        ("moves", "chosen"),
        [
            ([], "pro"),
            ([(3, "counted", "beta", "pro")], "beta"),
            ([(3, "chosen", "beta", "pro"), (9, "counted", "pro", "enterprise")], "pro"),
            ([(3, "operator", "beta", "enterprise"), (9, "operator", "enterprise", "pro")], "pro"),
            ([(3, "chosen", "beta", "pro"), (9, "month_start", "pro", "beta")], "beta"),
            (
                [
                    (1, "chosen", "beta", "pro"),
                    (2, "counted", "pro", "enterprise"),
                    (3, "month_start", "enterprise", "pro"),
                ],
                "pro",
            ),
            ([(3, "chosen", "beta", "pro"), (9, "restricted", "pro", "beta")], "pro"),
            ([(3, "counted", "beta", "pro"), (4, "chosen", "pro", "pro")], "pro"),
        ],
    )
    def test_is_the_last_that_was_made(
        self, moves: list[tuple[int, str, str | None, str]], chosen: str
    ) -> None:
        assert chosen_at_last(LADDER, changes(*moves), "pro") == chosen

    def test_is_in_force_until_the_month_that_begins_with_less(self) -> None:
        moves = changes((3, "chosen", "beta", "pro"), (9, "month_start", "pro", "beta"))
        assert list(choices(LADDER, moves)) == [
            Span("pro", START + 2 * DAY, START + 8 * DAY),
            Span("beta", START + 8 * DAY, None),
        ]

    @pytest.mark.parametrize(
        ("came_between", "since"),
        [([], 1), ([(4, "restricted", "pro", "beta"), (6, "restored", "beta", "pro")], 6)],
    )
    def test_of_less_is_in_force_from_the_first_instant_of_the_month_that_begins_with_it(
        self, came_between: list[tuple[int, str, str | None, str]], since: int
    ) -> None:
        noted = (9, "month_start", "pro", "beta")
        moves = in_force(changes((-1, "chosen", "beta", "pro"), *came_between, noted))
        assert moves[-1] == changes((since, *noted[1:]))[0]
        spans = choices(LADDER, moves)
        last = [span.tier for span in spans if span.meets(START + 5 * DAY, START + 30 * DAY)]
        assert last == ["beta"]

    def test_is_not_in_force_while_invoices_are_unpaid(self) -> None:
        moves = changes(
            (3, "chosen", "beta", "pro"),
            (5, "restricted", "pro", "beta"),
            (8, "restored", "beta", "pro"),
        )
        assert [(span.tier, span.to) for span in choices(LADDER, moves)] == [
            ("pro", START + 4 * DAY),
            ("pro", None),
        ]

    def test_is_nobody_s_where_users_alone_led(self) -> None:
        moves = changes((3, "counted", "beta", "pro"), (9, "month_start", "pro", "beta"))
        assert list(choices(LADDER, moves)) == []


class TestASpan:
    @pytest.mark.parametrize(
        ("since", "to", "meets"),
        [
            (None, None, True),
            (None, START, False),
            (None, START + DAY, True),
            (START + 2 * DAY, None, False),
            (START + DAY, START + 5 * DAY, True),
            (START + DAY, START + DAY, False),
        ],
    )
    def test_meets_what_begins_before_it_ends(
        self, since: datetime | None, to: datetime | None, meets: bool
    ) -> None:
        assert Span("pro", since, to).meets(START, START + 2 * DAY) is meets

    def test_follows_another_without_a_gap(self) -> None:
        moves = changes((3, "chosen", "beta", "pro"), (9, "counted", "pro", "enterprise"))
        assert [(each.tier, each.since, each.to) for each in stays(moves, "enterprise")] == [
            ("beta", None, START + 2 * DAY),
            ("pro", START + 2 * DAY, START + 8 * DAY),
            ("enterprise", START + 8 * DAY, None),
        ]
        assert list(stays([], "pro")) == [Span("pro", None, None)]
