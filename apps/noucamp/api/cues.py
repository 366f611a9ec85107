"""Triggers and cues: raise for many kiosks at once, watch what became of each, acknowledge."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.noucamp import queries, shapes
from apps.noucamp.api.devices import CONNECT, own_kiosk
from apps.noucamp.models import Cue, CueKind, Trigger
from apps.noucamp.rules import payloads
from apps.noucamp.rules.cues import CueState
from apps.noucamp.rules.targets import Unmet
from apps.noucamp.services import cues
from apps.noucamp.services.cues import Acknowledgement, Target
from foundation.clock import now
from foundation.http.pagination import page
from foundation.validation.strict import Body, Flag, Moment, Pattern, Text, Whole
from foundation.zones import ZONE
from gateway.contract.answers import page_of
from gateway.contract.tags import Tag
from gateway.doors.parameters import PAGE_PARAMETERS, an_id, read_id
from gateway.doors.views import GatedView, valid
from gateway.operations import reads, spends

MIN_TTL_MS, MAX_TTL_MS, DEFAULT_TTL_MS = 100, 60_000, 10_000
MAX_NAMED = 1_000


class TargetSerializer(Body):
    """Exactly one of the three."""

    example = {"zones": ["north"]}

    kiosks = serializers.ListField(
        child=Text(max_length=40),
        allow_null=True,
        default=None,
        min_length=1,
        max_length=MAX_NAMED,
    )
    zones = serializers.ListField(
        child=Pattern(ZONE),
        allow_null=True,
        default=None,
        min_length=1,
        max_length=MAX_NAMED,
    )
    all = Flag(default=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if sum(map(bool, attrs.values())) != 1:
            raise serializers.ValidationError(
                "Give exactly one of kiosks, zones and all.", code="one-target"
            )
        return attrs


class RaiseTriggerSerializer(Body):
    example = {
        "kind": "led",
        "target": {"zones": ["north"]},
        "payload": {"colour": "#a50044"},
        "ttl_ms": 10_000,
    }

    kind = serializers.ChoiceField(choices=CueKind.choices)
    target = TargetSerializer()
    payload = serializers.DictField(
        default=dict, help_text='At most 4 KiB, as in {"colour": "#a50044", "pattern": "wave"}'
    )
    ttl_ms = Whole(
        min_value=MIN_TTL_MS,
        max_value=MAX_TTL_MS,
        default=DEFAULT_TTL_MS,
        help_text="How long it may still be played; never delivered later",
    )
    at = Moment(
        allow_null=True,
        default=None,
        help_text="When all play it together, up to 10 minutes ahead; null for at once",
    )

    def validate_payload(self, payload: dict[str, Any]) -> dict[str, Any]:
        fault = payloads.fault(payload)
        if fault is not None:
            raise serializers.ValidationError(fault[1], code=fault[0])
        return payload


class CueSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    trigger = serializers.CharField()
    kiosk = serializers.CharField()
    kiosk_name = serializers.CharField()
    zone = serializers.CharField()
    kind = serializers.ChoiceField(choices=CueKind.choices)
    payload = serializers.DictField()
    state = serializers.ChoiceField(choices=[state.value for state in CueState])
    at = serializers.DateTimeField(allow_null=True)
    raised_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    delivered_at = serializers.DateTimeField(allow_null=True)
    acknowledged_at = serializers.DateTimeField(allow_null=True)
    played_at = serializers.DateTimeField(allow_null=True, help_text="By the device's own clock")
    delivery_ms = serializers.IntegerField(allow_null=True, help_text="Raise to delivery")
    latency_ms = serializers.IntegerField(allow_null=True, help_text="Raise to acknowledgement")


class TriggerTargetSerializer(serializers.Serializer[Any]):
    kiosks = serializers.ListField(child=serializers.CharField(), allow_null=True)
    zones = serializers.ListField(child=serializers.CharField(), allow_null=True)
    all = serializers.BooleanField()


class CueCountsSerializer(serializers.Serializer[Any]):
    pending = serializers.IntegerField()
    delivered = serializers.IntegerField()
    acknowledged = serializers.IntegerField()
    expired = serializers.IntegerField()


class TriggerWarningSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    detail = serializers.CharField()
    missing = serializers.ListField(
        child=serializers.CharField(), help_text="Zones that were named and get no cue"
    )
    zones = serializers.ListField(
        child=serializers.CharField(), help_text="Zones with kiosks in service that play the kind"
    )


class TriggerSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    livemode = serializers.BooleanField()
    kind = serializers.ChoiceField(choices=CueKind.choices)
    target = TriggerTargetSerializer()
    payload = serializers.DictField()
    ttl_ms = serializers.IntegerField()
    at = serializers.DateTimeField(allow_null=True)
    raised_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    matched = serializers.IntegerField(help_text="Kiosks that got a cue")
    warnings = TriggerWarningSerializer(
        many=True, help_text="Of the raise alone; none when it is read again"
    )
    counts = CueCountsSerializer()
    cues = CueSerializer(many=True)


class AcknowledgeCueSerializer(Body):
    at = Moment(
        allow_null=True, default=None, help_text="When it was played, by the device's own clock"
    )


def render(trigger: Trigger, rows: list[Cue], warnings: Sequence[Unmet] = ()) -> dict[str, Any]:
    moment = now()
    cues = [shapes.cue(row, moment) for row in rows]
    counts = Counter(cue["state"] for cue in cues)
    return {
        "id": trigger.pk,
        "livemode": trigger.livemode,
        "kind": trigger.kind,
        "target": trigger.target,
        "payload": trigger.payload,
        "ttl_ms": trigger.ttl_ms,
        "at": trigger.play_at,
        "raised_at": trigger.raised_at,
        "expires_at": trigger.expires_at,
        "matched": len(cues),
        "warnings": [asdict(warning) for warning in warnings],
        "counts": {state.value: counts[state.value] for state in CueState},
        "cues": cues,
    }


class TriggersView(GatedView):
    tag = Tag.NOUCAMP
    operations = {"post": spends("kiosks:write")}
    refusals = {"post": ["404"]}  # a kiosk that is named

    @extend_schema(
        operation_id="raiseTrigger",
        summary="Raise a trigger: one cue for each kiosk that is meant and can play it",
        request=RaiseTriggerSerializer,
        responses={201: TriggerSerializer},
    )
    def post(self, request: Request) -> Response:
        asked, moment = valid(RaiseTriggerSerializer(data=request.data)), now()
        target = asked["target"]
        trigger, rows, warnings = cues.raise_trigger(
            organisation=self.caller.organisation,
            livemode=self.caller.livemode,
            kind=asked["kind"],
            target=Target(
                tuple(dict.fromkeys(target["kiosks"] or ())),
                tuple(dict.fromkeys(target["zones"] or ())),
                target["all"],
            ),
            payload=asked["payload"],
            ttl_ms=asked["ttl_ms"],
            play_at=asked["at"],
            now=moment,
        )
        return Response(render(trigger, rows, warnings), status=201)


class TriggerView(GatedView):
    tag = Tag.NOUCAMP
    operations = {"get": reads("kiosks:read")}

    @extend_schema(
        operation_id="getTrigger",
        summary="A trigger and what became of each of its cues",
        responses=TriggerSerializer,
    )
    def get(self, request: Request, trigger_id: str) -> Response:
        organisation, livemode = self.caller.organisation, self.caller.livemode
        trigger = queries.trigger(organisation, trigger_id, livemode=livemode)
        rows = queries.cues(organisation, livemode=livemode).filter(trigger=trigger)
        return Response(render(trigger, list(rows.order_by("pk"))))


class CuesView(GatedView):
    tag = Tag.NOUCAMP
    operations = {"get": reads("kiosks:read")}
    query_parameters = {"get": [*PAGE_PARAMETERS, an_id("kiosk", "Only this kiosk's.")]}

    @extend_schema(
        operation_id="listCues",
        summary="The organisation's cues, newest first",
        responses=page_of(CueSerializer),
    )
    def get(self, request: Request) -> Response:
        rows = queries.cues(self.caller.organisation, livemode=self.caller.livemode)
        kiosk_id = request.query_params.get("kiosk")
        if kiosk_id is not None:
            rows = rows.filter(kiosk_id=read_id("kiosk", kiosk_id))
        moment = now()
        return Response(
            page(rows, request.query_params).render(lambda row: shapes.cue(row, moment))
        )


class AcknowledgeCueView(GatedView):
    tag = Tag.NOUCAMP
    operations = {"post": spends(CONNECT)}
    played_at: datetime | None

    def check(self, request: Request) -> None:
        self.played_at = valid(AcknowledgeCueSerializer(data=request.data))["at"]

    @extend_schema(
        operation_id="acknowledgeCue",
        summary="The device has played the cue; telling it twice changes nothing",
        request=AcknowledgeCueSerializer,
        responses=CueSerializer,
    )
    def post(self, request: Request, cue_id: str) -> Response:
        moment = now()
        ack = Acknowledgement(own_kiosk(self.caller), cue_id, self.played_at)
        cue = cues.acknowledge(ack, now=moment)
        return Response(shapes.cue(cue, moment))
