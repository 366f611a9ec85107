"""An invoice goes from its statement to its payment, whatever breaks on the way."""

from datetime import timedelta
from typing import Any

import pytest

from billing.models import Invoice, LedgerEntry
from billing.rules.invoices.states import State
from billing.services.collection import driving, ledger
from foundation.events.models import Event
from tests.billing.collection.conftest import LINES, NOW, Platform

TOTAL = sum(amount for _, amount in LINES)
AFTER = ["timeout_after", "reset_after", "error_after"]
BEFORE = ["timeout_before", "reset_before", "error_before", "error_kept", "rate_limited", "locked"]


def told(name: str) -> int:
    return Event.objects.filter(type=name).count()


def calls(platform: Platform, method: str = "POST") -> list[str]:
    return [each["path"] for each in platform.stand_in.control.calls() if each["method"] == method]


class TestAnInvoice:
    def test_is_sent_line_by_line_verified_finalised_and_paid(self, platform: Platform) -> None:
        platform.card()
        invoice = platform.drive(platform.invoice())
        assert (invoice.state, invoice.paid_minor, invoice.problem) == (State.PAID, TOTAL, "")
        assert invoice.finalised_at
        assert invoice.paid_at
        assert invoice.hosted_url
        (held,) = platform.held()
        assert held["id"] == invoice.external_id
        assert (held["status"], held["total"], held["auto_advance"]) == ("paid", TOTAL, False)
        amounts = {line["metadata"]["tifo_line"]: line["amount"] for line in held["lines"]["data"]}
        assert amounts == dict(LINES)
        assert (told("invoice.finalised"), told("invoice.paid")) == (1, 1)

    def test_leaves_nothing_owed_in_the_ledger(self, platform: Platform) -> None:
        platform.card()
        platform.drive(platform.invoice())
        assert ledger.owed(platform.organisation) == {}
        kinds = LedgerEntry.objects.values_list("kind", "amount_minor")
        assert sorted(kinds) == [("invoice", TOTAL), ("payment", -TOTAL)]

    def test_of_who_pays_by_invoice_is_sent_and_waits(
        self, platform: Platform, settings: Any
    ) -> None:
        settings.INVOICE_DUE_DAYS = 21
        platform.by_invoice()
        invoice = platform.drive(platform.invoice())
        assert (invoice.state, invoice.next_attempt_at) == (State.FINALISED, None)
        (held,) = platform.held()
        assert held["collection_method"] == "send_invoice"
        assert invoice.due_at is not None
        assert abs(invoice.due_at - NOW - timedelta(days=21)) < timedelta(hours=1)
        assert any(path.endswith("/send") for path in calls(platform))

    def test_in_a_currency_without_decimals_keeps_its_amount(self, platform: Platform) -> None:
        platform.card()
        invoice = platform.drive(platform.invoice((("mau:0", 5_001),), currency="jpy"))
        assert invoice.state == State.PAID
        assert platform.held()[0]["total"] == 5_001

    def test_of_too_many_lines_is_grouped_to_the_same_sum(self, platform: Platform) -> None:
        platform.card()
        lines = tuple((f"m{number % 7}:{number}", number - 100) for number in range(1_000))
        invoice = platform.drive(platform.invoice(lines))
        assert invoice.state == State.PAID
        (held,) = platform.held()
        assert held["total"] == sum(amount for _, amount in lines)

    def test_of_exactly_as_many_lines_as_go_is_read_back_page_by_page(
        self, platform: Platform
    ) -> None:
        platform.card()
        invoice = platform.drive(platform.invoice(tuple((f"m:{n}", n) for n in range(250))))
        assert invoice.state == State.PAID

    def test_that_has_its_payment_refused_has_failed(self, platform: Platform) -> None:
        platform.card("pm_card_chargeCustomerFail")
        invoice = platform.drive(platform.invoice())
        assert invoice.state == State.FAILED
        assert "declined" in invoice.problem
        assert invoice.next_attempt_at == NOW + timedelta(days=1)
        assert told("invoice.payment_failed") == 1
        assert ledger.owed(platform.organisation) == {"usd": TOTAL}

    def test_that_failed_is_paid_by_another_card(self, platform: Platform) -> None:
        platform.card("pm_card_chargeCustomerFail")
        invoice = platform.drive(platform.invoice())
        platform.card("pm_card_visa")
        assert platform.drive(invoice, NOW + timedelta(days=1)).state == State.PAID
        assert ledger.owed(platform.organisation) == {}

    def test_without_a_payment_method_stops_and_says_so(self, platform: Platform) -> None:
        invoice = platform.drive(platform.invoice())
        assert invoice.state == State.FAILED
        assert "no payment method" in invoice.problem

    def test_in_a_currency_that_nobody_knows_is_refused_before_anything_is_sent(
        self, platform: Platform
    ) -> None:
        platform.card()
        before = len(calls(platform))
        invoice = platform.drive(platform.invoice(currency="xyz"))
        assert (invoice.state, invoice.next_attempt_at) == (State.CREATED, None)
        assert invoice.problem.startswith("unknown-currency: 'xyz'")
        assert len(calls(platform)) == before

    def test_with_tax_owes_the_tax_too(self, platform: Platform, settings: Any) -> None:
        settings.STRIPE_TAX = True
        platform.stand_in.control.set(tax_percent={"DE": "19"})
        platform.card()
        platform.lives_in("DE")
        invoice = platform.drive(platform.invoice((("mau:0", 10_000),)))
        assert (invoice.state, invoice.tax_minor, invoice.paid_minor) == ("paid", 1_900, 11_900)
        assert ledger.owed(platform.organisation) == {}


