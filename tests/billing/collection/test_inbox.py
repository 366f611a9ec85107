"""Stripe's messages: signed and fresh, kept first, and harmless however they come."""

import json
import time
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from billing.models import CreditNote, InboxMessage, LedgerEntry
from billing.rules.invoices.states import State
from billing.services.collection import inbox, ledger, refunds
from billing.stripe_gateway import webhooks
from foundation import clock
from tests.billing.collection.conftest import LINES, NOW, SECRET, Platform
from tests.stripe.stand_in.state.webhooks import signature

TOTAL = sum(amount for _, amount in LINES)
WEBHOOK = "/v1/stripe/webhook"


def post(body: bytes, header: str) -> Any:
    sent = {"Stripe-Signature": header}
    return Client().post(WEBHOOK, body, content_type="application/json", headers=sent)


def deliver(platform: Platform, *, reverse: bool = False, times: int = 1) -> None:
    """Everything that Stripe has told, signed by it."""
    events = platform.stand_in.control.objects("event")
    for event in reversed(events) if reverse else events:
        for _ in range(times):
            body = json.dumps(event).encode()
            assert post(body, signature(body, SECRET)).status_code == 200


def process(platform: Platform) -> None:
    now = clock.now()
    for message in [*inbox.waiting(now=now)]:
        assert inbox.process(message.pk, now=now), message.problem


class TestASignature:
    BODY = json.dumps(
        {"id": "evt_1", "type": "invoice.paid", "livemode": False, "created": 1, "data": {}}
    ).encode()

    def test_of_another_secret_is_refused_and_nothing_kept(self, platform: Platform) -> None:
        answer = post(self.BODY, signature(self.BODY, "whsec_other"))
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid-signature")
        assert not InboxMessage.objects.exists()

    @pytest.mark.parametrize("header", ["", "nonsense", "t=1", "t=x,v1=y", "v1=", "t=,v1=,"])
    def test_that_is_none_is_refused(self, platform: Platform, header: str) -> None:
        assert post(self.BODY, header).json()["code"] == "invalid-signature"

    def test_of_another_body_is_refused(self, platform: Platform) -> None:
        header = signature(self.BODY, SECRET)
        assert post(self.BODY + b" ", header).json()["code"] == "invalid-signature"

    def test_that_is_old_is_refused_under_its_own_code(self, platform: Platform) -> None:
        old = int((clock.now() - webhooks.TOLERANCE - timedelta(seconds=5)).timestamp())
        answer = post(self.BODY, signature(self.BODY, SECRET, old))
        assert (answer.status_code, answer.json()["code"]) == (400, "signature-too-old")
        assert not InboxMessage.objects.exists()

    def test_that_is_nearly_old_is_taken(self, platform: Platform) -> None:
        late = int((clock.now() - webhooks.TOLERANCE + timedelta(seconds=20)).timestamp())
        assert post(self.BODY, signature(self.BODY, SECRET, late)).status_code == 200

    def test_of_a_second_secret_is_taken_while_the_first_is_rolled(
        self, platform: Platform, settings: Any
    ) -> None:
        settings.STRIPE_WEBHOOK_SECRETS = ["whsec_new", SECRET]
        assert post(self.BODY, signature(self.BODY, SECRET)).status_code == 200

    def test_is_asked_for_where_no_secret_is_known(self, platform: Platform, settings: Any) -> None:
        settings.STRIPE_WEBHOOK_SECRETS = []
        assert post(self.BODY, signature(self.BODY, "")).json()["code"] == "invalid-signature"

    def test_over_what_is_no_event_keeps_nothing(self, platform: Platform) -> None:
        for body in (b"{}", b"[]", b"5", b"not json"):
            assert post(body, signature(body, SECRET)).status_code == 400
        assert not InboxMessage.objects.exists()


