"""Who collects is decided where invoices are driven, and an open one can be given to Stripe."""

from typing import Any

import pytest
from django.test import Client

from billing.models import Invoice, LedgerEntry
from billing.refusals import NoCollector, NotNow
from billing.rules.invoices.states import State
from billing.services.closing import close_month
from billing.services.collection import handing_over, ledger, reconciliation, refunds
from tests.billing.collection.conftest import LINES, MONTH, NOW, Platform
from tests.billing.collection.test_admin import INVOICES, act
from tests.billing.statements.making import CLOSING, use_users

TOTAL = sum(amount for _, amount in LINES)


@pytest.fixture
def manual(platform: Platform, settings: Any) -> Invoice:
    """Driven by a worker that knew no key; those that come after it know one."""
    key, settings.STRIPE_KEY = settings.STRIPE_KEY, ""
    invoice = platform.drive(platform.invoice())
    settings.STRIPE_KEY = key
    assert (invoice.collector, invoice.state) == ("manual", State.FINALISED)
    return invoice


def found() -> list[tuple[str, str]]:
    row = reconciliation.reconcile(MONTH, now=NOW)
    return [(each["kind"], each["ours"]) for each in row.differences]


def test_a_month_closed_in_a_shell_without_the_key_is_collected_by_stripe(
    platform: Platform, settings: Any
) -> None:
    platform.card()
    use_users(platform.organisation, 11_000)
    key, settings.STRIPE_KEY = settings.STRIPE_KEY, ""
    close_month(MONTH, now=CLOSING)
    settings.STRIPE_KEY = key
    invoice = platform.drive(Invoice.objects.get())
    assert (invoice.collector, invoice.state) == ("stripe", State.PAID)


class TestHandedOver:
    def test_it_is_paid_there_and_owed_once(
        self, platform: Platform, manual: Invoice, operator: Client
    ) -> None:
        platform.card()
        assert "Done for 1 of 1." in act(operator, INVOICES, "hand_over", manual.pk)
        manual.refresh_from_db()
        assert ledger.owed(platform.organisation) == {"usd": TOTAL}
        assert manual.next_attempt_at is not None
        platform.drive(manual, manual.next_attempt_at)
        assert (manual.collector, manual.state) == ("stripe", State.PAID)
        kinds = LedgerEntry.objects.values_list("kind", "amount_minor")
        assert sorted(kinds) == [("invoice", TOTAL), ("payment", -TOTAL)]

    def test_it_can_still_be_voided_before_stripe_has_it(
        self, platform: Platform, manual: Invoice
    ) -> None:
        handing_over.to_stripe(manual, now=NOW)
        assert refunds.void(manual, now=NOW).state == State.VOID
        assert ledger.owed(platform.organisation) == {}
        assert platform.held() == []


class TestNotHandedOver:
    def test_is_what_was_paid_or_credited(self, platform: Platform, manual: Invoice) -> None:
        note = refunds.credit(manual, amount_minor=100, reason="Goodwill", now=NOW)
        with pytest.raises(NotNow, match="paid or taken off"):
            handing_over.to_stripe(manual, now=NOW)
        refunds.issue(note.pk, now=NOW)
        refunds.record_payment(manual, now=NOW)
        with pytest.raises(NotNow, match="open"):
            handing_over.to_stripe(manual, now=NOW)

    def test_is_what_stripe_has(self, platform: Platform) -> None:
        platform.by_invoice()
        with pytest.raises(NotNow, match="operator"):
            handing_over.to_stripe(platform.drive(platform.invoice()), now=NOW)

    def test_is_anything_without_a_key(self, manual: Invoice, settings: Any) -> None:
        settings.STRIPE_KEY = ""
        with pytest.raises(NoCollector):
            handing_over.to_stripe(manual, now=NOW)


class TestTheNight:
    def test_names_an_invoice_that_waits_for_a_hand_though_stripe_knows_the_customer(
        self, platform: Platform, manual: Invoice
    ) -> None:
        assert found() == []
        platform.card()
        assert found() == [("manual", f"{TOTAL} usd, finalised")]
        refunds.record_payment(manual, now=NOW)
        assert found() == []
