"""Drafts and their lines, until they are finalised."""

from typing import Any

import pytest
import stripe

from tests.stripe.billing_calls import customer, draft, opened, told
from tests.stripe.stand_in.running import StandIn


def line(client: stripe.StripeClient, of: stripe.Invoice, **fields: Any) -> Any:
    params: Any = {"customer": of.customer, "invoice": of.id} | fields
    return client.v1.invoice_items.create(params)


class TestDrafts:
    def test_sum_their_lines(self, client: stripe.StripeClient) -> None:
        made = draft(client, customer(client).id, 5_000, 250, -1_000)
        assert (made.status, made.subtotal, made.total, made.amount_due) == (
            *("draft", 4_250, 4_250),
            4_250,
        )
        assert (made.number, made.hosted_invoice_url) == (None, None)

    def test_show_ten_lines_and_list_them_all_in_their_order(
        self, client: stripe.StripeClient
    ) -> None:
        made = draft(client, customer(client).id, *range(100, 112))
        assert (len(made.lines.data), made.lines.has_more) == (10, True)
        pages = client.v1.invoices.line_items.list(made.id, {"limit": 5}).auto_paging_iter()
        assert [each.amount for each in pages] == list(range(100, 112))

    def test_have_250_lines_at_most(self, client: stripe.StripeClient) -> None:
        made = draft(client, customer(client).id)
        lines: Any = [{"amount": 1} for _ in range(250)]
        client.v1.invoices.add_lines(made.id, {"lines": lines})
        with pytest.raises(stripe.InvalidRequestError, match="250"):
            line(client, made, amount=1)
        with pytest.raises(stripe.InvalidRequestError, match="250"):
            client.v1.invoices.add_lines(made.id, {"lines": [{"amount": 1}]})

    def test_take_many_lines_at_once_or_none(self, client: stripe.StripeClient) -> None:
        made = draft(client, customer(client).id)
        wrong: Any = [{"amount": 1}, {"amount": 1, "period": {"start": 2, "end": 1}}]
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.invoices.add_lines(made.id, {"lines": wrong})
        assert client.v1.invoices.retrieve(made.id).total == 0
        right: Any = [{"amount": 1, "metadata": {"line": "a"}}, {"amount": 2}]
        assert client.v1.invoices.add_lines(made.id, {"lines": right}).total == 3

    @pytest.mark.parametrize(
        ("fields", "param"),
        [
            ({}, "amount"),
            ({"amount": 5, "quantity": 2}, "quantity"),
            ({"amount": 5, "currency": "eur"}, "currency"),
            ({"amount": 5, "currency": "zzz"}, "currency"),
            ({"amount": 5, "period": {"start": 2, "end": 1}}, "period[end]"),
            ({"amount": 5, "customer": "cus_none"}, "customer"),
            ({"amount": 5, "invoice": "in_none"}, "invoice"),
        ],
    )
    def test_refuse_a_line(
        self, client: stripe.StripeClient, fields: dict[str, Any], param: str
    ) -> None:
        made = draft(client, customer(client).id, currency="usd")
        with pytest.raises(stripe.InvalidRequestError) as refused:
            line(client, made, **fields)
        assert refused.value.param == param
        assert client.v1.invoices.retrieve(made.id).total == 0

    def test_refuse_a_line_of_another_customer(self, client: stripe.StripeClient) -> None:
        made = draft(client, customer(client).id)
        with pytest.raises(stripe.InvalidRequestError, match="another customer"):
            line(client, made, amount=1, customer=customer(client).id)

    def test_change_and_lose_lines_by_their_own_ids(self, client: stripe.StripeClient) -> None:
        made = draft(client, customer(client).id, 100, 20, 3)
        first, second, third = (each.id for each in made.lines.data)
        client.v1.invoices.line_items.update(made.id, first, {"amount": 400})
        changes: Any = [{"id": second, "amount": 50, "metadata": {"line": "b"}}]
        client.v1.invoices.update_lines(made.id, {"lines": changes})
        gone: Any = [{"id": third, "behavior": "unassign"}]
        assert client.v1.invoices.remove_lines(made.id, {"lines": gone}).total == 450
        items = client.v1.invoice_items.list({"customer": str(made.customer)}).data
        assert [(each.amount, each.invoice) for each in items] == [
            *((3, None), (50, made.id)),
            (400, made.id),
        ]
        with pytest.raises(stripe.InvalidRequestError, match="No such invoice line item"):
            client.v1.invoices.remove_lines(made.id, {"lines": gone})

    def test_can_be_changed_and_their_lines_too(self, client: stripe.StripeClient) -> None:
        made = draft(client, customer(client).id)
        item = line(client, made, amount=500)
        other = line(client, made, amount=70)
        client.v1.invoice_items.update(item.id, {"amount": 600, "metadata": {"line": "mau"}})
        client.v1.invoice_items.delete(other.id)
        changed = client.v1.invoices.update(made.id, {"metadata": {"statement": "stmt_1"}})
        assert changed.total == 600
        assert changed.to_dict()["metadata"] == {"statement": "stmt_1"}

    def test_leave_pending_items_alone_unless_they_are_included(
        self, client: stripe.StripeClient
    ) -> None:
        owner = customer(client)
        client.v1.invoice_items.create({"customer": owner.id, "amount": 70, "currency": "usd"})
        assert draft(client, owner.id).total == 0
        assert draft(client, owner.id, pending_invoice_items_behavior="include").total == 70
        assert draft(client, owner.id, pending_invoice_items_behavior="include").total == 0

    def test_that_are_deleted_leave_their_items_pending(
        self, stand_in: StandIn, client: stripe.StripeClient
    ) -> None:
        made = draft(client, customer(client).id, 500)
        client.v1.invoices.delete(made.id)
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.invoices.retrieve(made.id)
        pending = client.v1.invoice_items.list({"pending": True}).data
        assert [(item.amount, item.invoice) for item in pending] == [(500, None)]
        assert told(stand_in, made.id)[-1] == "invoice.deleted"

    @pytest.mark.parametrize(
        ("fields", "param"),
        [
            ({"currency": "doge"}, "currency"),
            ({"collection_method": "send_invoice"}, "days_until_due"),
            ({"days_until_due": 14}, "days_until_due"),
            ({"default_payment_method": "pm_none"}, "default_payment_method"),
        ],
    )
    def test_are_refused(
        self, client: stripe.StripeClient, fields: dict[str, Any], param: str
    ) -> None:
        with pytest.raises(stripe.InvalidRequestError) as refused:
            draft(client, customer(client).id, **fields)
        assert refused.value.param == param

    def test_take_units_times_a_price_where_the_product_is_whole(
        self, client: stripe.StripeClient
    ) -> None:
        made = draft(client, customer(client).id)
        line(client, made, quantity=10_000, unit_amount_decimal="0.5")
        assert client.v1.invoices.retrieve(made.id).total == 5_000
        with pytest.raises(stripe.APIError, match="rounding"):
            line(client, made, quantity=10_001, unit_amount_decimal="0.5")


