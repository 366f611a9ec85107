"""What arrives after the close: one signed correction, both ways, and nothing twice."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from billing.models import Correction, Credit, CreditNote, Invoice, Statement
from billing.previews import preview
from billing.queries.credits import balance
from billing.queries.verification import kept_problems
from billing.services.closing import close_due, close_month
from billing.services.contracts import sign_contract
from metering.items import Item
from metering.models import Meter, UsageMonth
from metering.services import record_admitted_users, record_events
from tenants.models import Organisation
from tests.billing.making import credit, day, price_list
from tests.billing.statements.making import (
    CLOSING,
    EARLY,
    NEXT_CLOSING,
    NOVEMBER,
    OCTOBER,
    content,
    organisation,
    retired,
    use_users,
)

pytestmark = pytest.mark.django_db
LATER = day(1, 4, year=2027)


def lines(whose: Organisation, month: Any) -> list[tuple[str, int]]:
    said = json.loads(Statement.objects.get(organisation=whose, month=month).content)
    return [(line["kind"], line["amount_minor"]) for line in said["lines"]]


def in_yen(whose: Organisation) -> None:
    """A contract in yen from November on."""
    yen = price_list("yen", code="jpy", organisation=whose, bands=[(0, None, "1")])
    sign_contract(organisation=whose, starts_at=day(11), now=EARLY, price_list=yen)


def sight(whose: Organisation, at: datetime, *, now: datetime) -> None:
    """An event of one user, who came at that time."""
    Meter.objects.filter(pk="mau").update(reported=True)
    record_events(
        organisation=whose,
        livemode=True,
        items=[Item(event_id=at.isoformat(), meter="mau", user="zoe", time=at)],
        now=now,
        key_id="key",
        family="account",
    )


class TestLateUsers:
    def test_who_make_the_month_dearer_are_a_line_of_the_next_statement(self) -> None:
        whose = organisation()
        use_users(whose, 10_000)
        close_month(OCTOBER, now=CLOSING)
        use_users(whose, 500, first=20_000)
        assert UsageMonth.objects.get(month=OCTOBER).late_mau == 500
        use_users(whose, 3, at=day(11, 5))
        close_month(NOVEMBER, now=NEXT_CLOSING)
        correction = Correction.objects.get()
        assert (correction.amount_minor, correction.waived, correction.number) == (250, False, 1)
        assert correction.settled_in == Statement.objects.get(month=NOVEMBER)
        assert lines(whose, NOVEMBER) == [("usage", 0), ("correction", 250)]
        assert Statement.objects.get(month=OCTOBER).total_minor == 5_000
        assert Invoice.objects.get(statement__month=NOVEMBER).total_minor == 250
        assert not CreditNote.objects.exists()

    def test_get_a_statement_even_where_nothing_else_was_used(self) -> None:
        whose = organisation()
        use_users(whose, 10_000)
        close_month(OCTOBER, now=CLOSING)
        use_users(whose, 1, first=20_000)
        assert close_due(NEXT_CLOSING) == 1
        assert lines(whose, NOVEMBER) == [("usage", 0), ("correction", 1)]

    def test_are_waived_when_they_come_too_late_to_be_charged(self, settings: Any) -> None:
        whose = organisation()
        use_users(whose, 10_000)
        close_month(OCTOBER, now=CLOSING)
        close_month(NOVEMBER, now=NEXT_CLOSING)
        use_users(whose, 500, first=20_000)
        close_due(LATER)
        correction = Correction.objects.get()
        assert (correction.amount_minor, correction.waived) == (250, True)
        december = Statement.objects.get(month=day(12).date())
        assert (december.total_minor, lines(whose, december.month)) == (
            0,
            [("usage", 0), ("correction", 0)],
        )

    def test_who_make_the_month_cheaper_become_a_credit_note(self) -> None:
        whose = organisation()
        use_users(whose, 100_000)
        close_month(OCTOBER, now=CLOSING)
        use_users(whose, 1, first=200_000)
        close_due(NEXT_CLOSING)
        correction = Correction.objects.get()
        assert correction.amount_minor == -30_000
        note = CreditNote.objects.get()
        assert (note.amount_minor, note.invoice.statement.month, note.correction) == (
            30_000,
            OCTOBER,
            correction,
        )
        assert note.state == "created"
        assert Statement.objects.get(month=NOVEMBER).total_minor == 0

    def test_give_back_as_a_credit_what_a_credit_had_paid(self) -> None:
        whose = organisation()
        credit(whose, 45_000)
        use_users(whose, 100_000)
        close_month(OCTOBER, now=CLOSING)
        assert Invoice.objects.get().total_minor == 5_000
        use_users(whose, 1, first=200_000)
        close_due(NEXT_CLOSING)
        assert CreditNote.objects.get().amount_minor == 5_000
        back = Credit.objects.get(kind="goodwill")
        assert balance(back) == 25_000

    def test_are_corrected_once_until_there_are_more(self) -> None:
        whose = organisation()
        use_users(whose, 10_000)
        close_month(OCTOBER, now=CLOSING)
        use_users(whose, 500, first=20_000)
        close_due(NEXT_CLOSING)
        use_users(whose, 1, at=day(12, 2))
        close_due(LATER)
        assert Correction.objects.count() == 1
        use_users(whose, 100, first=30_000)
        use_users(whose, 1, at=day(1, 5, year=2027))
        close_due(day(2, 4, year=2027))
        first, second = Correction.objects.order_by("number")
        assert (first.amount_minor, first.waived) == (250, False)
        assert (second.amount_minor, second.waived, second.number) == (50, True, 2)

    def test_are_no_line_of_a_statement_in_another_currency(self, operator: Client) -> None:
        whose = organisation()
        use_users(whose, 10_000)
        close_month(OCTOBER, now=CLOSING)
        in_yen(whose)
        use_users(whose, 500, first=20_000)
        use_users(whose, 3, at=day(11, 5))
        close_due(NEXT_CLOSING)
        november = Statement.objects.get(month=NOVEMBER)
        assert (november.currency, november.total_minor) == ("jpy", 3)
        assert lines(whose, NOVEMBER) == [("usage", 3), ("correction", 0)]
        correction = Correction.objects.get()
        assert (correction.amount_minor, correction.waived) == (250, True)
        said = json.loads(correction.content)
        assert (said["currency"], said["waived_because"]) == ("usd", "other_currency")
        assert content(whose, NOVEMBER)["corrections"][0]["currency"] == "usd"
        assert list(kept_problems()) == []
        page = operator.get(f"/admin/billing/statement/{correction.statement_id}/change/")
        assert "is billed in another currency" in page.content.decode()
        assert "2.50 USD" in page.content.decode()

    def test_are_given_back_in_the_currency_of_their_month(self) -> None:
        whose = organisation()
        use_users(whose, 100_000)
        close_month(OCTOBER, now=CLOSING)
        in_yen(whose)
        use_users(whose, 1, first=200_000)
        close_due(NEXT_CLOSING)
        assert not Correction.objects.get().waived
        note = CreditNote.objects.get()
        assert (note.amount_minor, note.invoice.currency) == (30_000, "usd")
        assert Statement.objects.get(month=NOVEMBER).total_minor == 0

    def test_that_change_no_money_are_kept_as_nought(self) -> None:
        whose = organisation()
        use_users(whose, 5)
        close_month(OCTOBER, now=CLOSING)
        use_users(whose, 1, first=20_000)
        assert close_due(NEXT_CLOSING) == 1
        assert Correction.objects.get().amount_minor == 0
        assert lines(whose, NOVEMBER) == [("usage", 0)]
        assert close_due(LATER) == 0

    @pytest.mark.parametrize(
        ("told_at", "billed", "corrected"),
        [
            (CLOSING - timedelta(seconds=1), 5_000, []),
            (CLOSING, 0, [(5_000, False)]),
            (NEXT_CLOSING, 0, [(5_000, True)]),
        ],
    )
    @pytest.mark.django_db(transaction=True)
    def test_of_a_month_that_nobody_had_heard_of_are_late_after_its_close_too(
        self, told_at: datetime, billed: int, corrected: list[tuple[int, bool]]
    ) -> None:
        whose = organisation()
        use_users(whose, 1, at=day(11, 2))
        close_due(told_at)
        record_admitted_users(
            organisation_id=whose.pk,
            livemode=True,
            period=OCTOBER,
            users=[(number.to_bytes(16), EARLY) for number in range(10_000)],
            now=told_at,
        )
        for later in (NEXT_CLOSING, LATER):
            close_due(max(later, told_at + timedelta(hours=1)))
        assert Statement.objects.get(month=OCTOBER).total_minor == billed
        found = Correction.objects.values_list("amount_minor", "waived")
        assert list(found) == corrected

    def test_who_move_to_days_of_another_price_are_corrected_again(self) -> None:
        whose = organisation()
        dear = price_list("dear", organisation=whose, bands=[(0, None, "1")])
        free = price_list("free", organisation=whose, bands=[(0, None, "0")])
        halves = [(dear, day(10), day(10, 16)), (free, day(10, 16), None)]
        for prices, starts_at, ends_at in halves:
            sign_contract(
                organisation=whose,
                starts_at=starts_at,
                ends_at=ends_at,
                now=EARLY,
                price_list=prices,
            )
        use_users(whose, 1)
        close_month(OCTOBER, now=CLOSING)
        sight(whose, day(10, 20), now=CLOSING + timedelta(days=1))
        close_due(NEXT_CLOSING - timedelta(days=1))
        assert not Correction.objects.exists()
        close_due(NEXT_CLOSING)
        assert Correction.objects.get().amount_minor == 0
        sight(whose, day(10, 5), now=NEXT_CLOSING)
        close_due(LATER)
        second = Correction.objects.get(number=2)
        assert (second.amount_minor, second.waived) == (100, True)
        assert json.loads(second.content)["late"] == {"mau": "1"}
        assert list(kept_problems()) == []

    def test_of_a_month_that_cannot_be_read_hold_up_nobody_else(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        bad, good = organisation("Bad"), organisation("Good")
        sandbox = organisation("Sandbox", sandbox_of=good)
        use_users(good, 10_000)
        use_users(sandbox, 3, livemode=False)
        close_month(OCTOBER, now=CLOSING)
        retired(bad, content(good))
        for whose in (bad, good):
            use_users(whose, 1, first=20_000)
        assert preview(bad, livemode=True, now=day(11, 20)).total_minor == 0
        assert close_due(NEXT_CLOSING) == 2
        assert lines(good, NOVEMBER) == [("usage", 0), ("correction", 1)]
        assert Statement.objects.filter(organisation=sandbox).exists()
        assert not Statement.objects.filter(organisation=bad, month=NOVEMBER).exists()
        assert f"The month 2026-11-01 of {bad.pk} stays open" in caplog.text
        assert "zzz" in caplog.text

    def test_of_a_waived_correction_were_never_billed(self) -> None:
        whose = organisation()
        use_users(whose, 99_000)
        close_month(OCTOBER, now=CLOSING)
        close_month(NOVEMBER, now=NEXT_CLOSING)
        use_users(whose, 1_000, first=200_000)
        close_due(LATER)
        assert Correction.objects.get().waived
        use_users(whose, 1, first=300_000)
        close_due(day(2, 4, year=2027))
        assert Correction.objects.get(number=2).amount_minor == 20_000 - 49_500
        assert CreditNote.objects.get().amount_minor == 29_500
