"""Kiosks: register (the credential is shown once), list, read, retire."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.noucamp import queries, shapes
from apps.noucamp.models import Capability
from apps.noucamp.rules.thermal import Thermal
from apps.noucamp.services import kiosks
from foundation.clock import now
from foundation.http.pagination import page
from foundation.validation.strict import Body, Pattern, Text
from foundation.zones import ZONE, ZONE_WORDS
from gateway.contract.answers import page_of
from gateway.contract.tags import Tag
from gateway.doors.parameters import PAGE_PARAMETERS
from gateway.doors.views import GatedView, valid
from gateway.operations import reads, spends

THERMAL = [thermal.value for thermal in Thermal]


class TelemetryReadingSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    number = serializers.IntegerField(help_text="Counts the kiosk's readings from 1")
    soc_celsius = serializers.FloatField()
    power_watts = serializers.FloatField(allow_null=True)
    npu_load = serializers.FloatField(allow_null=True, help_text="0 to 1")
    uptime_s = serializers.IntegerField(allow_null=True)
    dropped_cues = serializers.IntegerField(allow_null=True)
    thermal = serializers.ChoiceField(choices=THERMAL)
    received_at = serializers.DateTimeField()


class KioskSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    zone = serializers.CharField()
    capabilities = serializers.ListField(child=serializers.ChoiceField(choices=Capability.choices))
    livemode = serializers.BooleanField()
    thermal = serializers.ChoiceField(choices=THERMAL, help_text="From the newest reading")
    telemetry = TelemetryReadingSerializer(allow_null=True, help_text="The newest reading")
    connected = serializers.BooleanField(
        help_text="Is a device socket open? It says nothing about the kiosk's health"
    )
    last_seen_at = serializers.DateTimeField(
        allow_null=True, help_text="When the device itself was last heard"
    )
    created_at = serializers.DateTimeField()
    retired_at = serializers.DateTimeField(allow_null=True)


class RegisteredKioskSerializer(KioskSerializer):
    credential = serializers.CharField(help_text="Shown once; only a keyed hash is kept")


class RegisterKioskSerializer(Body):
    example = {"name": "Gate 7", "zone": "north", "capabilities": ["led", "audio"]}

    name = Text(max_length=80)
    zone = Pattern(ZONE, help_text=f"Where it stands, as in north-stand: {ZONE_WORDS}")
    capabilities = serializers.ListField(
        child=serializers.ChoiceField(choices=Capability.choices), max_length=len(Capability)
    )


class KiosksView(GatedView):
    tag = Tag.NOUCAMP
    operations = {"get": reads("kiosks:read"), "post": spends("kiosks:write")}
    query_parameters = {"get": PAGE_PARAMETERS}

    @extend_schema(
        operation_id="listKiosks",
        summary="The organisation's kiosks, newest first, retired ones too",
        responses=page_of(KioskSerializer),
    )
    def get(self, request: Request) -> Response:
        rows = queries.kiosks(self.caller.organisation, livemode=self.caller.livemode)
        moment = now()
        return Response(
            page(rows, request.query_params).render(lambda row: shapes.kiosk(row, moment))
        )

    @extend_schema(
        operation_id="registerKiosk",
        summary="Register a kiosk and issue its device credential",
        request=RegisterKioskSerializer,
        responses={201: RegisteredKioskSerializer},
    )
    def post(self, request: Request) -> Response:
        asked, moment = valid(RegisterKioskSerializer(data=request.data)), now()
        kiosk, secret = kiosks.register(
            organisation=self.caller.organisation,
            livemode=self.caller.livemode,
            **asked,
            now=moment,
        )
        return Response(shapes.kiosk(kiosk, moment) | {"credential": secret}, status=201)


class KioskView(GatedView):
    tag = Tag.NOUCAMP
    operations = {"get": reads("kiosks:read")}

    @extend_schema(
        operation_id="getKiosk",
        summary="One kiosk with its newest reading",
        responses=KioskSerializer,
    )
    def get(self, request: Request, kiosk_id: str) -> Response:
        kiosk = queries.kiosk(self.caller.organisation, kiosk_id, livemode=self.caller.livemode)
        return Response(shapes.kiosk(kiosk, now()))


class RetireKioskView(GatedView):
    tag = Tag.NOUCAMP
    operations = {"post": spends("kiosks:write")}
    takes_body = False

    @extend_schema(
        operation_id="retireKiosk",
        summary="Revoke the kiosk's credential and close its sockets, at once and for ever",
        request=None,
        responses=KioskSerializer,
    )
    def post(self, request: Request, kiosk_id: str) -> Response:
        moment = now()
        kiosk = kiosks.retire(
            organisation=self.caller.organisation,
            livemode=self.caller.livemode,
            kiosk_id=kiosk_id,
            now=moment,
        )
        return Response(shapes.kiosk(kiosk, moment))


class KioskTelemetryView(GatedView):
    tag = Tag.NOUCAMP
    operations = {"get": reads("kiosks:read")}
    query_parameters = {"get": PAGE_PARAMETERS}

    @extend_schema(
        operation_id="listTelemetry",
        summary="The kiosk's readings that are kept, newest first",
        responses=page_of(TelemetryReadingSerializer),
    )
    def get(self, request: Request, kiosk_id: str) -> Response:
        kiosk = queries.kiosk(self.caller.organisation, kiosk_id, livemode=self.caller.livemode)
        return Response(page(queries.readings(kiosk), request.query_params).render(shapes.reading))