class TestFinalising:
    def test_opens_a_draft_and_numbers_it(
        self, stand_in: StandIn, client: stripe.StripeClient
    ) -> None:
        owner = customer(client)
        first, second = opened(client, owner.id, 5_000), opened(client, owner.id, 70)
        assert (first.status, first.amount_remaining) == ("open", 5_000)
        assert [first.number, second.number] == [
            f"{owner.invoice_prefix}-{at:04d}" for at in (1, 2)
        ]
        assert told(stand_in, first.id)[-1] == "invoice.finalized"
        assert "invoice.paid" not in told(stand_in, first.id)

    def test_is_done_once(self, client: stripe.StripeClient) -> None:
        made = opened(client, customer(client).id, 5_000)
        with pytest.raises(stripe.InvalidRequestError, match="already finalized"):
            client.v1.invoices.finalize_invoice(made.id)

    def test_fixes_the_lines(self, client: stripe.StripeClient) -> None:
        made = opened(client, customer(client).id, 5_000)
        item = client.v1.invoice_items.list({"invoice": made.id}).data[0]
        for act in (
            lambda: line(client, made, amount=1),
            lambda: client.v1.invoice_items.update(item.id, {"amount": 1}),
            lambda: client.v1.invoice_items.delete(item.id),
            lambda: client.v1.invoices.add_lines(made.id, {"lines": [{"amount": 1}]}),
            lambda: client.v1.invoices.delete(made.id),
            lambda: client.v1.invoices.update(made.id, {"description": "late"}),
        ):
            with pytest.raises(stripe.InvalidRequestError) as refused:
                act()
            assert refused.value.code == "invoice_not_editable"
        assert client.v1.invoices.update(made.id, {"metadata": {"a": "b"}}).total == 5_000

    def test_refuses_an_invoice_without_lines(self, client: stripe.StripeClient) -> None:
        made = draft(client, customer(client).id)
        with pytest.raises(stripe.InvalidRequestError, match="without items"):
            client.v1.invoices.finalize_invoice(made.id)

    @pytest.mark.parametrize(
        ("currency", "amount", "code"),
        [
            ("usd", 100_000_000, "amount_too_large"),
            ("kwd", 1_001, "invalid_charge_amount"),
            ("isk", 5_050, "invalid_charge_amount"),
        ],
    )
    def test_refuses_what_no_card_can_be_charged(
        self, client: stripe.StripeClient, currency: str, amount: int, code: str
    ) -> None:
        made = draft(client, customer(client).id, amount, currency=currency)
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.invoices.finalize_invoice(made.id)
        assert refused.value.code == code
        assert client.v1.invoices.retrieve(made.id).status == "draft"

    def test_takes_the_units_of_a_currency_that_has_no_smaller_ones(
        self, client: stripe.StripeClient
    ) -> None:
        made = opened(client, customer(client).id, 50, currency="jpy")
        assert (made.currency, made.total, made.amount_due) == ("jpy", 50, 50)
