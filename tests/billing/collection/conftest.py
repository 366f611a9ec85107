"""A platform that is connected to the stand-in, and statements to collect."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from billing.models import BillingAccount, Invoice, Statement
from billing.services.collection import accounts, driving
from foundation.ids import new_id
from tenants.models import Organisation
from tests.conftest import Tenant
from tests.stripe.stand_in.running import StandIn, running

SECRET = "whsec_of_the_suite"
NOW = datetime.now(UTC)
MONTH = date(2026, 10, 1)
LINES = (("mau:0", 5_500), ("discount", -550), ("jobs:0", 3))

Numbered = tuple[str, int]


@pytest.fixture
def stand_in(settings: Any) -> Iterator[StandIn]:
    with running() as started:
        settings.STRIPE_KEY = started.api_key
        settings.STRIPE_URL = started.url
        settings.STRIPE_TIMEOUT_S = 30.0  # a busy machine is no fault of Stripe's
        settings.STRIPE_WEBHOOK_SECRETS = [SECRET]
        settings.PUBLIC_URL = "http://tifo.example"
        yield started


@pytest.fixture
def impatient(stand_in: StandIn, settings: Any) -> None:
    """Calls that are not answered are given up soon."""
    settings.STRIPE_TIMEOUT_S = 1.0


@dataclass
class Platform:
    """What the tests do to the platform's money, in few words."""

    organisation: Organisation
    stand_in: StandIn

    @property
    def account(self) -> BillingAccount:
        return BillingAccount.objects.select_related("organisation").get(pk=self.organisation.pk)

    def account_made(self) -> BillingAccount:
        return accounts.account_of(self.organisation)

    def card(self, name: str = "pm_card_visa") -> None:
        """Put a card on file, as after a setup."""
        account = accounts.account_of(self.organisation)
        customer = accounts.customer_of(account)
        method = self.stand_in.client().v1.payment_methods.attach(name, {"customer": customer})
        assert accounts.attach(customer, method.id) is not None

    def lives_in(self, country: str) -> None:
        """What is owed where decides the tax."""
        self.stand_in.client().v1.customers.update(
            self.account.customer_id, {"address": {"country": country, "postal_code": "10115"}}
        )

    def pays_by_page(self, invoice: Invoice) -> None:
        """The payer pays on Stripe's page, and nobody here has read of it yet."""
        stripe = self.stand_in.client().v1
        customer = self.account.customer_id
        method = stripe.payment_methods.attach("pm_card_visa", {"customer": customer})
        stripe.invoices.pay(invoice.external_id, {"payment_method": method.id})

    def by_invoice(self) -> None:
        accounts.set_terms(accounts.account_of(self.organisation), BillingAccount.Terms.INVOICE)

    def invoice(
        self,
        lines: tuple[Numbered, ...] = LINES,
        *,
        month: date = MONTH,
        currency: str = "usd",
        collector: str = "",
        total: int | None = None,
    ) -> Invoice:
        """A statement of these lines, and the invoice of it as the close makes it."""
        return bill(self.organisation, lines, month, currency, collector, total)

    def drive(self, invoice: Invoice, now: datetime = NOW) -> Invoice:
        driving.drive(invoice.pk, now=now)
        invoice.refresh_from_db()
        return invoice

    def drive_on(self, invoice: Invoice, *, times: int = 12) -> Invoice:
        """As beat does it: again and again, as time passes, and once more when nothing is due."""
        invoice.refresh_from_db()
        for number in range(times):
            was_due = invoice.next_attempt_at is not None
            self.drive(invoice, NOW + timedelta(hours=2 * number))
            if not was_due:
                break
        return invoice

    def held(self) -> list[Any]:
        """The invoices at Stripe."""
        return self.stand_in.control.objects("invoice")


def bill(
    organisation: Organisation,
    lines: tuple[Numbered, ...] = LINES,
    month: date = MONTH,
    currency: str = "usd",
    collector: str = "",
    total: int | None = None,
) -> Invoice:
    statement_id = new_id("st", NOW)
    content = {
        "lines": [
            {
                "key": key,
                "kind": "usage",
                "meter": key.split(":")[0],
                "description": f"Of {key}",
                "amount_minor": amount,
            }
            for key, amount in lines
        ]
    }
    total_minor = sum(amount for _, amount in lines) if total is None else total
    statement = Statement.objects.create(
        id=statement_id,
        organisation=organisation,
        livemode=organisation.billed_mode,
        month=month,
        number=f"S-{statement_id}",
        currency=currency,
        total_minor=total_minor,
        content=json.dumps(content),
        content_hash="0" * 64,
        previous_hash="0" * 64,
        closed_at=NOW,
    )
    return Invoice.objects.create(
        id=new_id("inv", NOW),
        organisation=organisation,
        statement=statement,
        number=statement.number,
        currency=currency,
        total_minor=total_minor,
        collector=collector,
        next_attempt_at=NOW,
        created_at=NOW,
    )


@pytest.fixture
def tenant(tenant: Tenant) -> Tenant:
    """One that pays by card, and has none yet."""
    tenant.organisation.payment_method = False
    tenant.organisation.save(update_fields=["payment_method"])
    return tenant


@pytest.fixture
def platform(tenant: Tenant, stand_in: StandIn) -> Platform:
    return Platform(tenant.organisation, stand_in)


@pytest.fixture
def sandbox(tenant: Tenant) -> Organisation:
    return Organisation.objects.create(
        id=new_id("org", NOW),
        name="Sandbox",
        tier_id="beta",
        created_at=NOW,
        sandbox_of=tenant.organisation,
    )
