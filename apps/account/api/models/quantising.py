"""A registered model asked for in eight bits, calibrated on what other families hold."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.account.api.models.jobs import sound_named
from apps.model_registry import queries
from apps.model_registry.services import Sound
from apps.model_registry.services.quantising import SOUNDS_MOST, request_quantising
from foundation.clock import now
from foundation.errors import pointed_at
from foundation.validation.strict import Body, Pattern, Text
from gateway.contract.tags import Tag
from gateway.doors.views import GatedView, valid
from gateway.operations import spends

NAMES = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"


class QuantiseModelSerializer(Body):
    example = {"version": "6.2-int8", "calibration": ["clp_06a7x2mQ9sKd4TzB1vLfYe"]}

    version = Pattern(NAMES, max_length=60, help_text="Of the new model, under the same name")
    calibration = serializers.ListField(
        child=Text(max_length=40),
        min_length=1,
        max_length=SOUNDS_MOST,
        help_text="Sound like the model's own: clips, tracks, or files that jobs have made",
    )


class ModelQuantisingSerializer(serializers.Serializer[Any]):
    job = serializers.CharField(help_text="Whose result names the new model, and what it cost")


class QuantiseModelView(GatedView):
    tag = Tag.NOUCAMP
    operations = {"post": spends("models:write")}
    refusals = {"post": ["409", "422"]}

    @extend_schema(
        operation_id="quantiseModel",
        summary="Make a version of the model in eight bits, calibrated on sound",
        request=QuantiseModelSerializer,
        responses={202: ModelQuantisingSerializer},
    )
    def post(self, request: Request, model_id: str) -> Response:
        asked = valid(QuantiseModelSerializer(data=request.data))
        model = queries.registered(
            self.caller.organisation, model_id, livemode=self.caller.livemode
        )
        job = request_quantising(
            model,
            [self._sound(number, called) for number, called in enumerate(asked["calibration"])],
            version=asked["version"],
            key_id=self.caller.credential_id,
            now=now(),
        )
        return Response({"job": job.pk}, status=202)

    def _sound(self, number: int, called: str) -> Sound:
        with pointed_at(f"/calibration/{number}"):
            return sound_named(called, self.caller, now=now())
