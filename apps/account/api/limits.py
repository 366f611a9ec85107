"""Every limit and cap that can refuse a key: how much it is, how far used, how to raise it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.clock import hour, now
from foundation.errors import Invalid
from gateway.admission import refusal_log
from gateway.admission.standings import MORE, Standing, facts, standings
from gateway.callers import unauthenticated
from gateway.callers.caller import Caller
from gateway.contract import catalogue
from gateway.contract.tags import Tag
from gateway.doors import end_users
from gateway.doors.parameters import text
from gateway.doors.views import GatedView
from gateway.operations import reads
from metering.end_users import InvalidEndUser, normal
from metering.hashes import hash_users
from ratelimit.rules import Rate
from tenants.limits import Algorithm, LimitScope, Strictness
from tenants.offers import Offer, next_change_at, next_with_more, offers


class UpgradeSerializer(serializers.Serializer[Any]):
    by = serializers.ChoiceField(
        choices=["tier", "contract"],
        help_text="contract: no published tier allows more, so ask the operator",
    )
    tier = serializers.CharField(
        allow_null=True, help_text="The next tier that allows more, and less in no respect"
    )
    self_service = serializers.BooleanField(help_text="PATCH /v1/organisation may choose the tier")
    quantity = serializers.IntegerField(allow_null=True, help_text="There; null for no limit")
    window_ms = serializers.IntegerField(allow_null=True)
    burst = serializers.IntegerField(allow_null=True)
    docs = serializers.CharField()


class LimitStateSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    algorithm = serializers.ChoiceField(choices=Algorithm.choices)
    unit = serializers.CharField()
    limit = serializers.IntegerField(help_text="The most units at once: a rate's burst")
    quantity = serializers.IntegerField(help_text="Units per window_ms, as the tier publishes it")
    window_ms = serializers.IntegerField()
    burst = serializers.IntegerField()
    used = serializers.IntegerField(
        allow_null=True, help_text="null when nobody can tell: no user or route named, or degraded"
    )
    remaining = serializers.IntegerField(allow_null=True)
    retry_after_ms = serializers.IntegerField(
        allow_null=True, help_text="0 when one more unit would pass now"
    )
    scope = serializers.ChoiceField(
        choices=LimitScope.choices, help_text="Whose calls are counted together"
    )
    subject = serializers.CharField(
        allow_null=True, help_text="Whose state this is: an id, a route, or a user's hash"
    )
    counts = serializers.CharField(help_text="The cost it counts")
    routes = serializers.ListField(
        child=serializers.CharField(), help_text="The operations it is for; empty: all"
    )
    enforced = serializers.BooleanField(
        help_text="false: only tried by the operator, it counts and refuses nobody"
    )
    docs = serializers.CharField()
    upgrade = UpgradeSerializer()


class CapsSerializer(serializers.Serializer[Any]):
    mau = serializers.IntegerField(
        source="mau_to", allow_null=True, help_text="Users per month; null for no cap"
    )
    transformer_parameters_below = serializers.IntegerField()
    edge_parameters_max = serializers.IntegerField()
    edge_quantised_only = serializers.BooleanField()
    device_parameters_below = serializers.IntegerField()
    cloud_bytes_max = serializers.IntegerField(
        help_text="Of all files of a model that runs in the cloud"
    )
    edge_bytes_max = serializers.IntegerField(help_text="Of one at the edge")
    device_bytes_max = serializers.IntegerField(help_text="Of one on a device")
    input_bytes_max = serializers.IntegerField(help_text="Of a file for a job, uploaded in parts")
    input_types = serializers.ListField(
        child=serializers.CharField(), help_text="Media types of such files, or families (audio/*)"
    )
    model_bytes_max = serializers.IntegerField(help_text="Of a model's file")


class OperationCostSerializer(serializers.Serializer[Any]):
    operation = serializers.CharField()
    cost = serializers.DictField(child=serializers.IntegerField())


class AddressLimitSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    unit = serializers.CharField()
    quantity = serializers.IntegerField()
    window_ms = serializers.IntegerField()
    burst = serializers.IntegerField()


class DegradedSerializer(serializers.Serializer[Any]):
    now = serializers.BooleanField(help_text="Whether the limits' store is away at this moment")
    strictness = serializers.ChoiceField(choices=Strictness.choices)
    fraction = serializers.FloatField(help_text="Of each rate that goes on, over all processes")
    reserve = serializers.FloatField(help_text="Of each window that may be spent in an outage")
    processes = serializers.IntegerField(help_text="Between how many these are shared out")
    decisions = serializers.IntegerField(
        help_text="Taken without the store since `since`: one for each limit of a call"
    )
    since = serializers.DateTimeField(help_text="One to two hours ago, at a full hour of UTC")


class LimitsSerializer(serializers.Serializer[Any]):
    tier = serializers.CharField()
    tier_version = serializers.IntegerField()
    next_change_at = serializers.DateTimeField(
        allow_null=True, help_text="When the tier's next version takes force, if one is announced"
    )
    livemode = serializers.BooleanField()
    limits = LimitStateSerializer(many=True)
    caps = CapsSerializer()
    costs = OperationCostSerializer(
        many=True, help_text="Operations that spend anything but one request"
    )
    addresses = AddressLimitSerializer(
        many=True, help_text="Per address, of clients that show no known key"
    )
    degraded = DegradedSerializer()


class LimitsView(GatedView):
    tag = Tag.ACCOUNT
    operations = {"get": reads("usage:read")}
    query_parameters = {
        "get": [
            OpenApiParameter(
                "end_user",
                end_users.SCHEMA,
                description="Show the limits of each user as they stand for this one.",
            ),
            text(
                "route",
                "Show the limits of each route as they stand for this one, as in POST /v1/effects.",
            ),
        ]
    }

    @extend_schema(
        operation_id="getLimits",
        summary="Every limit and cap that can refuse this key, and how far each is used",
        responses=LimitsSerializer,
    )
    def get(self, request: Request) -> Response:
        caller, moment = self.caller, now()
        tier, published = caller.tier, offers(moment)
        user = hashed(caller, request.query_params.get("end_user"), moment)
        found = standings(caller, end_user=user, route=request.query_params.get("route", ""))
        return Response(
            LimitsSerializer(
                {
                    "tier": tier.tier_id,
                    "tier_version": tier.number,
                    "next_change_at": next_change_at(tier, moment),
                    "livemode": caller.livemode,
                    "limits": [_limit(caller, standing, published) for standing in found],
                    "caps": tier,
                    "costs": [
                        {"operation": route, "cost": cost}
                        for route, cost in catalogue.costs().items()
                    ],
                    "addresses": [
                        _address_limit(rate)
                        for rate in (unauthenticated.UNKNOWN_KEYS, unauthenticated.SIGN_UPS)
                    ],
                    "degraded": self._degraded(found, moment),
                }
            ).data
        )

    def _degraded(self, found: Sequence[Standing], moment: datetime) -> dict[str, Any]:
        unknown = any(each.subject is not None and each.decision is None for each in found)
        since = hour(moment) - timedelta(hours=1)
        counted = refusal_log.totals(
            self.caller.organisation,
            livemode=self.caller.livemode,
            start=since,
            end=moment,
            group_by=["kind"],
        )
        return {
            "now": unknown or (self.admission is not None and self.admission.degraded),
            "strictness": self.caller.organisation.strictness,
            "fraction": settings.GATE_DEGRADED_FRACTION,
            "reserve": settings.GATE_DEGRADED_RESERVE,
            "processes": settings.GATE_PROCESSES,
            "decisions": sum(row["count"] for row in counted if row["kind"] == "degraded"),
            "since": since,
        }


def hashed(caller: Caller, user: str | None, moment: datetime) -> str:
    """The hash under which a limit per end user counts this one; "" for none."""
    if user is None:
        return ""
    try:
        name = normal(user)
    except InvalidEndUser as error:
        raise Invalid.field("/end_user", error.reason, error.detail) from None
    organisation, livemode = caller.organisation.pk, caller.livemode
    return hash_users(organisation, [name], livemode=livemode, now=moment)[0].hex()


def _limit(caller: Caller, standing: Standing, published: Sequence[Offer]) -> dict[str, Any]:
    limit = standing.limit
    return {
        **facts(limit, standing.decision),
        "subject": standing.subject,
        "counts": limit.counts,
        "routes": limit.routes,
        "enforced": not limit.shadow,
        "upgrade": _upgrade(
            next_with_more(limit, published, above=caller.tier.tier.position), limit.name
        ),
    }


def _upgrade(offer: Offer | None, name: str) -> dict[str, Any]:
    there = offer and offer.limits.get(name)
    return {
        "by": "tier" if offer else "contract",
        "tier": offer and offer.tier.pk,
        "self_service": offer is not None and offer.tier.pk in settings.SELF_SERVICE_TIERS,
        "quantity": there and there.quantity,
        "window_ms": there and there.per_ms,
        "burst": there and there.burst,
        "docs": MORE,
    }


def _address_limit(rate: Rate) -> dict[str, Any]:
    return {
        "name": rate.name,
        "unit": rate.unit,
        "quantity": rate.quantity,
        "window_ms": rate.per_ms,
        "burst": rate.burst,
    }
