"""Who was active: the whole call is its metering."""

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.validation.strict import Body
from gateway.contract.tags import Tag
from gateway.doors.end_users import EndUserField
from gateway.doors.views import GatedView, valid
from gateway.operations import spends

MOST_USERS = 1_000


class RecordUsageEventsSerializer(Body):
    example = {"end_users": ["fan-1", "fan-2"]}

    end_users = serializers.ListField(
        child=EndUserField(),
        min_length=1,
        max_length=MOST_USERS,
        help_text="Fans in your own naming; only keyed hashes are kept",
    )


class RecordedUsageEventsSerializer(serializers.Serializer[Any]):
    accepted = serializers.IntegerField(help_text="Distinct users of this call, new or not")


class UsageEventsView(GatedView):
    """Admission meters the users it admits, so there is nothing else to write."""

    tag = Tag.ACCOUNT
    operations = {"post": spends("usage:write")}
    users: list[str]

    def check(self, request: Request) -> None:
        self.users = valid(RecordUsageEventsSerializer(data=request.data))["end_users"]

    def end_users(self, request: Request) -> Sequence[str]:
        return self.users

    @extend_schema(
        operation_id="recordUsageEvents",
        summary="Report 1 to 1,000 end users as active; each counts once per UTC month",
        request=RecordUsageEventsSerializer,
        responses={202: RecordedUsageEventsSerializer},
    )
    def post(self, request: Request) -> Response:
        return Response({"accepted": len(set(self.users))}, status=202)
