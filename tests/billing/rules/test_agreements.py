"""Which prices hold on which days of a month."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from billing.rules.agreements import Agreed, Piece, agreement
from tests.billing.rules.lists import terms

OCTOBER = date(2026, 10, 1)
PUBLISHED, ACME = terms(), terms(slug="acme")


def agreed(start: date, end: date | None, commitment: int = 0, discount: str = "0") -> Agreed:
    return Agreed("con_1", start, end, ACME, Decimal(discount), commitment)


def days(pieces: tuple[Piece, ...]) -> list[tuple[int, str, str | None]]:
    return [(each.start.day, each.terms.list, each.contract) for each in pieces]


class TestAMonth:
    def test_without_a_contract_has_the_published_prices(self) -> None:
        made = agreement(OCTOBER, PUBLISHED, [])
        assert days(made.pieces) == [(1, "published", None)]
        assert (made.pieces[0].end, made.minimum_commitment_minor) == (date(2026, 11, 1), 0)

    def test_inside_a_contract_has_its_prices_and_its_whole_commitment(self) -> None:
        made = agreement(OCTOBER, PUBLISHED, [agreed(date(2026, 1, 1), None, 999, "5")])
        assert days(made.pieces) == [(1, "acme", "con_1")]
        assert made.minimum_commitment_minor == 999
        assert made.pieces[0].discount_percent == Decimal(5)

    def test_is_split_where_a_contract_begins_and_ends(self) -> None:
        made = agreement(OCTOBER, PUBLISHED, [agreed(date(2026, 10, 11), date(2026, 10, 21))])
        assert days(made.pieces) == [
            (1, "published", None),
            (11, "acme", "con_1"),
            (21, "published", None),
        ]
        assert [each.end.day for each in made.pieces] == [11, 21, 1]

    def test_commits_for_the_days_of_the_contract_alone(self) -> None:
        half = agreed(date(2026, 10, 1), date(2026, 10, 16), 3_100)
        other = agreed(date(2026, 10, 30), None, 310)
        assert agreement(OCTOBER, PUBLISHED, [half, other]).minimum_commitment_minor == 1_520

    def test_rounds_a_part_of_a_commitment_half_up(self) -> None:
        part = agreed(date(2026, 10, 31), None, 100)  # 100 / 31 = 3.2
        assert agreement(OCTOBER, PUBLISHED, [part]).minimum_commitment_minor == 3

    def test_in_a_currency_that_is_not_known_is_left_to_whoever_composes_it(self) -> None:
        unknown = replace(
            agreed(date(2026, 10, 31), None, 100), terms=replace(ACME, currency="zzz")
        )
        assert agreement(OCTOBER, PUBLISHED, [unknown]).pieces[1].terms.currency == "zzz"

    def test_that_a_contract_does_not_touch_is_not_its(self) -> None:
        before = agreed(date(2026, 8, 1), date(2026, 10, 1), 100)
        after = agreed(date(2026, 11, 1), None, 100)
        made = agreement(OCTOBER, PUBLISHED, [before, after])
        assert (days(made.pieces), made.minimum_commitment_minor) == ([(1, "published", None)], 0)
