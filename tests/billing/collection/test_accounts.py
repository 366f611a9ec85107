"""Payment methods come on file by Stripe's pages, and decide whether an organisation may grow."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from billing.models import BillingAccount
from billing.services.collection import accounts
from foundation.clock import now
from foundation.models import IdempotencyRecord
from tenants.services.sandboxes import create_sandbox
from tests.billing.collection.conftest import Platform
from tests.billing.collection.test_inbox import deliver, process
from tests.conftest import Api, Tenant


@pytest.fixture
def owner(tenant: Tenant, api: Callable[[str | None], Api]) -> Api:
    return api(tenant.live_key)


def may_grow(platform: Platform) -> bool:
    platform.organisation.refresh_from_db()
    return platform.organisation.payment_method


class TestASetup:
    def test_by_a_page_of_stripes_puts_a_card_on_file(self, platform: Platform, owner: Api) -> None:
        answer = owner.post("/v1/billing/setup", {"return_url": "https://derby.example/paid"})
        assert answer.status_code == 201
        (session,) = platform.stand_in.control.objects("checkout.session")
        assert answer.json() == {"url": session["url"], "client_secret": None}
        assert session["success_url"] == "https://derby.example/paid"
        assert not may_grow(platform)
        platform.stand_in.control.complete_checkout(session["id"])
        deliver(platform, reverse=True, times=2)
        process(platform)
        assert may_grow(platform)
        told = owner.get("/v1/billing").json()
        assert told["payment_method"] == "visa ending in 4242"
        assert (told["collector"], told["standing"]) == ("stripe", "good")

    def test_by_a_form_puts_a_card_on_file(self, platform: Platform, owner: Api) -> None:
        answer = owner.post("/v1/billing/setup", {"by": "form"}).json()
        (intent,) = platform.stand_in.control.objects("setup_intent")
        assert answer == {"url": None, "client_secret": intent["client_secret"]}
        platform.stand_in.client().v1.setup_intents.confirm(
            intent["id"], {"payment_method": "pm_card_mastercard"}
        )
        deliver(platform)
        process(platform)
        assert may_grow(platform)

    def test_by_a_form_is_replayed_without_its_secret(self, platform: Platform, owner: Api) -> None:
        answers = [
            owner.post("/v1/billing/setup", {"by": "form"}, **{"Idempotency-Key": "form"}).json()
            for _ in range(2)
        ]
        (intent,) = platform.stand_in.control.objects("setup_intent")
        told = [intent["client_secret"], f"{intent['id']}_secret_"]
        assert [each["client_secret"] for each in answers] == told
        kept = bytes(IdempotencyRecord.objects.get().body).decode()
        assert intent["client_secret"] not in kept

    @pytest.mark.usefixtures("impatient")
    def test_makes_one_customer_whatever_is_lost(self, platform: Platform, owner: Api) -> None:
        platform.stand_in.control.fault("timeout_after", path="/v1/customers", method="POST")
        refused = owner.post("/v1/billing/setup")
        assert (refused.status_code, refused.json()["code"]) == (503, "collector-away")
        assert refused["Retry-After"]
        platform.stand_in.control.advance(30 * 3600)
        assert owner.post("/v1/billing/setup").status_code == 201
        assert len(platform.stand_in.control.objects("customer")) == 1

    def test_that_is_told_late_takes_no_newer_card_off(
        self, platform: Platform, owner: Api
    ) -> None:
        for card in ("pm_card_visa", "pm_card_mastercard"):
            owner.post("/v1/billing/setup", {"by": "form"})
            intent = platform.stand_in.control.objects("setup_intent")[-1]
            platform.stand_in.client().v1.setup_intents.confirm(
                intent["id"], {"payment_method": card}
            )
            platform.stand_in.control.advance(3_600)
        deliver(platform, reverse=True)
        process(platform)
        assert owner.get("/v1/billing").json()["payment_method"] == "mastercard ending in 4444"

    def test_tries_a_refused_invoice_again(self, platform: Platform, owner: Api) -> None:
        platform.card("pm_card_chargeCustomerFail")
        invoice = platform.drive(platform.invoice())
        owner.post("/v1/billing/setup")
        (session,) = platform.stand_in.control.objects("checkout.session")
        platform.stand_in.control.complete_checkout(session["id"])
        deliver(platform)
        process(platform)
        invoice.refresh_from_db()
        assert invoice.next_attempt_at is not None
        assert platform.drive(invoice, invoice.next_attempt_at).state == "paid"

    def test_needs_a_live_key(self, platform: Platform, api: Any, tenant: Tenant) -> None:
        answer = api(tenant.test_key).post("/v1/billing/setup")
        assert answer.json()["code"] == "scope-missing"

    def test_is_shown_to_no_test_key_but_a_sandbox_s_own(
        self, platform: Platform, api: Any, tenant: Tenant
    ) -> None:
        platform.card()
        told = api(tenant.test_key).get("/v1/billing")
        assert (told.status_code, told.json()["code"]) == (403, "scope-missing")
        assert "4242" not in told.content.decode()
        _, played = create_sandbox(
            organisation=tenant.organisation, name="Played", now=now(), livemode=True
        )
        assert api(played).get("/v1/billing").json()["payment_method"] is None

    @pytest.mark.parametrize("address", ["javascript:alert(1)", "https://", "https://a.example/é"])
    def test_leads_back_to_web_pages_alone(
        self, platform: Platform, owner: Api, address: str
    ) -> None:
        for path in ("/v1/billing/setup", "/v1/billing/portal"):
            answer = owner.post(path, {"return_url": address})
            assert answer.json()["errors"][0]["pointer"] == "/return_url"

    def test_is_refused_where_nobody_collects(
        self, platform: Platform, owner: Api, settings: Any
    ) -> None:
        settings.STRIPE_KEY = ""
        for path in ("/v1/billing/setup", "/v1/billing/portal"):
            said = owner.post(path).json()
            assert said["code"] == "no-collector"
            assert said["detail"].startswith("Stripe is not connected here")
        assert owner.get("/v1/billing").json()["collector"] == "manual"


class TestTheMethodOnFile:
    def test_that_is_detached_is_gone(self, platform: Platform) -> None:
        platform.card()
        assert may_grow(platform)
        stripe = platform.stand_in.client()
        stripe.v1.payment_methods.detach(platform.account.payment_method_id)
        deliver(platform, times=2)
        process(platform)
        assert not may_grow(platform)
        assert platform.account.payment_method_label == ""

    def test_that_was_replaced_stays_although_the_old_one_is_detached(
        self, platform: Platform
    ) -> None:
        platform.card()
        old = platform.account.payment_method_id
        platform.card("pm_card_mastercard")
        platform.stand_in.client().v1.payment_methods.detach(old)
        deliver(platform)
        process(platform)
        assert may_grow(platform)
        assert platform.account.payment_method_label == "mastercard ending in 4444"

    def test_goes_with_its_customer_and_the_next_setup_makes_another(
        self, platform: Platform, owner: Api
    ) -> None:
        platform.card()
        gone = platform.account.customer_id
        platform.stand_in.client().v1.customers.delete(gone)
        deliver(platform)
        process(platform)
        assert (may_grow(platform), platform.account.customer_id) == (False, "")
        assert owner.post("/v1/billing/setup").status_code == 201
        assert platform.account.customer_id not in {"", gone}

    def test_is_of_no_matter_to_who_pays_by_invoice(self, platform: Platform) -> None:
        platform.by_invoice()
        assert may_grow(platform)
        accounts.set_terms(platform.account, BillingAccount.Terms.CARD)
        assert not may_grow(platform)


def test_the_portal_is_a_page_of_stripes(platform: Platform, owner: Api) -> None:
    answer = owner.post("/v1/billing/portal")
    assert answer.status_code == 201
    assert answer.json()["url"].startswith(platform.stand_in.url)
    assert json.loads(answer.content).keys() == {"url"}
