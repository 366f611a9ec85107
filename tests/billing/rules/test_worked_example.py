"""The example that the reference works through comes to what it says."""

from datetime import date
from decimal import Decimal
from pathlib import Path

from billing.rules.agreements import Agreed, agreement
from billing.rules.currencies import currency
from billing.rules.months import AvailableCredit, Composed, MonthInputs, ServiceCredit, compose
from billing.rules.prices import Band, Mode, total
from billing.rules.rating import Segment
from billing.rules.rounding import exact, minor, money, unrounded
from tests.billing.rules.lists import mau, terms

PAGE = (Path(__file__).parents[3] / "docs/reference/billing-rules.md").read_text()
MONTH = date(2026, 10, 1)
USD = currency("usd")


def worked() -> Composed:
    acme = terms(mau(bands=(Band(0, None, Decimal("0.004")),)), slug="acme")
    contract = Agreed("con_1", date(2026, 10, 16), None, acme, Decimal(10), 31_000)
    agreed = agreement(MONTH, terms(), [contract])
    segments = [
        Segment(
            each.start,
            each.end,
            each.terms,
            {"mau": Decimal(users)},
            each.contract,
            each.discount_percent,
        )
        for each, users in zip(agreed.pieces, (10_001, 8_000), strict=True)
    ]
    return compose(
        MonthInputs(
            segments,
            adjustments=[ServiceCredit(Decimal(5), "availability", "slo_1")],
            minimum_commitment_minor=agreed.minimum_commitment_minor,
            credits=[AvailableCredit("crd_1", "prepaid", 10_000)],
        )
    )


def amount(of_minor: int) -> str:
    return money(exact(of_minor, USD), USD).removesuffix(" USD")


def rows(heading: str) -> list[list[str]]:
    """The cells of the first table beneath a line that begins so."""
    after = PAGE[PAGE.index(heading) :].splitlines()
    first = next(number for number, line in enumerate(after) if line.startswith("|---"))
    table = []
    for line in after[first + 1 :]:
        if not line.startswith("|"):
            break
        table.append([cell.strip() for cell in line.strip("|").split("|")])
    return table


class TestTheWorkedExample:
    def test_comes_to_the_cent(self) -> None:
        composed = worked()
        *told, (_, _, _, last) = rows("## Worked, to the cent")
        assert [cells[2:] for cells in told] == [
            [unrounded(line.unrounded), amount(line.amount_minor)] for line in composed.lines
        ]
        assert last.strip("*") == amount(composed.total_minor)


class TestTheTableOfModes:
    def test_is_what_the_rules_say(self) -> None:
        for users, *cells in rows("Read in each mode it comes to"):
            many = int(users.replace(",", ""))
            modes = (Mode.VOLUME, Mode.GRADUATED, Mode.VOLUME_FLOOR)
            assert cells == [amount(minor(total(mau(mode), many), USD)) for mode in modes]
