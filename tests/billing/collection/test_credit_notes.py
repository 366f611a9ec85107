"""Credit notes that are made at Stripe, whatever becomes of their money: the ledger follows."""

from datetime import date, timedelta
from typing import Any

from billing.models import CreditNote, InboxMessage, Invoice, LedgerEntry
from billing.rules.invoices.states import State
from billing.services.collection import inbox, ledger
from foundation import clock
from tests.billing.collection.conftest import Platform
from tests.billing.collection.test_inbox import deliver, process

TEN_THOUSAND = (("mau:0", 10_000),)


def made(platform: Platform, invoice: Invoice, amount: int, **ways: Any) -> str:
    """The operator has made one in Stripe's dashboard."""
    asked: Any = {"invoice": invoice.external_id, "amount": amount, **ways}
    return platform.stand_in.client().v1.credit_notes.create(asked).id


def read(platform: Platform) -> None:
    deliver(platform)
    process(platform)


def messages(platform: Platform, of: str) -> None:
    """Those alone have arrived."""
    deliver(platform)
    InboxMessage.objects.exclude(type=of).delete()


def entries() -> dict[str, int]:
    return dict(LedgerEntry.objects.order_by("at", "id").values_list("kind", "amount_minor"))


class TestToTheBalance:
    def test_is_given_back_once_by_the_next_invoice(self, platform: Platform) -> None:
        platform.card()
        one = platform.drive(platform.invoice(TEN_THOUSAND))
        made(platform, one, 2_000, credit_amount=2_000)
        read(platform)
        assert ledger.owed(platform.organisation) == {}
        two = platform.drive(platform.invoice(TEN_THOUSAND, month=date(2026, 11, 1)))
        assert platform.held()[1]["amount_paid"] == 8_000
        assert (two.state, two.paid_minor) == (State.PAID, 10_000)
        read(platform)
        assert ledger.owed(platform.organisation) == {}

    def test_counts_by_what_goes_there_and_no_more(self, platform: Platform) -> None:
        platform.card()
        one = platform.drive(platform.invoice(TEN_THOUSAND))
        ways = {"credit_amount": 900, "refund_amount": 600, "out_of_band_amount": 500}
        made(platform, one, 2_000, **ways)
        read(platform)
        moved = LedgerEntry.objects.filter(kind__in=["balance", "refund"])
        assert sorted(moved.values_list("kind", "amount_minor")) == [
            ("balance", 900),
            ("refund", 500),
            ("refund", 600),
        ]
        assert ledger.owed(platform.organisation) == {}


class TestBeforeTheInvoiceIsKnownToBeFinalised:
    def test_looks_whether_it_is(self, platform: Platform) -> None:
        platform.by_invoice()
        platform.stand_in.control.fault("error_after", path="/v1/invoices/*/finalize")
        one = platform.drive(platform.invoice(TEN_THOUSAND))
        assert one.state == State.VERIFIED
        made(platform, one, 2_000)
        messages(platform, "credit_note.created")
        process(platform)
        one.refresh_from_db()
        assert (one.state, one.credited_minor) == (State.FINALISED, 2_000)
        assert ledger.owed(platform.organisation) == {"usd": 8_000}

    def test_waits_until_it_is(self, platform: Platform) -> None:
        platform.by_invoice()
        one = platform.drive(platform.invoice(TEN_THOUSAND, total=9_999))
        assert one.state == State.LINES
        platform.stand_in.client().v1.invoices.finalize_invoice(one.external_id)
        made(platform, one, 2_000)
        messages(platform, "credit_note.created")
        now = clock.now()
        message = InboxMessage.objects.get()
        assert not inbox.process(message.pk, now=now)
        message.refresh_from_db()
        assert (message.processed_at, message.problem) == (
            None,
            f"{one.number} is lines here, and not finalised yet.",
        )
        Invoice.objects.update(state=State.VERIFIED)
        assert inbox.process(message.pk, now=now + timedelta(hours=1))
        one.refresh_from_db()
        assert one.credited_minor == 2_000


def test_given_back_elsewhere_leaves_nothing_owed(platform: Platform) -> None:
    platform.card()
    one = platform.drive(platform.invoice(TEN_THOUSAND))
    made(platform, one, 2_000, out_of_band_amount=2_000)
    read(platform)
    assert entries()["refund"] == 2_000
    assert ledger.owed(platform.organisation) == {}


def test_heard_of_after_the_invoice_was_void_leaves_nothing_owed(platform: Platform) -> None:
    platform.by_invoice()
    one = platform.drive(platform.invoice(TEN_THOUSAND))
    made(platform, one, 2_000)
    platform.stand_in.client().v1.invoices.void_invoice(one.external_id)
    deliver(platform, reverse=True)
    process(platform)
    one.refresh_from_db()
    assert (one.state, one.credited_minor) == (State.VOID, 2_000)
    assert ledger.owed(platform.organisation) == {}


def test_with_a_long_memo_and_a_name_of_elsewhere_is_one_row(platform: Platform) -> None:
    platform.by_invoice()
    one = platform.drive(platform.invoice(TEN_THOUSAND))
    marked = {"tifo_credit_note": "crn_of_another_platform"}
    name = made(platform, one, 2_000, memo="Goodwill. " * 40, metadata=marked)
    read(platform)
    platform.stand_in.client().v1.credit_notes.void_credit_note(name)
    read(platform)
    assert (CreditNote.objects.get().state, len(CreditNote.objects.get().reason)) == ("void", 200)
    assert ledger.owed(platform.organisation) == {"usd": 10_000}
