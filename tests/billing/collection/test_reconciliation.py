"""Statements and Stripe's invoices, compared to the cent: nothing else than equal will do."""

import logging
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from billing.models import Invoice, Reconciliation
from billing.rules.invoices.states import State
from billing.services.collection import driving, ledger, reconciliation
from foundation.events.models import Event
from tenants.models import Organisation
from tests.billing.collection.conftest import LINES, MONTH, NOW, Platform, bill
from tifo.commands import overview

TOTAL = sum(amount for _, amount in LINES)


def found(platform: Platform) -> list[tuple[str, str, str]]:
    row = reconciliation.reconcile(MONTH, now=NOW)
    return [(each["kind"], each["ours"], each["theirs"]) for each in row.differences]


def alarms() -> int:
    return Event.objects.filter(type="reconciliation.differed").count()


def mark(platform: Platform, invoice: Any) -> dict[str, str]:
    return {"tifo_statement": invoice.statement_id, "tifo_month": f"{MONTH:%Y-%m}"}


class TestEqual:
    @pytest.mark.parametrize("card", ["pm_card_visa", "pm_card_chargeCustomerFail"])
    def test_invoices_are_no_difference(self, platform: Platform, card: str) -> None:
        platform.card(card)
        platform.drive(platform.invoice())
        assert found(platform) == []
        assert Reconciliation.objects.get().compared == 1
        assert alarms() == 0

    def test_means_drafts_too(self, platform: Platform) -> None:
        platform.card()
        platform.stand_in.control.fault("error_before", path="/v1/invoices/*/finalize")
        platform.drive(platform.invoice())
        assert found(platform) == []

    def test_a_message_that_was_missed_is_made_up_for(self, platform: Platform) -> None:
        platform.by_invoice()
        invoice = platform.drive(platform.invoice())
        stripe = platform.stand_in.client()
        stripe.v1.invoices.pay(invoice.external_id, {"paid_out_of_band": True})
        assert found(platform) == []
        invoice.refresh_from_db()
        assert invoice.state == State.PAID

    def test_a_credit_note_that_no_message_told_of_is_made_up_for(self, platform: Platform) -> None:
        platform.by_invoice()
        invoice = platform.drive(platform.invoice())
        asked: Any = {"invoice": invoice.external_id, "amount": 953}
        platform.stand_in.client().v1.credit_notes.create(asked)
        platform.pays_by_page(invoice)
        for _ in range(2):
            assert found(platform) == []
            invoice.refresh_from_db()
            assert (invoice.paid_minor, invoice.credited_minor) == (TOTAL - 953, 953)
            assert ledger.owed(platform.organisation) == {}

    def test_a_void_credit_note_that_no_message_told_of_is_made_up_for(
        self, platform: Platform
    ) -> None:
        platform.by_invoice()
        invoice = platform.drive(platform.invoice())
        stripe = platform.stand_in.client().v1
        made = stripe.credit_notes.create({"invoice": invoice.external_id, "amount": 953})
        assert found(platform) == []
        assert ledger.owed(platform.organisation) == {"usd": TOTAL - 953}
        stripe.credit_notes.void_credit_note(made.id)
        assert found(platform) == []
        assert ledger.owed(platform.organisation) == {"usd": TOTAL}

    def test_a_credit_note_of_an_earlier_month_is_made_up_for(self, platform: Platform) -> None:
        platform.card()
        invoice = platform.drive(platform.invoice(month=MONTH.replace(month=8)))
        asked: Any = {"invoice": invoice.external_id, "amount": 953, "refund_amount": 953}
        platform.stand_in.client().v1.credit_notes.create(asked)
        assert found(platform) == []
        invoice.refresh_from_db()
        assert (invoice.refunded_minor, invoice.credited_minor) == (953, 953)
        assert ledger.owed(platform.organisation) == {}

    def test_a_refund_that_no_message_told_of_is_made_up_for(self, platform: Platform) -> None:
        platform.card()
        platform.drive(platform.invoice())
        charge = platform.stand_in.control.objects("charge")[0]["id"]
        platform.stand_in.client().v1.refunds.create({"charge": charge, "amount": 953})
        assert found(platform) == []
        assert ledger.owed(platform.organisation) == {"usd": 953}

    def test_a_dispute_that_no_message_told_of_is_made_up_for(self, platform: Platform) -> None:
        platform.card()
        platform.drive(platform.invoice())
        charge = platform.stand_in.control.objects("charge")[0]["id"]
        dispute = platform.stand_in.control.dispute(charge)
        for _ in range(2):
            assert found(platform) == []
            assert ledger.owed(platform.organisation) == {"usd": TOTAL}
        platform.stand_in.control.end_dispute(dispute["id"], won=True)
        assert found(platform) == []
        assert ledger.owed(platform.organisation) == {}

    def test_without_stripe_statements_have_their_invoices(
        self, platform: Platform, settings: Any
    ) -> None:
        settings.STRIPE_KEY = ""
        platform.drive(platform.invoice())
        assert found(platform) == []


