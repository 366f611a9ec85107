"""What is given back is never more than was invoiced, and reaches the ledger once."""

from datetime import timedelta
from typing import Any

import pytest

from billing.models import CreditNote, Invoice
from billing.refusals import AboveInvoice, CollectorAway, NotNow
from billing.rules.invoices.states import State
from billing.services.collection import ledger, refunds
from foundation.errors import Invalid
from foundation.events.models import Event
from tests.billing.collection.conftest import LINES, NOW, Platform

TOTAL = sum(amount for _, amount in LINES)


def credit(invoice: Invoice, amount: int, now: Any = NOW) -> CreditNote:
    note = refunds.credit(invoice, amount_minor=amount, reason="Goodwill", now=now)
    refunds.issue(note.pk, now=now)
    note.refresh_from_db()
    invoice.refresh_from_db()
    return note


class TestACreditNote:
    def test_on_a_paid_invoice_gives_the_money_back(self, platform: Platform) -> None:
        platform.card()
        invoice = platform.drive(platform.invoice())
        assert credit(invoice, 1_000).state == "issued"
        assert (invoice.credited_minor, invoice.refunded_minor) == (1_000, 1_000)
        assert platform.stand_in.control.objects("refund")[0]["amount"] == 1_000
        assert ledger.owed(platform.organisation) == {}

    def test_on_an_open_invoice_lowers_what_is_due(self, platform: Platform) -> None:
        platform.by_invoice()
        invoice = platform.drive(platform.invoice())
        credit(invoice, 1_000)
        assert platform.held()[0]["amount_remaining"] == TOTAL - 1_000
        assert ledger.owed(platform.organisation) == {"usd": TOTAL - 1_000}

    def test_over_all_of_an_open_invoice_settles_it(self, platform: Platform) -> None:
        platform.by_invoice()
        invoice = platform.drive(platform.invoice())
        credit(invoice, TOTAL)
        assert (invoice.state, invoice.paid_minor) == (State.PAID, 0)
        assert ledger.owed(platform.organisation) == {}

    def test_is_never_above_what_is_left(self, platform: Platform) -> None:
        platform.card()
        invoice = platform.drive(platform.invoice())
        credit(invoice, TOTAL - 1)
        for amount in (2, 0, -1):
            with pytest.raises(AboveInvoice) as refused:
                credit(invoice, amount)
            assert refused.value.facts == {"left_minor": 1}
        credit(invoice, 1, NOW + timedelta(seconds=1))
        assert invoice.refunded_minor == TOTAL

    def test_takes_its_part_of_the_tax(self, platform: Platform, settings: Any) -> None:
        settings.STRIPE_TAX = True
        platform.stand_in.control.set(tax_percent={"DE": "19"})
        platform.card()
        platform.lives_in("DE")
        invoice = platform.drive(platform.invoice((("mau:0", 1_001),)))
        assert invoice.tax_minor == 190
        for number, amount in enumerate((333, 333, 335)):
            credit(invoice, amount, NOW + timedelta(seconds=number))
        assert (invoice.credited_minor, invoice.refunded_minor) == (1_191, 1_191)
        assert ledger.owed(platform.organisation) == {}

    def test_is_no_finer_than_its_currency(self, platform: Platform, settings: Any) -> None:
        settings.STRIPE_TAX = True
        platform.stand_in.control.set(tax_percent={"IS": "24"})
        platform.card()
        platform.lives_in("IS")
        invoice = platform.drive(platform.invoice((("mau:0", 2_500),), currency="isk"))
        assert (invoice.state, invoice.tax_minor) == (State.PAID, 600)
        with pytest.raises(Invalid, match="multiples of 100"):
            credit(invoice, 150)
        assert credit(invoice, 1_000).state == "issued"
        assert invoice.refunded_minor == 1_200
        credit(invoice, 1_500, NOW + timedelta(seconds=1))
        assert invoice.refunded_minor == 3_100

    def test_on_one_that_is_paid_and_not_known_to_be_gives_it_back(
        self, platform: Platform
    ) -> None:
        platform.by_invoice()
        invoice = platform.drive(platform.invoice())
        platform.pays_by_page(invoice)
        assert credit(invoice, 1_000).state == "issued"
        assert (invoice.state, invoice.refunded_minor) == (State.PAID, 1_000)
        assert ledger.owed(platform.organisation) == {}

    def test_on_one_that_is_void_and_not_known_to_be_is_not_issued(
        self, platform: Platform
    ) -> None:
        platform.by_invoice()
        invoice = platform.drive(platform.invoice())
        platform.stand_in.client().v1.invoices.void_invoice(invoice.external_id)
        assert credit(invoice, 1_000).state == "created"
        assert (invoice.state, ledger.owed(platform.organisation)) == (State.VOID, {})

    def test_that_is_stopped_is_tried_again_when_its_invoice_is_paid(
        self, platform: Platform
    ) -> None:
        platform.by_invoice()
        invoice = platform.drive(platform.invoice())
        note = refunds.credit(invoice, amount_minor=1_000, reason="Goodwill", now=NOW)
        CreditNote.objects.update(next_attempt_at=None, problem="It was paid between two calls.")
        platform.pays_by_page(invoice)
        refunds.look(invoice, now=NOW)
        assert refunds.issue(note.pk, now=NOW) is not None
        note.refresh_from_db()
        assert (note.state, note.problem) == ("issued", "")

    def test_that_is_refused_is_told_to_the_operator(self, platform: Platform) -> None:
        platform.card()
        invoice = platform.drive(platform.invoice())
        platform.stand_in.control.dispute(platform.stand_in.control.objects("charge")[0]["id"])
        note = credit(invoice, 1_000)
        assert (note.state, note.next_attempt_at) == ("created", None)
        (told,) = Event.objects.filter(type="collection.stopped").values_list("data", flat=True)
        assert (told["invoice"], told["credit_note"]) == (invoice.pk, note.pk)
        assert "charged back" in told["problem"]

    def test_waits_for_an_invoice_that_is_not_finalised(self, platform: Platform) -> None:
        platform.card()
        invoice = platform.invoice()
        with pytest.raises(NotNow):
            credit(invoice, 1)
        note = CreditNote.objects.create(
            id="crn_1",
            organisation=platform.organisation,
            invoice=invoice,
            amount_minor=5,
            reason="Late",
            next_attempt_at=NOW,
            created_at=NOW,
        )
        assert refunds.issue(note.pk, now=NOW) is None
        platform.drive(invoice)
        assert refunds.issue(note.pk, now=NOW) is not None
        invoice.refresh_from_db()
        assert invoice.refunded_minor == 5

    @pytest.mark.parametrize("fault", ["timeout_after", "error_after", "error_kept"])
    @pytest.mark.usefixtures("impatient")
    def test_is_issued_once_whatever_breaks(self, platform: Platform, fault: str) -> None:
        platform.card()
        invoice = platform.drive(platform.invoice())
        platform.stand_in.control.fault(fault, path="/v1/credit_notes", method="POST")
        note = credit(invoice, 700)
        platform.stand_in.control.advance(25 * 3600)
        refunds.issue(note.pk, now=NOW + timedelta(hours=25))
        note.refresh_from_db()
        invoice.refresh_from_db()
        assert note.state == "issued"
        assert len(platform.stand_in.control.objects("credit_note")) == 1
        assert invoice.refunded_minor == 700