class TestMessages:
    def test_are_kept_once_before_anything_is_done(self, platform: Platform) -> None:
        body = TestASignature.BODY
        for _ in range(3):
            assert post(body, signature(body, SECRET)).status_code == 200
        (message,) = InboxMessage.objects.all()
        assert (message.pk, message.processed_at) == ("evt_1", None)

    def test_of_the_other_mode_are_kept_and_ignored(self, platform: Platform) -> None:
        body = TestASignature.BODY.replace(b"false", b"true")
        post(body, signature(body, SECRET))
        assert InboxMessage.objects.get().problem == inbox.OTHER_MODE
        assert not inbox.waiting(now=clock.now()).exists()

    def test_about_an_unknown_invoice_are_kept_and_marked(self, platform: Platform) -> None:
        stripe = platform.stand_in.client()
        customer = stripe.v1.customers.create({"email": "other@example.org"})
        stripe.v1.invoices.create({"customer": customer.id})
        body = json.dumps(
            {
                "id": "evt_2",
                "type": "invoice.paid",
                "livemode": False,
                "created": 1,
                "data": {"object": {"id": "in_unknown"}},
            }
        ).encode()
        post(body, signature(body, SECRET))
        process(platform)
        assert "in_unknown" in InboxMessage.objects.get().problem

    def test_wait_while_stripe_is_away(self, platform: Platform) -> None:
        platform.card()
        platform.drive(platform.invoice())
        deliver(platform)
        platform.stand_in.control.fault("error_before", times=1_000)
        now = clock.now()
        paid = InboxMessage.objects.get(type="invoice.paid")
        assert not inbox.process(paid.pk, now=now)
        platform.stand_in.control.heal()
        assert not inbox.process(paid.pk, now=now)
        assert inbox.process(paid.pk, now=now + timedelta(hours=1))

    @pytest.mark.parametrize("reverse", [False, True])
    def test_in_any_order_and_twice_lead_to_the_same(
        self, platform: Platform, reverse: bool
    ) -> None:
        """A payment fails, succeeds by the page, is refunded in part: told backwards, and twice."""
        platform.card("pm_card_chargeCustomerFail")
        invoice = platform.drive(platform.invoice())
        stripe = platform.stand_in.client()
        good = stripe.v1.payment_methods.attach(
            "pm_card_visa", {"customer": platform.account.customer_id}
        )
        stripe.v1.invoices.pay(invoice.external_id, {"payment_method": good.id})
        charge = platform.stand_in.control.objects("charge")[-1]
        stripe.v1.refunds.create({"charge": charge["id"], "amount": 1_000})
        deliver(platform, reverse=reverse, times=2)
        process(platform)
        deliver(platform, reverse=not reverse)
        process(platform)
        invoice.refresh_from_db()
        assert (invoice.state, invoice.paid_minor) == (State.PAID, TOTAL)
        assert invoice.refunded_minor == 1_000
        kinds = LedgerEntry.objects.order_by("kind").values_list("kind", "amount_minor")
        assert [*kinds] == [("invoice", TOTAL), ("payment", -TOTAL), ("refund", 1_000)]


