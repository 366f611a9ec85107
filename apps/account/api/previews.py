"""What the organisation's month will cost, while it is open."""

from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.account.api.metering.periods import MONTH, of_month, read_month
from billing.previews import Preview, preview
from billing.rules.contents import line_content
from foundation.clock import now
from foundation.errors import Invalid, NotFound
from gateway.contract.tags import Tag
from gateway.doors.parameters import text
from gateway.doors.views import GatedView
from gateway.operations import reads
from tenants import queries as tenants
from tenants.models import TierVersion


class InvoiceLineSerializer(serializers.Serializer[Any]):
    key = serializers.CharField(help_text="Names the line within its invoice")
    kind = serializers.CharField(
        help_text="usage, service_credit, discount, credit, commitment or correction"
    )
    meter = serializers.CharField(allow_null=True)
    description = serializers.CharField()
    quantity = serializers.CharField(
        allow_null=True, help_text="A decimal number, in the meter's unit"
    )
    unit_price = serializers.CharField(
        allow_null=True, help_text="A decimal number; null where units have no one price"
    )
    per = serializers.IntegerField(allow_null=True, help_text="How many units it is the price of")
    unrounded = serializers.CharField(
        help_text="The exact amount in the currency: a decimal number, or numerator/denominator"
    )
    amount_minor = serializers.IntegerField(help_text="In minor units of the currency; signed")


class InvoicePreviewSerializer(serializers.Serializer[Any]):
    tier = serializers.CharField()
    livemode = serializers.BooleanField()
    billable = serializers.BooleanField(help_text="False for test keys, which never bill")
    currency = serializers.CharField()
    minor_digits = serializers.IntegerField(
        help_text="Decimals of the currency's minor unit: 2 for usd, 0 for jpy"
    )
    period_start = serializers.DateTimeField()
    period_end = serializers.DateTimeField()
    lines = InvoiceLineSerializer(many=True)
    total_minor = serializers.IntegerField(
        help_text="What the month costs so far, before tax; its statement's, if nothing more comes"
    )
    projected_mau = serializers.IntegerField()
    projected_total_minor = serializers.IntegerField(
        help_text="At the month's end, if it goes on at this pace"
    )


class InvoicePreviewView(GatedView):
    tag = Tag.ACCOUNT
    operations = {"get": reads("usage:read")}
    refusals = {"get": ["409"]}
    query_parameters = {
        "get": [
            text("month", "A UTC month that is open, as in 2026-10; default this.", pattern=MONTH),
            text("tier", "Price the same usage at another tier.", pattern=r"^[-a-zA-Z0-9_]{1,40}$"),
        ]
    }

    @extend_schema(
        operation_id="previewInvoice",
        summary="An open month's invoice as it stands, and as it will stand at this pace",
        responses=InvoicePreviewSerializer,
    )
    def get(self, request: Request) -> Response:
        caller = self.caller
        moment = caller.organisation.moment(now())
        month = read_month(request.query_params, now=moment)
        tier = self._tier(request.query_params.get("tier"), min(moment, of_month(month).end))
        found = preview(
            caller.organisation, livemode=caller.livemode, now=moment, month=month, tier=tier
        )
        return Response(_rendered(found))

    def _tier(self, named: str | None, moment: datetime) -> TierVersion | None:
        if named is None:
            return None
        try:
            return tenants.tier_version(named, moment)
        except NotFound as error:
            raise Invalid.field("/tier", "unknown-tier", f"There is no tier {named!r}.") from error


def _rendered(found: Preview) -> dict[str, Any]:
    code, digits = found.currency.code, found.currency.digits
    lines = [line_content(each) for each in found.lines]
    told = vars(found) | {"currency": code, "minor_digits": digits, "lines": lines}
    return InvoicePreviewSerializer(told).data
