"""What the organisation has used this month."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.clock import billing_period, now
from gateway.contract.tags import Tag
from gateway.doors.views import GatedView
from gateway.operations import reads
from jobs import queries as jobs
from metering import queries as metering
from metering.meters import MeterName


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