class TestVoiding:
    def test_a_draft_deletes_it_and_leaves_nothing_pending(self, platform: Platform) -> None:
        platform.card()
        invoice = platform.invoice()
        platform.stand_in.control.fault("error_before", path="/v1/invoices/*/finalize")
        platform.drive(invoice)
        assert invoice.state == State.VERIFIED
        assert refunds.void(invoice, now=NOW).state == State.VOID
        assert platform.held() == []
        assert platform.stand_in.control.objects("invoiceitem") == []
        assert ledger.owed(platform.organisation) == {}
        platform.drive_on(invoice)
        assert platform.held() == []

    @pytest.mark.usefixtures("impatient")
    def test_an_open_invoice_takes_the_debt_away_once(self, platform: Platform) -> None:
        platform.by_invoice()
        invoice = platform.drive(platform.invoice())
        platform.stand_in.control.fault("timeout_after", path="/v1/invoices/*/void")
        with pytest.raises(CollectorAway):
            refunds.void(invoice, now=NOW)
        refunds.void(invoice, now=NOW)
        assert platform.held()[0]["status"] == "void"
        assert ledger.owed(platform.organisation) == {}

    def test_is_refused_of_what_is_paid(self, platform: Platform) -> None:
        platform.card()
        invoice = platform.drive(platform.invoice())
        with pytest.raises(NotNow):
            refunds.void(invoice, now=NOW)

    def test_is_refused_of_what_is_paid_and_not_known_to_be(self, platform: Platform) -> None:
        platform.by_invoice()
        invoice = platform.drive(platform.invoice())
        platform.pays_by_page(invoice)
        with pytest.raises(NotNow, match="It is paid where it is collected"):
            refunds.void(invoice, now=NOW)
        invoice.refresh_from_db()
        assert (invoice.state, invoice.paid_minor) == (State.PAID, TOTAL)
        assert ledger.owed(platform.organisation) == {}


class TestStatementsOnly:
    """Without a key of Stripe's the invoice is the platform's alone."""

    @pytest.fixture
    def manual(self, platform: Platform, settings: Any) -> Platform:
        settings.STRIPE_KEY = ""
        platform.by_invoice()
        return platform

    def test_an_invoice_is_finalised_and_waits_for_the_operator(self, manual: Platform) -> None:
        invoice = manual.drive(manual.invoice())
        assert (invoice.collector, invoice.state) == ("manual", State.FINALISED)
        assert invoice.due_at == NOW + timedelta(days=30)
        assert invoice.next_attempt_at is None
        assert ledger.owed(manual.organisation) == {"usd": TOTAL}
        assert manual.stand_in.control.calls() == []

    def test_what_the_operator_records_is_paid(self, manual: Platform) -> None:
        invoice = manual.drive(manual.invoice())
        credit(invoice, 53)
        paid = refunds.record_payment(invoice, now=NOW)
        assert (paid.state, paid.paid_minor) == (State.PAID, TOTAL - 53)
        assert ledger.owed(manual.organisation) == {}
        with pytest.raises(NotNow):
            refunds.record_payment(invoice, now=NOW)

    def test_what_is_given_back_is_recorded(self, manual: Platform) -> None:
        invoice = manual.drive(manual.invoice())
        refunds.record_payment(invoice, now=NOW)
        credit(invoice, 53)
        assert (invoice.credited_minor, invoice.refunded_minor) == (53, 53)
        assert ledger.owed(manual.organisation) == {}

    def test_an_invoice_of_stripes_is_not_paid_by_hand(self, platform: Platform) -> None:
        platform.by_invoice()
        invoice = platform.drive(platform.invoice())
        with pytest.raises(NotNow):
            refunds.record_payment(invoice, now=NOW)

    def test_a_statement_that_does_not_add_up_is_not_finalised(self, manual: Platform) -> None:
        invoice = manual.drive(manual.invoice(total=TOTAL + 1))
        assert invoice.state == State.LINES
        assert "Not equal" in invoice.problem
