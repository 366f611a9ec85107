"""How an organisation pays: its account, and the pages where a payment method is entered."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.models import BillingAccount, Invoice
from billing.queries.prices import agreements
from billing.services.collection import accounts, ledger
from foundation.clock import month, now
from foundation.validation.strict import Body, Pattern
from gateway.callers.caller import Caller
from gateway.contract.tags import Tag
from gateway.doors.views import GatedView, valid
from gateway.operations import reads, spends
from tenants.models import Organisation
from tenants.refusals import ScopeMissing

REFUSALS = ["409", "502", "503"]


class BillingAccountSerializer(serializers.Serializer[Any]):
    collector = serializers.ChoiceField(
        choices=Invoice.Collector.choices, help_text="Who asks for the money"
    )
    terms = serializers.ChoiceField(choices=BillingAccount.Terms.choices)
    standing = serializers.ChoiceField(choices=BillingAccount.Standing.choices)
    grace_ends_at = serializers.DateTimeField(
        allow_null=True, help_text="When the limits become those of the first tier, if unpaid"
    )
    payment_method = serializers.CharField(
        allow_null=True, help_text="As in visa ending in 4242; null for none on file"
    )
    currency = serializers.CharField(help_text="Of this month's prices")
    owed_minor = serializers.DictField(
        child=serializers.IntegerField(),
        help_text="What is owed per currency, in its minor units; a balance at Stripe, which it "
        "takes off the next invoices, is not in it",
    )


class ReturnAddress(Pattern):
    """Of a page of the web, as a browser sends it: in ASCII."""

    default_error_messages = {"invalid": "It must begin with https:// or http://, in ASCII."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(r"^https?://[!-~]+$", **{"max_length": 500, "required": False} | kwargs)


class SetUpPaymentSerializer(Body):
    example = {"by": "checkout", "return_url": "https://derby.example/billing"}

    by = serializers.ChoiceField(
        choices=[("checkout", "A page of Stripe's"), ("form", "Stripe's form on a page of yours")],
        default="checkout",
    )
    return_url = ReturnAddress(
        help_text="Where Stripe's page leads back to; the platform's own, if left out"
    )


class PaymentSetupSerializer(serializers.Serializer[Any]):
    url = serializers.CharField(allow_null=True, help_text="Open it in a browser; null for a form")
    client_secret = serializers.CharField(
        allow_null=True, help_text="Of a SetupIntent, for Stripe.js; null for a page"
    )


class OpenPortalSerializer(Body):
    example = {"return_url": "https://derby.example/billing"}

    return_url = ReturnAddress(help_text="Where it leads back to")


class PortalLinkSerializer(serializers.Serializer[Any]):
    url = serializers.CharField(help_text="Open it in a browser, soon: it is good for minutes")


class BillingView(GatedView):
    tag = Tag.BILLING
    operations = {"get": reads("billing:read")}

    @extend_schema(
        operation_id="getBilling",
        summary="How the organisation pays, what it owes, and how it stands",
        responses=BillingAccountSerializer,
    )
    def get(self, request: Request) -> Response:
        """It is told to live keys, and of a sandbox to its own key: test keys get about."""
        organisation = _billed(self.caller)
        account, this_month = accounts.account_of(organisation), month(organisation.moment(now()))
        answer = {
            "collector": accounts.collector_for(organisation),
            "terms": account.terms,
            "standing": account.standing,
            "grace_ends_at": account.grace_ends_at,
            "payment_method": account.payment_method_label or None,
            "currency": agreements([organisation.pk], this_month)[organisation.pk].currency,
            "owed_minor": ledger.owed(organisation),
        }
        return Response(BillingAccountSerializer(answer).data)


class PaymentSetupView(GatedView):
    tag = Tag.BILLING
    operations = {"post": spends("billing:write")}
    refusals = {"post": REFUSALS}

    @extend_schema(
        operation_id="setUpPayment",
        summary="Begin to put a payment method on file, on a page of Stripe's or in its form",
        request=SetUpPaymentSerializer,
        responses={201: PaymentSetupSerializer},
    )
    def post(self, request: Request) -> Response:
        asked = valid(SetUpPaymentSerializer(data=request.data))
        organisation = _billed(self.caller)
        if asked["by"] == "form":
            secret = accounts.begin_setup_here(organisation)
            return Response({"url": None, "client_secret": secret}, status=201)
        this_month = month(organisation.moment(now()))
        url = accounts.begin_setup(
            organisation,
            currency=agreements([organisation.pk], this_month)[organisation.pk].currency,
            back_to=_back_to(asked, request),
        )
        return Response({"url": url, "client_secret": None}, status=201)


class BillingPortalView(GatedView):
    tag = Tag.BILLING
    operations = {"post": spends("billing:write")}
    refusals = {"post": REFUSALS}

    @extend_schema(
        operation_id="openBillingPortal",
        summary="A page of Stripe's with the payment methods and invoices, for its owner",
        request=OpenPortalSerializer,
        responses={201: PortalLinkSerializer},
    )
    def post(self, request: Request) -> Response:
        asked = valid(OpenPortalSerializer(data=request.data))
        url = accounts.portal(_billed(self.caller), back_to=_back_to(asked, request))
        return Response({"url": url}, status=201)


def _billed(caller: Caller) -> Organisation:
    """The caller's organisation, if the key is of the mode that is billed."""
    if caller.livemode != caller.organisation.billed_mode:
        raise ScopeMissing("A test key neither sees nor changes how what is live is paid for.")
    return caller.organisation


def _back_to(asked: dict[str, Any], request: Request) -> str:
    home = f"{settings.PUBLIC_URL}/" if settings.PUBLIC_URL else request.build_absolute_uri("/")
    return str(asked.get("return_url", home))