class TestUnequalLines:
    @pytest.mark.usefixtures("impatient")
    def test_are_never_finalised_and_the_operator_is_told(self, platform: Platform) -> None:
        platform.card()
        invoice = platform.invoice()
        platform.stand_in.control.fault("timeout_before", path="/v1/invoices/*/lines")
        platform.drive(invoice)
        self.add_a_cent(platform, invoice)
        platform.drive_on(invoice)
        assert invoice.state == State.LINES
        assert "which nobody sent" in invoice.problem
        assert platform.held()[0]["status"] == "draft"
        assert told("collection.stopped") == 1

    @pytest.mark.usefixtures("impatient")
    def test_go_on_once_they_are_mended(self, platform: Platform) -> None:
        self.test_are_never_finalised_and_the_operator_is_told(platform)
        invoice = Invoice.objects.get()
        stripe = platform.stand_in.client()
        (alien,) = (
            item.id
            for item in stripe.v1.invoice_items.list({"invoice": invoice.external_id}).data
            if item.amount == 1
        )
        stripe.v1.invoice_items.delete(alien)
        driving.retry(invoice, now=NOW)
        assert platform.drive(invoice).state == State.PAID

    def test_that_came_after_they_were_verified_are_not_finalised(self, platform: Platform) -> None:
        platform.card()
        platform.stand_in.control.fault("error_before", path="/v1/invoices/*/finalize")
        invoice = platform.drive(platform.invoice())
        assert invoice.state == State.VERIFIED
        self.add_a_cent(platform, invoice)
        platform.drive_on(invoice)
        assert (invoice.state, platform.held()[0]["status"]) == (State.VERIFIED, "draft")
        assert f"draft at {TOTAL + 1} usd" in invoice.problem

    def test_that_were_finalised_all_the_same_are_never_charged(self, platform: Platform) -> None:
        platform.card()
        platform.stand_in.control.fault("error_before", path="/v1/invoices/*/finalize")
        invoice = platform.drive(platform.invoice())
        self.add_a_cent(platform, invoice)
        platform.stand_in.client().v1.invoices.finalize_invoice(invoice.external_id)
        for _ in range(2):
            driving.retry(invoice, now=NOW)
            platform.drive_on(invoice)
        assert platform.held()[0]["amount_paid"] == 0
        assert f"open at {TOTAL + 1} usd" in invoice.problem

    def add_a_cent(self, platform: Platform, invoice: Invoice) -> None:
        platform.stand_in.client().v1.invoice_items.create(
            {
                "customer": platform.account.customer_id,
                "invoice": invoice.external_id,
                "amount": 1,
                "currency": "usd",
            }
        )

    def test_of_a_statement_that_does_not_add_up_are_not_finalised(
        self, platform: Platform
    ) -> None:
        platform.card()
        invoice = platform.drive(platform.invoice(total=TOTAL + 1))
        assert invoice.state == State.LINES
        assert f"come to {TOTAL}, the statement to {TOTAL + 1}" in invoice.problem


