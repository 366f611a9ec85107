"""How often calls were refused, and by what: counted by the gate, shown by the hour."""

from datetime import timedelta
from typing import Any, Final

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.clock import hour, now
from foundation.errors import Invalid
from gateway.admission import refusal_log
from gateway.contract.tags import Tag
from gateway.doors.parameters import read_whole, text, whole
from gateway.doors.views import GatedView
from gateway.models import RefusalCount
from gateway.operations import reads

MOST_HOURS: Final = 720
GROUPS: Final = ("policy", "key", "end_user", "route", "kind")


class RefusalRowSerializer(serializers.Serializer[Any]):
    policy = serializers.CharField(allow_null=True)
    key = serializers.CharField(allow_null=True)
    end_user = serializers.CharField(allow_null=True, help_text="The user's hash of that month")
    route = serializers.CharField(allow_null=True)
    kind = serializers.ChoiceField(
        choices=RefusalCount.Kind.choices,
        allow_null=True,
        help_text="shadow: would have been refused by a limit that is only tried",
    )
    count = serializers.IntegerField()


class RefusalsSerializer(serializers.Serializer[Any]):
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    group_by = serializers.ListField(child=serializers.CharField())
    data = RefusalRowSerializer(many=True)  # type: ignore[assignment]  # the envelope's name


class RefusalsView(GatedView):
    tag = Tag.ACCOUNT
    operations = {"get": reads("usage:read")}
    query_parameters = {
        "get": [
            whole(
                "hours",
                "Full hours of UTC, this one included: 1 to 720; default 24.",
                least=1,
                most=MOST_HOURS,
            ),
            text(
                "group_by",
                "Some of policy, key, end_user, route and kind, with commas between; default "
                "kind,policy. The other members are null.",
                pattern=f"^(?:{'|'.join(GROUPS)})(?:,(?:{'|'.join(GROUPS)}))*$",
            ),
        ]
    }

    @extend_schema(
        operation_id="listRefusals",
        summary="How often calls were refused, would have been, or were decided without the store",
        responses=RefusalsSerializer,
    )
    def get(self, request: Request) -> Response:
        """Rows with the largest counts first, a thousand at most."""
        hours = read_whole(
            "hours", request.query_params.get("hours", "24"), least=1, most=MOST_HOURS
        )
        groups = request.query_params.get("group_by", "kind,policy").split(",")
        if not set(groups) <= set(GROUPS):
            raise Invalid.field(
                "/group_by", "unknown-group", f"Group by some of {', '.join(GROUPS)}."
            )
        moment = now()
        start = hour(moment) - timedelta(hours=hours - 1)
        rows = refusal_log.totals(
            self.caller.organisation,
            livemode=self.caller.livemode,
            start=start,
            end=moment,
            group_by=groups,
        )
        nothing = dict.fromkeys(GROUPS)
        return Response(
            RefusalsSerializer(
                {
                    "start": start,
                    "end": moment,
                    "group_by": groups,
                    "data": [nothing | row for row in rows],
                }
            ).data
        )
