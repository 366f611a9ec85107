"""Would these calls pass, and when? Asked before they are made."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.account.api.limits import hashed
from foundation.clock import now
from foundation.errors import Invalid
from foundation.validation.strict import Body, Text, Whole
from gateway import stores
from gateway.admission import charging, simulation
from gateway.callers.caller import Caller
from gateway.contract import catalogue
from gateway.contract.tags import Tag
from gateway.doors.end_users import EndUserField
from gateway.doors.views import GatedView, valid
from gateway.operations import reads
from gateway.refusals import ReducedCapacity
from ratelimit.errors import RedisAway
from ratelimit.rules import Charge, Concurrency
from tenants.limits import Cost, LimitScope

MOST_CALLS: Final = 1000
MOST_MS: Final = 31 * 86_400_000
# About a quarter of a second; only a window that remembers thousands of charges comes near it.
MOST_STEPS: Final = 4_000_000


class SimulateSerializer(Body):
    example = {"operation": "POST /v1/effects", "calls": 7}

    operation = Text(required=False, help_text="Its route, as in POST /v1/effects; or give `cost`")
    cost = serializers.DictField(
        child=Whole(min_value=0, max_value=10**9),
        required=False,
        allow_empty=False,
        help_text="Units that each call spends, by the name of what is counted",
    )
    calls = Whole(min_value=1, max_value=MOST_CALLS, required=False)
    every_ms = Whole(min_value=0, max_value=MOST_MS, required=False)
    at_ms = serializers.ListField(
        child=Whole(min_value=0, max_value=MOST_MS),
        required=False,
        min_length=1,
        max_length=MOST_CALLS,
        help_text="From now, never going back; instead of `calls` and `every_ms`",
    )
    end_user = EndUserField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("operation" in attrs) == ("cost" in attrs):
            raise Invalid.field("/operation", "one-of", "Give either an operation or a cost.")
        if "at_ms" in attrs and {"calls", "every_ms"} & attrs.keys():
            raise Invalid.field("/at_ms", "one-of", "Give either at_ms, or calls and every_ms.")
        times = attrs.get("at_ms", [])
        if times != sorted(times):
            raise Invalid.field("/at_ms", "not-ascending", "The times go back.")
        return attrs


class SimulatedCallSerializer(serializers.Serializer[Any]):
    at_ms = serializers.IntegerField(help_text="From now")
    admitted = serializers.BooleanField(help_text="At that moment")
    violated_policies = serializers.ListField(child=serializers.CharField())
    passes_at_ms = serializers.IntegerField(
        allow_null=True, help_text="After waiting as long as is told; null: no wait helps"
    )


class SimulatedTimelineSerializer(serializers.Serializer[Any]):
    admitted = serializers.IntegerField(help_text="Calls that pass at once")
    refused = serializers.IntegerField()
    calls = SimulatedCallSerializer(many=True)


class PatientTimelineSerializer(SimulatedTimelineSerializer):
    total_ms = serializers.IntegerField(
        allow_null=True, help_text="Until the last call has passed; null if one never does"
    )


class SimulationSerializer(serializers.Serializer[Any]):
    cost = serializers.DictField(child=serializers.IntegerField())
    policies = serializers.ListField(
        child=serializers.CharField(), help_text="The limits that decide such a call"
    )
    as_asked = SimulatedTimelineSerializer(help_text="No refused call is tried again")
    patient = PatientTimelineSerializer(
        help_text="A client that waits out each refusal, exactly, before it goes on"
    )


class SimulateView(GatedView):
    tag = Tag.ACCOUNT
    operations = {"post": reads("usage:read")}

    @extend_schema(
        operation_id="simulateLimits",
        summary="Would these calls pass, and when? From the limits as they stand, spending nothing",
        request=SimulateSerializer,
        responses=SimulationSerializer,
    )
    def post(self, request: Request) -> Response:
        asked = valid(SimulateSerializer(data=request.data))
        times = _times(asked)
        cost, route = _cost(self.caller, asked)
        user = hashed(self.caller, asked.get("end_user"), now())
        owed = _owed(self.caller, cost, route=route, end_user=user)
        try:
            states, now_us = stores.store().snapshot(self.caller.organisation.pk, owed)
        except RedisAway as error:
            raise ReducedCapacity from error
        if simulation.steps(states, len(times)) > MOST_STEPS:
            raise Invalid.field(
                "/calls", "too-many", "So much is remembered that fewer calls must be asked for."
            )
        as_asked = simulation.as_asked(states, owed, times, now_us)
        patient = simulation.patient(states, owed, times, now_us)
        return Response(
            {
                "cost": cost,
                "policies": [charge.policy.name for charge in owed],
                "as_asked": _timeline(as_asked),
                "patient": _timeline(patient) | {"total_ms": patient[-1].passes_at_ms},
            }
        )


def _times(asked: Mapping[str, Any]) -> list[int]:
    if "at_ms" in asked:
        times: list[int] = asked["at_ms"]
        return times
    return [number * asked.get("every_ms", 0) for number in range(asked.get("calls", 1))]


def _cost(caller: Caller, asked: Mapping[str, Any]) -> tuple[Mapping[str, int], str]:
    """What each call costs, and its route; none for a cost that no operation was named for."""
    if "operation" in asked:
        route: str = asked["operation"]
        operation = catalogue.operations().get(route)
        if operation is None:
            raise Invalid.field(
                "/operation", "unknown-operation", "Name a route, as in POST /v1/effects."
            )
        return operation.cost, route
    cost: dict[str, int] = asked["cost"]
    known = {name for each in catalogue.operations().values() for name in each.cost}
    known |= {Cost.LIVE_SESSIONS, *(limit.counts for limit in caller.limits.values())}
    for name in cost.keys() - known:
        raise Invalid.field(
            f"/cost/{name}", "unknown-cost", f"Known are {', '.join(sorted(known))}."
        )
    return cost, ""


def _owed(caller: Caller, cost: Mapping[str, int], *, route: str, end_user: str) -> list[Charge]:
    found = charging.charges(caller, cost, route=route, end_user=end_user, lease_id="one")
    owed = [
        each for each in found if route or caller.limits[each.policy.name].scope != LimitScope.ROUTE
    ]
    for each in owed:
        if isinstance(each.policy, Concurrency) and each.cost > 1:
            raise Invalid.field(
                "/cost", "out-of-range", f"One call takes one of {each.policy.name}."
            )
    return owed


def _timeline(calls: Sequence[simulation.Call]) -> dict[str, Any]:
    admitted = sum(call.admitted for call in calls)
    return {
        "admitted": admitted,
        "refused": len(calls) - admitted,
        "calls": [
            {
                "at_ms": call.at_ms,
                "admitted": call.admitted,
                "violated_policies": call.violated,
                "passes_at_ms": call.passes_at_ms,
            }
            for call in calls
        ],
    }
