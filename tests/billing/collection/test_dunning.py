"""Unpaid: a grace, then the first tier's limits, and all of it back once it is paid."""

from datetime import timedelta
from typing import Any

import pytest

from billing.collectors.sandbox import DECLINES, PAYS
from billing.models import BillingAccount
from billing.rules.invoices.states import State
from billing.services.collection import accounts, driving, dunning, refunds
from foundation.events.models import Event
from foundation.mail.models import Letter
from tenants.models import Organisation, TierChange
from tests.billing.collection.conftest import LINES, NOW, Platform, bill

TOTAL = sum(amount for _, amount in LINES)
DAY = timedelta(days=1)


@pytest.fixture
def pro(platform: Platform, settings: Any) -> Platform:
    """An organisation on Pro whose card is refused."""
    settings.PAYMENT_GRACE_DAYS = 14
    Organisation.objects.filter(pk=platform.organisation.pk).update(tier="pro")
    platform.card("pm_card_chargeCustomerFail")
    return platform


def standing(platform: Platform) -> str:
    return str(platform.account.standing)


def tier(platform: Platform) -> tuple[str, bool]:
    row = Organisation.objects.get(pk=platform.organisation.pk)
    return row.tier_id, row.restricted_at is not None


def told(*names: str) -> list[int]:
    return [Event.objects.filter(type=name).count() for name in names]


class TestAFailedPayment:
    def test_begins_a_grace_in_which_nothing_changes(self, pro: Platform) -> None:
        pro.drive(pro.invoice())
        account = pro.account
        assert (account.standing, account.grace_ends_at) == ("grace", NOW + 14 * DAY)
        assert tier(pro) == ("pro", False)

    def test_restricts_after_the_grace_to_the_first_tier(self, pro: Platform) -> None:
        pro.drive(pro.invoice())
        dunning.settle_all(now=NOW + 14 * DAY - timedelta(seconds=1))
        assert standing(pro) == "grace"
        dunning.settle_all(now=NOW + 14 * DAY)
        dunning.settle_all(now=NOW + 15 * DAY)
        assert standing(pro) == "restricted"
        assert tier(pro) == ("beta", True)
        assert told("billing.restricted", "billing.restored") == [1, 0]
        change = TierChange.objects.get(reason="restricted")
        assert (change.from_tier_id, change.to_tier_id) == ("pro", "beta")
        assert told("organisation.tier_changed") == [1]

    def test_is_tried_again_until_it_is_paid_and_all_is_restored(self, pro: Platform) -> None:
        invoice = pro.drive(pro.invoice())
        dunning.settle_all(now=NOW + 20 * DAY)
        pro.card("pm_card_visa")
        dunning.try_again(pro.organisation.pk, now=NOW + 20 * DAY)
        pro.drive(invoice, NOW + 20 * DAY)
        assert invoice.state == State.PAID
        assert standing(pro) == "good"
        assert tier(pro) == ("pro", False)
        assert told("billing.restricted", "billing.restored") == [1, 1]

    def test_is_tried_after_1_4_7_and_12_days_and_then_not_any_more(self, pro: Platform) -> None:
        invoice = pro.drive(pro.invoice())
        tried = []
        while invoice.next_attempt_at is not None:
            tried.append((invoice.next_attempt_at - NOW).days)
            pro.drive(invoice, invoice.next_attempt_at)
        assert tried == [1, 4, 7, 12]
        assert told("invoice.payment_failed") == [1]

    def test_of_one_invoice_keeps_it_restricted_though_another_is_paid(self, pro: Platform) -> None:
        first = pro.drive(pro.invoice())
        second = pro.drive(pro.invoice(month=NOW.date().replace(day=1)), NOW + DAY)
        dunning.settle_all(now=NOW + 20 * DAY)
        pro.card("pm_card_visa")
        second.refresh_from_db()
        dunning.try_again(pro.organisation.pk, now=NOW + 20 * DAY)
        pro.drive(second, NOW + 20 * DAY)
        assert (standing(pro), tier(pro)) == ("restricted", ("beta", True))
        pro.drive(first, NOW + 20 * DAY)
        assert (standing(pro), tier(pro)) == ("good", ("pro", False))

    def test_leaves_the_operators_word_on_the_tier(self, pro: Platform) -> None:
        invoice = pro.drive(pro.invoice())
        dunning.settle_all(now=NOW + 20 * DAY)
        Organisation.objects.filter(pk=pro.organisation.pk).update(tier="enterprise")
        TierChange.objects.create(
            organisation=pro.organisation,
            from_tier_id="beta",
            to_tier_id="enterprise",
            at=NOW + 21 * DAY,
            reason="operator",
        )
        refunds.void(invoice, now=NOW + 22 * DAY)
        assert (standing(pro), tier(pro)) == ("good", ("enterprise", False))

    def test_is_written_of_to_who_pays_at_each_change(self, pro: Platform, settings: Any) -> None:
        settings.MAIL_FROM = "money@tifo.example"
        invoice = pro.drive(pro.invoice())
        dunning.settle_all(now=NOW + 14 * DAY)
        dunning.settle_all(now=NOW + 15 * DAY)
        pro.card("pm_card_visa")
        dunning.try_again(pro.organisation.pk, now=NOW + 16 * DAY)
        pro.drive(invoice, NOW + 16 * DAY)
        letters = Letter.objects.order_by("created_at")
        assert [letter.subject for letter in letters] == [
            "Terrace Labs: an invoice is not paid",
            "Terrace Labs has the limits of the first tier, until its invoices are paid",
            "Terrace Labs: everything is paid",
        ]
        assert {letter.to for letter in letters} == {"dev@terrace.example"}
        assert f"{NOW + 14 * DAY:%d %B %Y}" in letters[0].text


class TestAnOverdueInvoice:
    def test_is_as_good_as_refused(self, platform: Platform, settings: Any) -> None:
        settings.INVOICE_DUE_DAYS, settings.PAYMENT_GRACE_DAYS = 30, 14
        platform.by_invoice()
        invoice = platform.drive(platform.invoice())
        assert invoice.due_at is not None
        dunning.settle_all(now=invoice.due_at)
        assert standing(platform) == "good"
        dunning.settle_all(now=invoice.due_at + timedelta(seconds=1))
        assert standing(platform) == "grace"
        dunning.settle_all(now=invoice.due_at + 14 * DAY)
        assert standing(platform) == "restricted"
        platform.stand_in.client().v1.invoices.pay(invoice.external_id, {"paid_out_of_band": True})
        refunds.look(invoice, now=invoice.due_at + 15 * DAY)
        assert standing(platform) == "good"


class TestASandbox:
    def test_pays_or_is_refused_by_its_own_clock(self, sandbox: Organisation) -> None:
        Organisation.objects.filter(pk=sandbox.pk).update(clock_ahead_s=90 * 86_400)
        accounts.choose_played(sandbox, DECLINES)
        invoice = bill(sandbox)
        assert driving.drive(invoice.pk, now=NOW) is State.FAILED
        invoice.refresh_from_db()
        assert invoice.failed_at == NOW + 90 * DAY
        Organisation.objects.filter(pk=sandbox.pk).update(clock_ahead_s=104 * 86_400)
        dunning.settle_all(now=NOW)
        account = BillingAccount.objects.get(pk=sandbox.pk)
        assert account.standing == "restricted"
        accounts.choose_played(sandbox, PAYS)
        dunning.try_again(sandbox.pk, now=NOW)
        assert driving.drive(invoice.pk, now=NOW) is State.PAID
        account.refresh_from_db()
        assert account.standing == "good"
