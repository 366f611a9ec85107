"""What the organisation has used this month, and what that will cost."""

from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.previews import preview
from foundation.clock import billing_period, now
from foundation.errors import Invalid, NotFound
from gateway.contract.tags import Tag
from gateway.doors.parameters import text
from gateway.doors.views import GatedView
from gateway.operations import reads
from jobs import queries as jobs
from metering import queries as metering
from metering.meters import MeterName
from tenants import queries as tenants


class UsageSerializer(serializers.Serializer[Any]):
    livemode = serializers.BooleanField()
    period_start = serializers.DateTimeField()
    period_end = serializers.DateTimeField()
    mau = serializers.IntegerField()
    mau_cap = serializers.IntegerField(allow_null=True)
    meters = serializers.DictField(
        child=serializers.IntegerField(), help_text="Units per meter of jobs that succeeded"
    )
    jobs = serializers.DictField(child=serializers.IntegerField(), help_text="Jobs per state")


class InvoiceLineSerializer(serializers.Serializer[Any]):
    meter = serializers.CharField()
    description = serializers.CharField()
    quantity = serializers.IntegerField()
    unit_price = serializers.DecimalField(max_digits=12, decimal_places=6)
    amount = serializers.DecimalField(max_digits=20, decimal_places=6)


class InvoicePreviewSerializer(serializers.Serializer[Any]):
    tier = serializers.CharField()
    livemode = serializers.BooleanField()
    billable = serializers.BooleanField(help_text="False for test keys, which never bill")
    currency = serializers.CharField()
    period_start = serializers.DateTimeField()
    period_end = serializers.DateTimeField()
    lines = InvoiceLineSerializer(many=True)
    total_cents = serializers.IntegerField(help_text="What the month costs so far")
    projected_mau = serializers.IntegerField()
    projected_total_cents = serializers.IntegerField(
        help_text="At the month's end, if it goes on at this pace"
    )


class UsageView(GatedView):
    tag = Tag.ACCOUNT
    operations = {"get": reads("usage:read")}

    @extend_schema(
        operation_id="getUsage",
        summary="What was used this UTC month",
        responses=UsageSerializer,
    )
    def get(self, request: Request) -> Response:
        organisation, livemode = self.caller.organisation, self.caller.livemode
        moment = now()
        start, end = billing_period(moment)
        return Response(
            {
                "livemode": livemode,
                "period_start": start,
                "period_end": end,
                "mau": metering.active_users(organisation, livemode=livemode, now=moment),
                "mau_cap": self.caller.tier.mau_to,
                "meters": {
                    meter: int(quantity)
                    for meter, quantity in metering.totals(
                        organisation, livemode=livemode, start_day=start.date(), end_day=end.date()
                    ).items()
                    if meter != MeterName.MAU
                },
                "jobs": jobs.counts(organisation, livemode=livemode, start=start, end=end),
            }
        )


class InvoicePreviewView(GatedView):
    tag = Tag.ACCOUNT
    operations = {"get": reads("usage:read")}
    query_parameters = {
        "get": [
            text("tier", "Price the same usage at another tier.", pattern=r"^[-a-zA-Z0-9_]{1,40}$")
        ]
    }

    @extend_schema(
        operation_id="previewInvoice",
        summary="This month's invoice as it stands, and as it will stand at this pace",
        responses=InvoicePreviewSerializer,
    )
    def get(self, request: Request) -> Response:
        caller, moment = self.caller, now()
        tier = self._tier(request.query_params.get("tier"), moment)
        found = preview(caller.organisation, tier, livemode=caller.livemode, now=moment)
        return Response(InvoicePreviewSerializer(found).data)

    def _tier(self, named: str | None, moment: datetime) -> Any:
        if named is None:
            return self.caller.tier
        try:
            return tenants.tier_version(named, moment)
        except NotFound as error:
            raise Invalid.field("/tier", "unknown-tier", f"There is no tier {named!r}.") from error
