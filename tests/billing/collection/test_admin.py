"""The operator sees each invoice, what holds it up and what differs, and acts on it."""

from typing import Any

import pytest
from django.test import Client

from billing.models import CreditNote, InboxMessage, Reconciliation
from billing.rules.invoices.states import State
from billing.services.collection import reconciliation, refunds
from foundation import clock
from tests.billing.collection.conftest import LINES, MONTH, NOW, Platform
from tests.billing.collection.test_inbox import deliver, process

TOTAL = sum(amount for _, amount in LINES)
INVOICES = "/admin/billing/invoice/"
NOTES = "/admin/billing/creditnote/"


def act(client: Client, path: str, action: str, *keys: object) -> str:
    asked = {"action": action, "_selected_action": [str(key) for key in keys]}
    return client.post(path, asked, follow=True).content.decode()


class TestInvoices:
    def test_show_their_state_and_what_holds_them_up(
        self, platform: Platform, operator: Client
    ) -> None:
        invoice = platform.drive(platform.invoice(total=TOTAL + 1))
        listed = operator.get(INVOICES).content.decode()
        assert "49.54 USD" in listed
        assert "Not equal to the statement" in listed
        shown = operator.get(f"{INVOICES}{invoice.pk}/change/").content.decode()
        assert "49.54 USD" in shown
        assert "minor" not in shown

    def test_go_on_when_the_operator_says_so(self, platform: Platform, operator: Client) -> None:
        platform.card()
        platform.stand_in.control.fault("error_kept", path="/v1/invoices/*/lines")
        invoice = platform.drive(platform.invoice())
        act(operator, INVOICES, "retry", invoice.pk)
        invoice.refresh_from_db()
        assert invoice.problem == ""
        assert invoice.next_attempt_at is not None
        assert platform.drive(invoice, invoice.next_attempt_at).state == State.PAID

    def test_are_voided(self, platform: Platform, operator: Client) -> None:
        platform.by_invoice()
        invoice = platform.drive(platform.invoice())
        assert "Done for 1 of 1." in act(operator, INVOICES, "void", invoice.pk)
        invoice.refresh_from_db()
        assert invoice.state == State.VOID
        assert "void already" in act(operator, INVOICES, "void", invoice.pk)

    def test_are_paid_by_hand_where_nobody_collects(
        self, platform: Platform, operator: Client, settings: Any
    ) -> None:
        settings.STRIPE_KEY = ""
        invoice = platform.drive(platform.invoice())
        act(operator, INVOICES, "record_payment", invoice.pk)
        invoice.refresh_from_db()
        assert invoice.state == State.PAID

    def test_are_not_moved_by_who_may_only_look(self, platform: Platform, viewer: Client) -> None:
        platform.by_invoice()
        invoice = platform.drive(platform.invoice())
        for action in ("void", "retry", "record_payment"):
            act(viewer, INVOICES, action, invoice.pk)
        invoice.refresh_from_db()
        assert invoice.state == State.FINALISED
        assert viewer.get(f"{NOTES}add/").status_code == 403


class TestCreditNotes:
    def test_are_written_and_issued(self, platform: Platform, operator: Client) -> None:
        platform.card()
        invoice = platform.drive(platform.invoice())
        assert operator.get(f"{NOTES}add/?invoice={invoice.pk}").status_code == 200
        asked = {"invoice": invoice.pk, "amount": "1.00", "reason": "Goodwill"}
        assert operator.post(f"{NOTES}add/", asked).status_code == 302
        note = CreditNote.objects.get()
        assert refunds.issue(note.pk, now=clock.now()) is not None
        for page in (NOTES, f"{NOTES}{note.pk}/change/", f"{INVOICES}{invoice.pk}/change/"):
            shown = operator.get(page).content.decode()
            assert "1.00 USD" in shown
            assert "Amount minor" not in shown
        invoice.refresh_from_db()
        assert invoice.refunded_minor == 100

    def test_above_the_invoice_are_refused_beside_the_amount(
        self, platform: Platform, operator: Client
    ) -> None:
        platform.card()
        invoice = platform.drive(platform.invoice())
        asked = {"invoice": invoice.pk, "amount": "49.54", "reason": "Goodwill"}
        page = operator.post(f"{NOTES}add/", asked).content.decode()
        assert "More than 0 and at most 49.53 USD can be taken off." in page
        assert not CreditNote.objects.exists()


class TestAccounts:
    def test_are_set_to_terms_that_let_them_grow(
        self, platform: Platform, operator: Client
    ) -> None:
        account = platform.account_made()
        page = f"/admin/billing/billingaccount/{account.pk}/change/"
        assert operator.get(page).status_code == 200
        sent = {"terms": "invoice", "email": "money@derby.example"}
        assert operator.post(page, sent).status_code == 302
        platform.organisation.refresh_from_db()
        assert platform.organisation.payment_method
        assert platform.account.email == "money@derby.example"

    def test_are_made_for_who_has_none(self, platform: Platform, operator: Client) -> None:
        sent = {"organisation": platform.organisation.pk, "terms": "invoice", "email": ""}
        answer = operator.post("/admin/billing/billingaccount/add/", sent)
        assert answer.status_code == 302
        assert platform.account.terms == "invoice"


def test_differences_are_shown_and_compared_again(platform: Platform, operator: Client) -> None:
    platform.by_invoice()
    invoice = platform.drive(platform.invoice())
    held = platform.stand_in.account.get("invoice", invoice.external_id)
    held["total"] += 1
    row = reconciliation.reconcile(MONTH, now=NOW)
    page = f"/admin/billing/reconciliation/{row.pk}/change/"
    shown = operator.get(page).content.decode()
    for part in (
        ">The amounts are not equal</td>",
        f'href="/admin/billing/statement/{invoice.statement_id}/change/">{invoice.number}</a>',
        f'href="/admin/billing/invoice/{invoice.pk}/change/">{invoice.pk}</a>',
        ">49.53 USD</td>",
        ">49.54 USD</td>",
    ):
        assert part in shown
    held["total"] -= 1
    said = act(operator, "/admin/billing/reconciliation/", "compare", row.pk)
    assert "2026-10: 0 differences." in said
    assert [len(each.differences) for each in Reconciliation.objects.order_by("pk")] == [1, 0]


def test_a_first_comparison_is_a_button(
    platform: Platform, operator: Client, viewer: Client
) -> None:
    platform.by_invoice()
    platform.drive(platform.invoice())
    place = "/admin/billing/reconciliation/"
    assert "Compare now" in operator.get(place).content.decode()
    assert "Compare now" not in viewer.get(place).content.decode()
    assert viewer.post(f"{place}compare/").status_code == 403
    assert operator.get(f"{place}compare/").status_code == 405
    said = operator.post(f"{place}compare/", follow=True).content.decode()
    assert "2026-10: 0 differences." in said
    assert Reconciliation.objects.count() == 1


def test_messages_are_shown_and_processed_once_more(platform: Platform, operator: Client) -> None:
    platform.card()
    platform.drive(platform.invoice())
    deliver(platform)
    process(platform)
    message = InboxMessage.objects.get(type="invoice.paid")
    act(operator, "/admin/billing/inboxmessage/", "again", message.pk)
    message.refresh_from_db()
    assert message.processed_at is None


@pytest.mark.parametrize("model", ["ledgerentry", "meterreport", "inboxmessage", "billingaccount"])
def test_every_list_opens(platform: Platform, operator: Client, model: str) -> None:
    platform.card()
    platform.drive(platform.invoice())
    assert operator.get(f"/admin/billing/{model}/").status_code == 200
