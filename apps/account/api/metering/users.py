"""Why one of the developer's end users counts in a month."""

from datetime import UTC, date, datetime, time
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.account.api.metering.periods import MONTH_PARAMETER, read_month
from foundation.clock import now
from foundation.errors import Fact, Invalid, NotFound, Retry
from gateway.callers.caller import Caller
from gateway.contract.tags import Tag
from gateway.doors import end_users
from gateway.doors.views import GatedView
from gateway.operations import reads
from metering.end_users import InvalidEndUser, Respelt, normal
from metering.hashes import hash_users
from metering.queries import WhyCounted, why_counted


class UserNotCounted(NotFound):
    code = "user-not-counted"
    title = "This end user is not counted in that month"
    meaning = (
        "No call and no event named this end user in the UTC month, in the mode of the key (live "
        "or test): the month's active users are without it."
    )
    remedy = (
        "Compare the name with the one that you send, letter for letter; ask for another `month`; "
        "or use a key of the other mode."
    )
    retry = Retry.NO
    members = {"month": Fact("2026-10", "the UTC month that was looked at")}


class CountedUserSerializer(serializers.Serializer[Any]):
    month = serializers.CharField()
    first_seen_at = serializers.DateTimeField(help_text="The earliest event that is known")
    operation = serializers.CharField(help_text="Which call named it first; empty: not kept then")
    key = serializers.CharField(help_text="The id of the API key that sent it; empty: not kept")
    family = serializers.CharField(help_text="The tag of the operation; empty: not kept")
    late = serializers.BooleanField(help_text="It came when the month was closed")


class CountedUserView(GatedView):
    tag = Tag.ACCOUNT
    operations = {"get": reads("usage:read")}
    query_parameters = {"get": [MONTH_PARAMETER]}

    @extend_schema(
        operation_id="getCountedUser",
        summary="Why this end user counts: when it was first seen in the month, and by which call",
        parameters=[
            OpenApiParameter(
                "end_user",
                end_users.SCHEMA,
                OpenApiParameter.PATH,
                description="Your own name of the end user, percent-encoded",
            )
        ],
        responses=CountedUserSerializer,
    )
    def get(self, request: Request, end_user: str) -> Response:
        """Names are not kept: the one that is asked for is hashed as the counted ones are."""
        caller = self.caller
        period = read_month(request.query_params, now=caller.organisation.moment(now()))
        try:
            name = normal(end_user)
        except InvalidEndUser as error:
            raise Invalid.field("/end_user", error.reason, error.detail) from None
        month, why = f"{period:%Y-%m}", _why(caller, name, period)
        if why is None:
            raise UserNotCounted(f"Nobody of this name is counted in {month}.", month=month)
        return Response(
            {
                "month": month,
                "first_seen_at": why.first_seen_at,
                "operation": why.operation,
                "key": why.key_id,
                "family": why.family,
                "late": why.late,
            }
        )


def _why(caller: Caller, name: str, period: date) -> WhyCounted | None:
    """Under the name's one spelling, or under one that it was told in before there was one."""
    former = name.former if isinstance(name, Respelt) else ()
    for user in hash_users(
        caller.organisation.pk,
        [name, *former],
        livemode=caller.livemode,
        now=datetime.combine(period, time(), UTC),
    ):
        found = why_counted(caller.organisation, livemode=caller.livemode, user=user, period=period)
        if found is not None:
            return found
    return None