class TestAnyFault:
    """At any call, before or after the work: one invoice, to the cent, paid once."""

    @pytest.fixture(autouse=True)
    def very_impatient(self, platform: Platform, settings: Any) -> None:
        settings.STRIPE_TIMEOUT_S = 0.3

    @pytest.mark.parametrize(
        ("method", "fault"),
        [("GET", "error_before"), ("GET", "reset_before"), ("GET", "timeout_after")]
        + [("POST", fault) for fault in (*BEFORE, *AFTER)],
    )
    def test_at_any_call_leads_to_one_invoice_paid_once(
        self, platform: Platform, fault: str, method: str
    ) -> None:
        platform.card()
        for at in range(8 if method == "GET" else 6):
            platform.stand_in.control.heal()
            month = NOW.date().replace(year=2020 + at // 12, month=1 + at % 12, day=1)
            invoice = platform.invoice(month=month)
            platform.stand_in.control.fault(fault, method=method, path="/v1/i*", skip=at)
            platform.drive_on(invoice)
            self.assert_paid_once(platform, invoice)

    def test_that_comes_again_and_again_only_delays(self, platform: Platform) -> None:
        platform.card()
        for number, fault in enumerate(["reset_after", "error_kept", "rate_limited"]):
            platform.stand_in.control.heal()
            platform.stand_in.control.fault(fault, times=10, chance=0.3)
            invoice = platform.invoice(month=NOW.date().replace(year=2010 + number, day=1))
            platform.drive_on(invoice, times=40)
            self.assert_paid_once(platform, invoice)

    def test_that_outlasts_the_memory_of_stripe_leads_to_one_invoice(
        self, platform: Platform
    ) -> None:
        """The draft was made, nobody heard of it, and its key is forgotten after a day."""
        platform.card()
        invoice = platform.invoice()
        platform.stand_in.control.fault("timeout_after", path="/v1/invoices", method="POST")
        platform.drive(invoice)
        assert not invoice.external_id
        platform.stand_in.control.advance(26 * 3600)
        platform.drive_on(invoice)
        self.assert_paid_once(platform, invoice)

    def test_waits_as_long_as_stripe_asks(self, platform: Platform) -> None:
        platform.card()
        platform.stand_in.control.fault("rate_limited", path="/v1/invoices")
        invoice = platform.drive(platform.invoice())
        assert invoice.next_attempt_at is not None
        assert invoice.next_attempt_at > NOW
        assert invoice.problem.startswith("Tried again later")
        assert platform.drive(invoice, NOW).state == State.CREATED

    def assert_paid_once(self, platform: Platform, invoice: Invoice) -> None:
        invoice.refresh_from_db()
        assert invoice.state == State.PAID, (invoice.state, invoice.problem)
        held = [
            each
            for each in platform.held()
            if each["metadata"]["tifo_statement"] == invoice.statement_id
        ]
        assert [(each["total"], each["status"]) for each in held] == [(TOTAL, "paid")]
        charges = [
            each
            for each in platform.stand_in.control.objects("charge")
            if each["status"] == "succeeded"
        ]
        assert len(charges) == Invoice.objects.filter(state=State.PAID).count()
        assert not ledger.owed(platform.organisation)


class TestClaims:
    def test_let_one_worker_drive(self, platform: Platform) -> None:
        platform.card()
        invoice = platform.invoice()
        Invoice.objects.filter(pk=invoice.pk).update(
            attempts=1, next_attempt_at=NOW + timedelta(minutes=1)
        )
        assert driving.drive(invoice.pk, now=NOW) is None
        assert driving.drive(invoice.pk, now=NOW + timedelta(minutes=2)) is State.PAID

    def test_that_were_lost_write_nothing(self, platform: Platform) -> None:
        invoice = platform.invoice()
        mine = driving._claim(invoice.pk, NOW)
        assert mine is not None
        assert driving._claim(invoice.pk, NOW + timedelta(hours=1)) is not None
        with pytest.raises(driving.Lost):
            driving._write(mine, state=State.LINES)