class TestWhatStripeTells:
    def test_of_a_void_invoice_takes_the_debt_away(self, platform: Platform) -> None:
        platform.by_invoice()
        invoice = platform.drive(platform.invoice())
        platform.stand_in.client().v1.invoices.void_invoice(invoice.external_id)
        deliver(platform)
        process(platform)
        invoice.refresh_from_db()
        assert invoice.state == State.VOID
        assert ledger.owed(platform.organisation) == {}

    def test_of_an_uncollectible_invoice_leaves_the_debt(self, platform: Platform) -> None:
        platform.by_invoice()
        invoice = platform.drive(platform.invoice())
        platform.stand_in.client().v1.invoices.mark_uncollectible(invoice.external_id)
        deliver(platform)
        process(platform)
        invoice.refresh_from_db()
        assert invoice.state == State.FAILED
        assert ledger.owed(platform.organisation) == {"usd": TOTAL}

    @pytest.mark.parametrize("won", [True, False])
    def test_of_a_dispute_moves_the_ledger(self, platform: Platform, won: bool) -> None:
        platform.card()
        platform.drive(platform.invoice())
        charge = platform.stand_in.control.objects("charge")[-1]
        dispute = platform.stand_in.control.dispute(charge["id"])
        deliver(platform)
        process(platform)
        assert ledger.owed(platform.organisation) == {"usd": TOTAL}
        platform.stand_in.control.end_dispute(dispute["id"], won)
        deliver(platform, times=2)
        InboxMessage.objects.update(processed_at=None)
        process(platform)
        assert ledger.owed(platform.organisation) == ({} if won else {"usd": TOTAL})

    @pytest.mark.parametrize("status", ["warning_needs_response", "prevented"])
    def test_of_a_dispute_that_took_no_money_moves_nothing(
        self, platform: Platform, status: str
    ) -> None:
        platform.card()
        platform.drive(platform.invoice())
        charge = platform.stand_in.control.objects("charge")[-1]
        platform.stand_in.control.dispute(charge["id"], status=status)
        deliver(platform)
        process(platform)
        assert ledger.owed(platform.organisation) == {}

    def test_of_a_credit_note_made_over_there_reaches_the_ledger(self, platform: Platform) -> None:
        platform.by_invoice()
        invoice = platform.drive(platform.invoice())
        stripe = platform.stand_in.client()
        made = stripe.v1.credit_notes.create({"invoice": invoice.external_id, "amount": 953})
        deliver(platform, times=2)
        process(platform)
        note = CreditNote.objects.get()
        assert (note.amount_minor, note.state, note.external_id) == (953, "issued", made.id)
        assert ledger.owed(platform.organisation) == {"usd": TOTAL - 953}
        stripe.v1.credit_notes.void_credit_note(made.id)
        deliver(platform)
        process(platform)
        assert ledger.owed(platform.organisation) == {"usd": TOTAL}

    @pytest.mark.django_db(transaction=True)
    def test_of_a_credit_note_in_two_messages_at_once_enters_it_once(
        self, platform: Platform
    ) -> None:
        platform.by_invoice()
        invoice = platform.drive(platform.invoice())
        stripe = platform.stand_in.client()
        made = stripe.v1.credit_notes.create({"invoice": invoice.external_id, "amount": 953})
        for kind in ("created", "updated"):
            event = {"id": f"evt_{kind}", "type": f"credit_note.{kind}", "livemode": False}
            body = json.dumps(event | {"created": 1, "data": {"object": {"id": made.id}}}).encode()
            post(body, signature(body, SECRET))

        def read(message_id: str) -> None:
            try:
                inbox.process(message_id, now=clock.now())
            finally:
                connection.close()

        told = inbox.waiting(now=clock.now())
        threads = [Thread(target=read, args=(each.pk,)) for each in told]
        assert len(threads) == 2
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE billing_creditnote IN SHARE MODE")  # read, and not written
            for thread in threads:
                thread.start()
            time.sleep(1)
        for thread in threads:
            thread.join()
        assert CreditNote.objects.get().amount_minor == 953
        assert ledger.owed(platform.organisation) == {"usd": TOTAL - 953}

    @pytest.mark.usefixtures("impatient")
    def test_of_our_own_credit_note_enters_it_once(self, platform: Platform) -> None:
        platform.card()
        invoice = platform.drive(platform.invoice())
        note = refunds.credit(invoice, amount_minor=100, reason="Goodwill", now=NOW)
        platform.stand_in.control.fault("timeout_after", path="/v1/credit_notes", method="POST")
        refunds.issue(note.pk, now=NOW)
        deliver(platform, times=2)
        process(platform)
        refunds.issue(note.pk, now=NOW + timedelta(hours=1))
        note.refresh_from_db()
        invoice.refresh_from_db()
        assert note.state == "issued"
        assert len(platform.stand_in.control.objects("credit_note")) == 1
        assert (invoice.credited_minor, invoice.refunded_minor) == (100, 100)
        assert ledger.owed(platform.organisation) == {}
