"""A service credit that is told after the close: it comes off the month that it is for."""

import json

import pytest

from billing.models import Correction, CreditNote
from billing.queries.verification import kept_problems
from billing.services.closing import close_due, close_month
from tests.billing.making import day
from tests.billing.statements.making import (
    CLOSING,
    NEXT_CLOSING,
    NOVEMBER,
    OCTOBER,
    give_service_credit,
    organisation,
    use_users,
)

pytestmark = pytest.mark.django_db
LATER = day(1, 4, year=2027)


class TestALateServiceCredit:
    def test_comes_off_the_month_that_it_is_for(self) -> None:
        whose = organisation()
        use_users(whose, 10_000)
        close_month(OCTOBER, now=CLOSING)
        give_service_credit(whose, "10")
        close_month(NOVEMBER, now=NEXT_CLOSING)
        assert Correction.objects.get().amount_minor == -500
        assert CreditNote.objects.get().amount_minor == 500

    def test_loses_nothing_to_late_usage_that_is_waived(self) -> None:
        """Set off against it, what nobody asks for would be paid all the same."""
        whose = organisation()
        use_users(whose, 10_000)
        close_month(OCTOBER, now=CLOSING)
        close_month(NOVEMBER, now=NEXT_CLOSING)
        use_users(whose, 2_000, first=20_000)
        give_service_credit(whose, "10")
        close_due(LATER)
        correction = Correction.objects.get()
        assert (correction.amount_minor, correction.waived) == (-500, False)
        said = json.loads(correction.content)
        assert (said["late"], said["left_out"]) == ({}, {"mau": "2000"})
        assert CreditNote.objects.get().amount_minor == 500
        assert list(kept_problems()) == []
        close_due(day(2, 4, year=2027))
        assert Correction.objects.count() == 1

    def test_loses_nothing_to_what_was_waived_before_it(self) -> None:
        whose = organisation()
        use_users(whose, 10_000)
        close_month(OCTOBER, now=CLOSING)
        close_month(NOVEMBER, now=NEXT_CLOSING)
        use_users(whose, 2_000, first=20_000)
        close_due(LATER)
        assert Correction.objects.get().waived
        give_service_credit(whose, "10")
        for month in (2, 3):
            close_due(day(month, 4, year=2027))
        second = Correction.objects.get(number=2)
        assert (second.amount_minor, second.waived) == (-500, False)
        assert Correction.objects.count() == 2

    def test_is_of_the_late_usage_too_where_that_is_charged(self) -> None:
        whose = organisation()
        use_users(whose, 10_000)
        close_month(OCTOBER, now=CLOSING)
        use_users(whose, 2_000, first=20_000)
        give_service_credit(whose, "10")
        close_due(NEXT_CLOSING)
        assert Correction.objects.get().amount_minor == 1_000 - 600
