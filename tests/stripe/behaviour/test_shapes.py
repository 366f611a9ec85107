"""Objects have the fields of Stripe's own: the installed SDK's classes, and its fixtures."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import stripe

from tests.conftest import of_the_data
from tests.stripe.billing_calls import charge_of, customer, paid
from tests.stripe.stand_in.running import StandIn
from tests.stripe.stand_in.wire.shapes import ABSENT, fields, shape

# What Stripe's examples still show and the SDK has elsewhere.
MOVED = {"invoice": {"subscription"}}
EVERY_KIND = (
    *("customer", "payment_method", "setup_intent", "checkout.session", "invoice", "invoiceitem"),
    *("line_item", "invoice_payment", "payment_intent", "charge", "refund", "dispute"),
    *("credit_note", "credit_note_line_item", "event", "webhook_endpoint", "billing.meter"),
    *("billing.meter_event", "billing.meter_event_summary", "price", "product", "subscription"),
    *("subscription_item", "test_helpers.test_clock", "customer_balance_transaction"),
    *("billing_portal.session", "billing.meter_event_adjustment"),
)


@pytest.fixture(scope="session")
def fixtures() -> dict[str, Any]:
    """Stripe's own examples, `fixtures3.json` of its OpenAPI repository."""
    return _read(of_the_data("stripe", "fixtures3.json"))


@cache
def _read(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "fixtures3.json").read_text())["resources"]
    return found


class TestShapes:
    @pytest.mark.parametrize("kind", EVERY_KIND)
    def test_have_what_stripes_examples_have(self, kind: str, fixtures: dict[str, Any]) -> None:
        ours = fields(kind).keys() | ABSENT.get(kind, set())
        strange = fixtures[kind].keys() - ours - MOVED.get(kind, set())
        assert strange == set()

    def test_refuse_a_field_that_the_sdk_does_not_have(self) -> None:
        with pytest.raises(TypeError, match="no such fields"):
            shape("refund", id="re_1", amount=1, created=1, currency="usd", amuont=1)

    def test_refuse_to_lack_a_field_that_is_never_null(self) -> None:
        with pytest.raises(TypeError, match="missing fields"):
            shape("refund", id="re_1", created=1, currency="usd")


class TestAnswers:
    def test_carry_numbers_where_the_sdk_promises_numbers(
        self, stand_in: StandIn, client: stripe.StripeClient
    ) -> None:
        invoice = paid(client, customer(client).id, 5_000, -1_000)
        charge = charge_of(client, invoice.id)
        client.v1.refunds.create({"charge": charge.id, "amount": 1_000})
        for kind in ("customer", "invoice", "line_item", "charge", "refund", "payment_intent"):
            for made in stand_in.control.objects(kind):
                assert made["object"] == kind
                amounts = [v for k, v in made.items() if k.startswith("amount") and v is not None]
                assert all(type(amount) is int for amount in amounts)

    def test_are_read_by_the_sdk_into_its_own_classes(self, client: stripe.StripeClient) -> None:
        invoice = paid(client, customer(client).id, 5_000)
        line = client.v1.invoices.line_items.list(invoice.id).data[0]
        assert isinstance(line, stripe.InvoiceLineItem)
        assert line.parent is not None
        assert line.parent.invoice_item_details is not None
        item = client.v1.invoice_items.retrieve(line.parent.invoice_item_details.invoice_item)
        assert (item.invoice, item.amount) == (invoice.id, 5_000)
