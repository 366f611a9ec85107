"""What was agreed, chosen, given and paid ahead, as the close reckons with it."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.models import CreditEntry, PriceBand, PriceList, Statement
from billing.previews import preview
from billing.queries.credits import balance
from billing.queries.idle import owing_unused
from billing.services.closing import close_due, close_month
from billing.services.contracts import sign_contract
from tenants.models import Organisation, TierChange
from tests.billing.making import credit, day, price_list
from tests.billing.statements.making import (
    CLOSING,
    EARLY,
    NEXT_CLOSING,
    OCTOBER,
    content,
    give_service_credit,
    organisation,
    use_users,
)

pytestmark = pytest.mark.django_db


def flat(first: int) -> None:
    """$10 beside the unit price of the published band that begins there."""
    bands = PriceBand.objects.filter(price__version__price_list="published", first=first)
    assert bands.update(flat=Decimal(10)) == 1


def _choose(whose: Organisation, tier: str, *, at: datetime) -> None:
    TierChange.objects.create(
        organisation=whose, from_tier_id="beta", to_tier_id=tier, at=at, reason="chosen"
    )


def _previewed(whose: Organisation) -> int:
    return preview(whose, livemode=True, now=day(10, 31)).total_minor


def _billed() -> dict[str, int]:
    return dict(Statement.objects.values_list("organisation", "total_minor"))


class TestWhoUsedNothing:
    def test_has_a_statement_if_it_has_a_contract_or_a_credit(self) -> None:
        bound, paid = organisation("Bound"), organisation("Paid")
        organisation("Nobody")
        sign_contract(
            organisation=bound, starts_at=day(10), now=EARLY, minimum_commitment_minor=20_000
        )
        credit(paid, 500)
        assert close_month(OCTOBER, now=CLOSING) == 2
        assert Statement.objects.get(organisation=bound).total_minor == 20_000
        assert Statement.objects.get(organisation=paid).total_minor == 0

    def test_owes_a_flat_amount_as_its_preview_told(self) -> None:
        flat(0)
        busy, quiet, new = (organisation(each) for each in ("Busy", "Quiet", "New"))
        organisation("Sandbox", sandbox_of=quiet)
        Organisation.objects.filter(pk=new.pk).update(created_at=day(11))
        use_users(busy, 1)
        told = {each.pk: _previewed(each) for each in (busy, quiet)}
        assert set(told.values()) == {1_000}
        close_due(CLOSING)
        assert _billed() == told

    def test_owes_the_flat_amount_of_a_tier_that_it_chose(self) -> None:
        flat(10_000)
        chose, once, _ = (organisation(each) for each in ("Chose", "Once", "Counted"))
        _choose(chose, "pro", at=EARLY)
        _choose(once, "pro", at=day(8))
        _choose(once, "beta", at=day(9))
        told = {chose.pk: _previewed(chose)}
        assert (_previewed(once), told) == (0, {chose.pk: 1_000})
        close_due(CLOSING)
        assert _billed() == told

    @pytest.mark.parametrize("first", [None, 10_000])
    def test_is_not_even_looked_at_where_it_owes_nothing(self, first: int | None) -> None:
        if first is not None:
            flat(first)
        with CaptureQueriesContext(connection) as of_none:
            assert not owing_unused(OCTOBER)
        for number in range(3):
            organisation(str(number))
        with CaptureQueriesContext(connection) as of_three:
            assert not owing_unused(OCTOBER)
        assert len(of_none) == len(of_three)

    def test_of_prices_that_nobody_can_be_billed_by_holds_up_no_other(self) -> None:
        flat(0)
        PriceList.objects.filter(pk="published").update(currency="xxx")
        organisation("Quiet")
        assert close_due(CLOSING) == 0

    def test_is_billed_for_months_in_which_nothing_ran_either(self) -> None:
        bound = organisation("Bound")
        sign_contract(
            organisation=bound, starts_at=day(10), now=EARLY, minimum_commitment_minor=20_000
        )
        close_due(CLOSING)
        close_due(day(2, 4, year=2027))
        months = Statement.objects.order_by("closed_at", "month").values_list("month", flat=True)
        assert [each.month for each in months] == [10, 11, 12, 1]

    def test_has_none_of_a_month_before_it_came(self) -> None:
        new = organisation("New")
        Organisation.objects.filter(pk=new.pk).update(created_at=day(11, 2))
        credit(new, 500)
        assert close_month(OCTOBER, now=CLOSING) == 0


class TestWhatWasAgreed:
    def test_splits_the_month_by_who_was_first_seen_when(self) -> None:
        whose = organisation()
        own = price_list("own", organisation=whose, bands=[(0, None, "0.001")])
        sign_contract(organisation=whose, starts_at=day(10, 16), now=EARLY, price_list=own)
        use_users(whose, 8_000)
        use_users(whose, 4_000, at=day(10, 16), first=8_000)
        close_month(OCTOBER, now=CLOSING)
        said = content(whose)
        assert [part["quantities"]["mau"] for part in said["segments"]] == ["8000", "4000"]
        assert [line["amount_minor"] for line in said["lines"]] == [4_000, 400]

    def test_pays_from_credits_and_keeps_what_is_left(self) -> None:
        whose = organisation()
        soon, late = credit(whose, 2_000, until=day(12)), credit(whose, 9_000)
        use_users(whose, 11_000)
        close_month(OCTOBER, now=CLOSING)
        assert (balance(soon), balance(late)) == (0, 5_500)
        assert Statement.objects.get().total_minor == 0
        entries = CreditEntry.objects.filter(kind="used")
        assert {entry.statement_id for entry in entries} == {Statement.objects.get().pk}
        close_month(OCTOBER, now=CLOSING)
        assert balance(late) == 5_500

    def test_makes_up_for_a_commitment_and_gives_back_for_service_levels(self) -> None:
        whose = organisation()
        sign_contract(
            organisation=whose,
            starts_at=day(10),
            now=EARLY,
            minimum_commitment_minor=6_000,
            discount_percent=Decimal(10),
        )
        use_users(whose, 12_000)
        give_service_credit(whose, "25")
        close_month(OCTOBER, now=CLOSING)
        assert [(line["kind"], line["amount_minor"]) for line in content(whose)["lines"]] == [
            ("usage", 6_000),
            ("service_credit", -1_500),
            ("discount", -450),
            ("commitment", 1_950),
        ]

    def test_is_counted_in_whole_yen(self) -> None:
        whose = organisation()
        yen = price_list("yen", code="jpy", organisation=whose, bands=[(0, None, "0.5")])
        PriceList.objects.filter(pk="published").update(currency="jpy")
        sign_contract(organisation=whose, starts_at=day(10), now=EARLY, price_list=yen)
        use_users(whose, 11)
        close_month(OCTOBER, now=CLOSING)
        said = content(whose)
        assert (said["currency"], said["minor_digits"], said["total_minor"]) == ("jpy", 0, 6)
        assert said["lines"][0]["unrounded"] == "5.5"

    def test_pays_the_band_of_a_tier_that_it_chose_itself(self) -> None:
        whose = organisation()
        _move(whose, "pro", "chosen", day(10, 2))
        _move(whose, "beta", "month_start", day(11) + timedelta(seconds=20))  # when it was noted
        use_users(whose, 4_000)
        use_users(whose, 4_000, at=day(11, 2))
        assert close_due(NEXT_CLOSING) == 2
        october, november = Statement.objects.order_by("month")
        assert (october.total_minor, november.total_minor) == (2_000, 0)
        assert content(whose)["tier"] == "pro"


def _move(whose: Organisation, tier: str, reason: str, at: datetime) -> None:
    TierChange.objects.create(
        organisation=whose, from_tier_id=whose.tier_id, to_tier_id=tier, at=at, reason=reason
    )
