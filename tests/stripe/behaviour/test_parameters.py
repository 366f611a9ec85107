"""What Stripe would refuse, the stand-in refuses; what it does not model, it says aloud."""

import base64
import urllib.error
import urllib.request
from typing import Any

import pytest
import stripe
from stripe.params._customer_create_params import CustomerCreateParams
from stripe.params._invoice_create_params import InvoiceCreateParams
from stripe.params._price_create_params import PriceCreateParams
from stripe.params.checkout._session_create_params import SessionCreateParams

from tests.stripe.stand_in.running import StandIn
from tests.stripe.stand_in.wire import forms, schema
from tests.stripe.stand_in.wire.refusals import ParameterRefused, StripeRefusal

REFUSED: list[tuple[type, str, str | None, str]] = [
    (CustomerCreateParams, "nam=Terrace", "parameter_unknown", "nam"),
    (CustomerCreateParams, "address[town]=X", "parameter_unknown", "address[town]"),
    (CustomerCreateParams, "idempotency_key=x", "parameter_unknown", "idempotency_key"),
    (CustomerCreateParams, "balance=1.5", "parameter_invalid_integer", "balance"),
    (CustomerCreateParams, "name=", "parameter_invalid_empty", "name"),
    (CustomerCreateParams, "name[0]=x", None, "name"),
    (CustomerCreateParams, "tax_exempt=perhaps", None, "tax_exempt"),
    (CustomerCreateParams, f"metadata[{'k' * 41}]=x", None, f"metadata[{'k' * 41}]"),
    (CustomerCreateParams, f"metadata[k]={'x' * 501}", None, "metadata[k]"),
    (InvoiceCreateParams, "auto_advance=1", None, "auto_advance"),
    (
        InvoiceCreateParams,
        "automatic_tax[liability][type]=self",
        "parameter_missing",
        "automatic_tax[enabled]",
    ),
    (InvoiceCreateParams, "collection_method=by_pigeon", None, "collection_method"),
    (PriceCreateParams, "unit_amount=5", "parameter_missing", "currency"),
    (PriceCreateParams, "currency=usd&unit_amount_decimal=NaN", None, "unit_amount_decimal"),
    (
        PriceCreateParams,
        "currency=usd&tiers[0][up_to]=many",
        "parameter_invalid_integer",
        "tiers[0][up_to]",
    ),
    (PriceCreateParams, "currency=usd&tiers[0][upto]=9", "parameter_unknown", "tiers[0][upto]"),
    (
        PriceCreateParams,
        "currency=usd&recurring[aggregate_usage]=last",
        "parameter_unknown",
        "recurring[aggregate_usage]",
    ),
    (
        SessionCreateParams,
        "payment_method_types[0]=card",
        "parameter_unknown",
        "payment_method_types",
    ),
    (
        SessionCreateParams,
        "allowed_payment_method_types[0]=gold",
        None,
        "allowed_payment_method_types[0]",
    ),
]
READ: list[tuple[type, str, dict[str, Any]]] = [
    (CustomerCreateParams, "", {}),
    (CustomerCreateParams, "address=", {"address": ""}),
    (CustomerCreateParams, "metadata[1]=a&metadata[2]=b", {"metadata": {"1": "a", "2": "b"}}),
    (
        CustomerCreateParams,
        "preferred_locales[]=de&preferred_locales[]=fr",
        {"preferred_locales": ["de", "fr"]},
    ),
    (InvoiceCreateParams, "auto_advance=false&due_date=9", {"auto_advance": False, "due_date": 9}),
    (
        PriceCreateParams,
        "currency=usd&tiers[1][up_to]=inf&tiers[0][up_to]=9",
        {"currency": "usd", "tiers": [{"up_to": 9}, {"up_to": "inf"}]},
    ),
]


class TestParameters:
    @pytest.mark.parametrize(("params", "form", "code", "param"), REFUSED)
    def test_that_the_sdk_does_not_have_are_refused_by_name(
        self, params: type, form: str, code: str | None, param: str
    ) -> None:
        with pytest.raises(ParameterRefused) as refused:
            schema.read(params, forms.read(form))
        assert (refused.value.error.get("code"), refused.value.error["param"]) == (code, param)

    @pytest.mark.parametrize(("params", "form", "read"), READ)
    def test_of_the_sdk_are_read_into_its_types(
        self, params: type, form: str, read: dict[str, Any]
    ) -> None:
        assert schema.read(params, forms.read(form)) == read

    @pytest.mark.parametrize("form", ["name=a&name=b", "name=a&name[first]=b", "[name]=a"])
    def test_that_are_given_twice_are_refused(self, form: str) -> None:
        with pytest.raises(StripeRefusal):
            forms.read(form)


