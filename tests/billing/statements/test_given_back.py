"""What a correction gives back: never more than was paid, by whatever means."""

from datetime import timedelta

import pytest

from billing.models import Correction, Credit, CreditNote, Invoice
from billing.queries.credits import balance
from billing.services.closing import close_due, close_month
from billing.services.collection import driving, refunds
from billing.services.contracts import sign_contract
from billing.services.credits import grant_credit
from metering.models import Adjustment
from tenants.models import Organisation
from tests.billing.making import credit, day, price_list
from tests.billing.statements.making import (
    CLOSING,
    EARLY,
    NEXT_CLOSING,
    NOVEMBER,
    OCTOBER,
    give_service_credit,
    organisation,
    use_users,
)

pytestmark = pytest.mark.django_db
LATER = day(1, 4, year=2027)


@pytest.fixture
def whose() -> Organisation:
    """It owes 500 dollars for October, of which a user more would make 200."""
    made = organisation()
    use_users(made, 100_000)
    return made


def finalised() -> Invoice:
    invoice = Invoice.objects.get()
    driving.drive(invoice.pk, now=CLOSING)
    invoice.refresh_from_db()
    return invoice


def credits_given() -> list[int]:
    return [balance(each) for each in Credit.objects.filter(kind="goodwill").order_by("granted_at")]


def notes_given() -> list[int]:
    return list(CreditNote.objects.order_by("pk").values_list("amount_minor", flat=True))


class TestWhatNobodyPaid:
    def test_does_not_come_back_of_a_void_invoice(self, whose: Organisation) -> None:
        close_month(OCTOBER, now=CLOSING)
        refunds.void(finalised(), now=CLOSING)
        use_users(whose, 1, first=200_000)
        close_due(NEXT_CLOSING)
        assert Correction.objects.get().amount_minor == -30_000
        assert (credits_given(), notes_given()) == ([], [])

    def test_does_not_come_back_of_an_invoice_that_was_taken_off(self, whose: Organisation) -> None:
        close_month(OCTOBER, now=CLOSING)
        invoice = finalised()
        note = refunds.credit(invoice, amount_minor=40_000, reason="Sorry", now=CLOSING)
        refunds.issue(note.pk, now=CLOSING)
        use_users(whose, 1, first=200_000)
        close_due(NEXT_CLOSING)
        assert (credits_given(), notes_given()) == ([], [40_000, 10_000])


class TestWhatACreditPaid:
    def test_comes_back_beside_a_void_invoice(self, whose: Organisation) -> None:
        credit(whose, 10_000)
        close_month(OCTOBER, now=CLOSING)
        refunds.void(finalised(), now=CLOSING)
        use_users(whose, 1, first=200_000)
        close_due(NEXT_CLOSING)
        assert (credits_given(), notes_given()) == ([10_000], [])

    def test_comes_back_once(self, whose: Organisation) -> None:
        credit(whose, 32_000)
        close_month(OCTOBER, now=CLOSING)
        refunds.void(finalised(), now=CLOSING)
        use_users(whose, 1, first=200_000)
        close_due(NEXT_CLOSING)
        give_service_credit(whose, "50")
        close_due(LATER)
        second = Correction.objects.get(number=2)
        assert second.amount_minor == -10_000
        assert (credits_given(), notes_given()) == ([30_000, 2_000], [])

    def test_comes_back_in_whole_steps_of_its_currency(self) -> None:
        """An older note may have taken any amount off, and a credit is of whole kronur."""
        whose = organisation()
        krona = price_list(
            "krona",
            code="isk",
            organisation=whose,
            bands=[(0, 99, "1000"), (100, None, "1")],
            allow_decrease=True,
        )
        sign_contract(organisation=whose, starts_at=day(10), now=EARLY, price_list=krona)
        grant_credit(organisation=whose, amount_minor=20_000, now=EARLY, code="isk")
        use_users(whose, 50)
        close_month(OCTOBER, now=CLOSING)
        note = refunds.credit(finalised(), amount_minor=100, reason="Sorry", now=CLOSING)
        CreditNote.objects.filter(pk=note.pk).update(amount_minor=150)
        use_users(whose, 60, first=100)
        close_due(NEXT_CLOSING)
        assert Correction.objects.get().amount_minor == 11_000 - 5_000_000
        assert (credits_given(), notes_given()) == ([9_100], [150, 4_979_850])


class TestWhatALaterStatementCharged:
    def paid_in_november(self) -> Organisation:
        """10,000 users, one of whom came late: his 50 dollars are a line of November's."""
        whose = organisation()
        use_users(whose, 9_999)
        close_month(OCTOBER, now=CLOSING)
        use_users(whose, 1, first=20_000)
        close_due(NEXT_CLOSING)
        assert Invoice.objects.get().statement.month == NOVEMBER
        give_service_credit(whose, "10")
        return whose

    def test_comes_back_as_a_credit(self) -> None:
        self.paid_in_november()
        close_due(LATER)
        assert (credits_given(), notes_given()) == ([500], [])
        refunds.void(Invoice.objects.get(), now=LATER)
        Adjustment.objects.update(percent=60)
        close_due(day(2, 4, year=2027))
        assert Correction.objects.get(number=3).amount_minor == -2_500
        assert credits_given() == [500]

    def test_does_not_where_that_is_void(self) -> None:
        self.paid_in_november()
        refunds.void(Invoice.objects.get(), now=NEXT_CLOSING + timedelta(hours=1))
        close_due(LATER)
        assert Correction.objects.get(number=2).amount_minor == -500
        assert (credits_given(), notes_given()) == ([], [])