class TestADifference:
    def test_of_one_cent_is_found_alarmed_and_logged(
        self, platform: Platform, caplog: pytest.LogCaptureFixture
    ) -> None:
        platform.card()
        invoice = platform.drive(platform.invoice())
        held = platform.stand_in.account.get("invoice", invoice.external_id)
        held["total"] += 1
        with caplog.at_level(logging.ERROR):
            assert found(platform) == [("amount", str(TOTAL), str(TOTAL + 1))]
        assert alarms() == 1
        assert "invoices differ from statements" in caplog.text

    def test_is_an_invoice_that_is_missing_over_there(self, platform: Platform) -> None:
        platform.by_invoice()
        invoice = platform.drive(platform.invoice())
        platform.stand_in.account.drop(
            platform.stand_in.account.get("invoice", invoice.external_id)
        )
        assert found(platform) == [("missing", f"{TOTAL} usd, finalised", "")]

    def test_is_a_second_invoice_of_a_statement(self, platform: Platform) -> None:
        platform.by_invoice()
        invoice = platform.drive(platform.invoice())
        made = platform.stand_in.client().v1.invoices.create(
            {"customer": platform.account.customer_id, "metadata": mark(platform, invoice)}
        )
        ((kind, ours, theirs),) = found(platform)
        assert (kind, ours) == ("duplicate", invoice.external_id)
        assert made.id in theirs
        driving.retry(invoice, now=NOW)

    def test_is_an_invoice_of_no_statement(self, platform: Platform) -> None:
        platform.card()
        platform.stand_in.client().v1.invoices.create(
            {
                "customer": platform.account.customer_id,
                "metadata": {"tifo_statement": "st_none", "tifo_month": f"{MONTH:%Y-%m}"},
            }
        )
        ((kind, _, theirs),) = found(platform)
        assert kind == "extra"
        assert theirs.endswith("draft")

    def test_is_a_state_that_does_not_agree(self, platform: Platform) -> None:
        platform.card()
        invoice = platform.drive(platform.invoice())
        held = platform.stand_in.account.get("invoice", invoice.external_id)
        held["status"] = "open"
        assert found(platform) == [("state", "paid", "open")]

    @pytest.mark.parametrize("sum_", ["paid", "credited", "refunded"])
    def test_is_a_sum_that_is_not_equal(self, platform: Platform, sum_: str) -> None:
        platform.card()
        platform.drive(platform.invoice())
        assert found(platform) == []
        ours = {"paid": TOTAL, "credited": 0, "refunded": 0}[sum_]
        Invoice.objects.update(**{f"{sum_}_minor": ours + 5})
        assert found(platform) == [(sum_, str(ours + 5), str(ours))]

    def test_is_a_statement_without_an_invoice(self, platform: Platform) -> None:
        platform.invoice().delete()
        assert found(platform) == [("missing", f"{TOTAL} usd", "no invoice")]


def test_it_looks_at_months_with_unsettled_or_new_statements(platform: Platform) -> None:
    platform.invoice()
    assert reconciliation.months(NOW) == [MONTH]


def test_it_leaves_what_is_played_in_sandboxes_out(
    platform: Platform, sandbox: Organisation
) -> None:
    platform.invoice()
    bill(sandbox, month=MONTH.replace(year=2028))
    bill(sandbox).delete()
    assert reconciliation.months(NOW) == [MONTH]
    assert reconciliation.reconcile(MONTH, now=NOW).differences == []


EQUAL = "2026-10: 1 statement compared with what was invoiced, 1 invoice with what Stripe holds: "


def run(*asked: str) -> tuple[str, int]:
    out = StringIO()
    try:
        call_command("reconcile", *asked, stdout=out)
    except CommandError as failed:
        return out.getvalue() + str(failed), failed.returncode
    return out.getvalue(), 0


class TestTheCommand:
    def test_compares_the_months_that_run_where_none_is_named(self, platform: Platform) -> None:
        platform.by_invoice()
        platform.drive(platform.invoice())
        assert run() == (f"{EQUAL}all are equal.\n", 0)
        assert Reconciliation.objects.count() == 1

    def test_says_what_differs_and_ends_with_1(self, platform: Platform) -> None:
        platform.by_invoice()
        invoice = platform.drive(platform.invoice())
        platform.stand_in.account.get("invoice", invoice.external_id)["total"] += 1
        said, code = run("2026-10")
        assert said == (
            f"{EQUAL}1 difference.\n"
            f"  {invoice.number}: The amounts are not equal: here 49.53 USD, there 49.54 USD.\n"
            "1 difference to look at."
        )
        assert code == 1

    def test_says_that_there_is_no_key(self, platform: Platform, settings: Any) -> None:
        settings.STRIPE_KEY = ""
        platform.invoice().delete()
        said, code = run("2026-10")
        assert said.startswith("There is no Stripe key (TIFO_STRIPE_KEY)")
        assert "The statement has no invoice: here 49.53 USD, there no invoice." in said
        assert code == 1

    def test_compares_no_month_that_has_not_begun(self, platform: Platform) -> None:
        assert run("2099-01") == ("That month has not begun.", 2)
        assert not Reconciliation.objects.exists()

    def test_that_is_not_answered_ends_with_2(self, platform: Platform, settings: Any) -> None:
        settings.STRIPE_URL = "http://127.0.0.1:9"
        said, code = run("2026-10")
        assert said.startswith("2026-10 was not compared: ")
        assert code == 2
        assert not Reconciliation.objects.exists()

    def test_refuses_what_is_no_month(self) -> None:
        said, _ = run("2026-13")
        assert "is no month: write one as 2026-10" in said

    def test_has_nothing_to_do_where_no_month_runs(self, platform: Platform) -> None:
        assert run() == ("No month is recent or not settled: nothing was compared.\n", 0)

    def test_is_in_the_overview_of_the_commands(self) -> None:
        assert "tifo reconcile " in overview()