class TestCalls:
    def test_under_another_key_are_refused(self, stand_in: StandIn) -> None:
        stand_in.api_key = "sk_test_another"
        with pytest.raises(stripe.AuthenticationError, match="Invalid API Key"):
            stand_in.client().v1.customers.list()

    @pytest.mark.parametrize(
        ("said", "status"),
        [("{key}:", 200), ("{key}:ignored", 200), ("sk_test_another:", 401), (":", 401)],
    )
    def test_take_the_key_as_a_user_s_name(self, stand_in: StandIn, said: str, status: int) -> None:
        """As `curl -u sk_test_…:` sends it."""
        credentials = base64.b64encode(said.format(key=stand_in.api_key).encode()).decode()
        assert _status(stand_in, f"Basic {credentials}") == status

    def test_with_broken_credentials_are_refused(self, stand_in: StandIn) -> None:
        assert _status(stand_in, "Basic not base64") == 401

    def test_of_another_version_are_refused(self, stand_in: StandIn) -> None:
        client = stripe.StripeClient(
            stand_in.api_key,
            stripe_version="2017-08-15",
            base_addresses={"api": stand_in.url},
            max_network_retries=0,
        )
        with pytest.raises(stripe.InvalidRequestError, match="2017-08-15"):
            client.v1.customers.list()

    def test_to_an_unknown_address_are_refused(self, client: stripe.StripeClient) -> None:
        with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL") as refused:
            client.raw_request("get", "/v1/coupons")
        assert refused.value.http_status == 404

    def test_with_parameters_that_are_not_modelled_say_so(
        self, client: stripe.StripeClient
    ) -> None:
        with pytest.raises(stripe.APIError, match="does not model the parameter source") as refused:
            client.v1.customers.create({"source": "tok_visa"})
        assert refused.value.http_status == 501

    @pytest.mark.parametrize(
        "path", ["customers/cus_none", "invoices/in_none", "refunds/re_none", "events/evt_none"]
    )
    def test_about_what_is_not_there_are_404(self, client: stripe.StripeClient, path: str) -> None:
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.raw_request("get", f"/v1/{path}")
        assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")


class TestLists:
    def test_go_from_the_newest_to_the_oldest_a_page_at_a_time(
        self, client: stripe.StripeClient
    ) -> None:
        made = [client.v1.customers.create({"name": str(at)}).id for at in range(23)]
        first = client.v1.customers.list()
        assert ([each.id for each in first.data], first.has_more) == (made[:12:-1], True)
        everyone = client.v1.customers.list({"limit": 7}).auto_paging_iter()
        assert [each.id for each in everyone] == made[::-1]

    def test_have_at_most_a_hundred_on_a_page(self, client: stripe.StripeClient) -> None:
        with pytest.raises(stripe.InvalidRequestError, match="Limit"):
            client.v1.customers.list({"limit": 101})

    def test_filter_by_time(self, stand_in: StandIn, client: stripe.StripeClient) -> None:
        early = client.v1.customers.create({})
        now = stand_in.control.advance(60)
        late = client.v1.customers.create({})
        found = client.v1.customers.list({"created": {"gte": now}})
        assert [each.id for each in found.data] == [late.id]
        found = client.v1.customers.list({"created": {"lt": now}})
        assert [each.id for each in found.data] == [early.id]

    def test_expand_what_they_hold(self, client: stripe.StripeClient) -> None:
        customer = client.v1.customers.create({"name": "Terrace Labs"})
        client.v1.invoices.create({"customer": customer.id})
        found = client.v1.invoices.list({"expand": ["data.customer"]}).data[0].customer
        assert isinstance(found, stripe.Customer)
        assert found.name == "Terrace Labs"
        with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
            client.v1.invoices.list({"expand": ["data.status"]})


class TestSearch:
    def test_finds_what_is_new_only_after_a_while(
        self, stand_in: StandIn, client: stripe.StripeClient
    ) -> None:
        made = client.v1.customers.create({"metadata": {"organisation": "org_1"}})
        client.v1.customers.create({"metadata": {"organisation": "org_2"}})
        query = "metadata['organisation']:'org_1' AND -email:'x@y.z'"
        assert client.v1.customers.search({"query": query}).data == []
        stand_in.control.advance(60)
        assert [each.id for each in client.v1.customers.search({"query": query}).data] == [made.id]

    @pytest.mark.parametrize("query", ["organisation:'x'", "metadata:'x'", "name~'x'", "name"])
    def test_refuses_what_cannot_be_searched(self, client: stripe.StripeClient, query: str) -> None:
        with pytest.raises(stripe.InvalidRequestError):
            client.v1.customers.search({"query": query})


def _status(stand_in: StandIn, authorization: str) -> int:
    url = f"{stand_in.url}/v1/customers"
    asked = urllib.request.Request(url, headers={"Authorization": authorization})
    try:
        with urllib.request.urlopen(asked) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        refused.close()
        return refused.code
