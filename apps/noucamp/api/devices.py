"""What a kiosk says of itself, and how it gets its cues without a socket or from a browser."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.noucamp import shapes
from apps.noucamp.api.kiosks import THERMAL, TelemetryReadingSerializer
from apps.noucamp.models import CueKind
from apps.noucamp.services import cues, telemetry
from apps.noucamp.services.kiosks import NamedKiosk
from foundation.clock import now
from foundation.errors import Retry, TifoError
from foundation.validation.strict import Body, Number, Text, Whole
from gateway.callers import tickets
from gateway.callers.caller import Caller
from gateway.contract.tags import Tag
from gateway.doors.views import GatedView, valid
from gateway.operations import spends

CONNECT = "devices:connect"
BIGGEST = 2**53 - 1


class DeviceCredentialNeeded(TifoError):
    status = 403
    code = "device-credential-needed"
    title = "Only a kiosk, with the credential of its registration, may do this"
    meaning = (
        "The operation is one that a kiosk does for itself, and the call came with another "
        "credential."
    )
    remedy = "Call it from the kiosk, with the credential that its registration answered."
    retry = Retry.NO


class ReportTelemetrySerializer(Body):
    example = {"soc_celsius": 61.5, "npu_load": 0.4, "uptime_s": 86_400}

    soc_celsius = Number(min_value=-60, max_value=200, help_text="Chip, in °C")
    power_watts = Number(min_value=0, max_value=100_000, allow_null=True, default=None)
    npu_load = Number(min_value=0, max_value=1, allow_null=True, default=None)
    uptime_s = Whole(min_value=0, max_value=BIGGEST, allow_null=True, default=None)
    dropped_cues = Whole(
        min_value=0,
        max_value=BIGGEST,
        allow_null=True,
        default=None,
        help_text="Cues that the device could not play, since it started",
    )


class AdviceSerializer(serializers.Serializer[Any]):
    thermal = serializers.ChoiceField(choices=THERMAL)
    inference_share = serializers.FloatField(help_text="Of the device's full rate of inference")
    led_brightness = serializers.FloatField(help_text="Of full brightness")
    rises_at_celsius = serializers.FloatField(
        allow_null=True, help_text="Hotter than this asks for less work; null on the last rung"
    )
    falls_below_celsius = serializers.FloatField(
        allow_null=True, help_text="Cooler than this allows more work; null on the first rung"
    )


class TelemetryAnswerSerializer(serializers.Serializer[Any]):
    reading = TelemetryReadingSerializer()
    advice = AdviceSerializer()


class DeviceCueSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    kind = serializers.ChoiceField(choices=CueKind.choices)
    payload = serializers.DictField()
    at = serializers.DateTimeField(allow_null=True, help_text="When to play it; null for now")
    raised_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(help_text="Never play it later than this")


class DeviceCuesSerializer(serializers.Serializer[Any]):
    cues = DeviceCueSerializer(many=True)


class CreateDeviceTicketSerializer(Body):
    example = {"origin": "https://kiosk.derby.example"}

    origin = Text(
        required=False, allow_null=True, max_length=200, help_text="The kiosk page's origin"
    )


class DeviceTicketSerializer(serializers.Serializer[Any]):
    ticket = serializers.CharField(help_text="Offer as the subprotocol ticket.<ticket>, once")
    expires_at = serializers.DateTimeField()


def own_kiosk(caller: Caller) -> str:
    """The kiosk that this caller is; raises DeviceCredentialNeeded for an ordinary key."""
    if not caller.kiosk_id:
        raise DeviceCredentialNeeded
    return caller.kiosk_id


def calling_kiosk(caller: Caller) -> NamedKiosk:
    """Where this caller stands, as its own kiosk; raises DeviceCredentialNeeded."""
    return NamedKiosk(caller.organisation.pk, caller.livemode, own_kiosk(caller))


def read_report(data: Any) -> telemetry.Report:
    """A telemetry report, from REST or a socket; raises DRF's ValidationError."""
    return telemetry.Report(**valid(ReportTelemetrySerializer(data=data)))


class TelemetryView(GatedView):
    tag = Tag.NOUCAMP
    operations = {"post": spends("telemetry:write")}
    refusals = {"post": ["404"]}
    report: telemetry.Report

    def check(self, request: Request) -> None:
        self.report = read_report(request.data)

    @extend_schema(
        operation_id="reportTelemetry",
        summary="Report the device's temperature and load; the answer says how hard it may work",
        request=ReportTelemetrySerializer,
        responses={201: TelemetryAnswerSerializer},
    )
    def post(self, request: Request) -> Response:
        reported = telemetry.Reported(calling_kiosk(self.caller), self.report, now())
        return Response(shapes.telemetry(*telemetry.record(reported)), status=201)


class ReceiveCuesView(GatedView):
    tag = Tag.NOUCAMP
    operations = {"post": spends(CONNECT)}
    takes_body = False

    @extend_schema(
        operation_id="receiveCues",
        summary="This kiosk's cues that may still be played; for devices without a socket",
        request=None,
        responses=DeviceCuesSerializer,
    )
    def post(self, request: Request) -> Response:
        found = cues.receive(own_kiosk(self.caller), now=now())
        return Response({"cues": [shapes.device_cue(cue) for cue in found]})


class DeviceTicketsView(GatedView):
    tag = Tag.NOUCAMP
    operations = {"post": spends(CONNECT)}

    @extend_schema(
        operation_id="createDeviceTicket",
        summary="A single-use ticket with which a kiosk's browser opens its device socket",
        request=CreateDeviceTicketSerializer,
        responses={201: DeviceTicketSerializer},
    )
    def post(self, request: Request) -> Response:
        own_kiosk(self.caller)
        asked = valid(CreateDeviceTicketSerializer(data=request.data))
        scopes = [scope for scope in (CONNECT, "telemetry:write") if scope in self.caller.scopes]
        ticket = tickets.issue(self.caller, scopes=scopes, origin=asked.get("origin"), now=now())
        return Response({"ticket": ticket.secret, "expires_at": ticket.expires_at}, status=201)
