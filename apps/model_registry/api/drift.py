"""A model's drift: the record of each of its jobs, and the reference beside them."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.model_registry import queries, services
from apps.model_registry.models import DriftRecord, DriftReference, Model
from apps.model_registry.services.drifting import windows_in
from foundation.clock import now
from foundation.http.pagination import page
from foundation.validation.strict import Body, Text
from gateway.contract.answers import page_of
from gateway.contract.tags import Tag
from gateway.doors.parameters import PAGE_PARAMETERS
from gateway.doors.views import GatedView, valid
from gateway.operations import reads, spends
from modelhub.drift import FEATURES, Statistics

MOST_JOBS = 1000


class DriftFeatureSerializer(serializers.Serializer[Any]):
    feature = serializers.ChoiceField(choices=list(FEATURES))
    psi = serializers.FloatField()
    ks = serializers.FloatField()
    ks_critical = serializers.FloatField(help_text="What chance alone would pass once in a hundred")
    verdict = serializers.ChoiceField(choices=["too_few", "steady", "warn", "alarm"])


class DriftRecordSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    job = serializers.CharField()
    windows = serializers.IntegerField(help_text="How many were counted")
    verdict = serializers.ChoiceField(
        choices=DriftRecord.Verdict.choices, help_text="The worst of all features"
    )
    features = DriftFeatureSerializer(many=True, help_text="None while the reference is learnt")
    statistics = serializers.JSONField(help_text="Counts by feature and bin")
    created_at = serializers.DateTimeField()


class DriftReferenceSerializer(serializers.Serializer[Any]):
    model = serializers.CharField()
    jobs = serializers.ListField(child=serializers.CharField())
    windows = serializers.IntegerField()
    chosen = serializers.BooleanField(help_text="False where it was learnt from the first jobs")
    set_at = serializers.DateTimeField()


class ChooseReferenceSerializer(Body):
    example = {"jobs": ["job_06a7x2mQ9sKd4TzB1vLfYe"]}

    jobs = serializers.ListField(child=Text(max_length=40), min_length=1, max_length=MOST_JOBS)


class DriftView(GatedView):
    tag = Tag.NOUCAMP
    operations = {"get": reads("models:read")}
    query_parameters = {"get": PAGE_PARAMETERS}

    @extend_schema(
        operation_id="listModelDrift",
        summary="What each job of the model heard and answered, beside its reference",
        responses=page_of(DriftRecordSerializer),
    )
    def get(self, request: Request, model_id: str) -> Response:
        rows = _model(self, model_id).drift.all()
        return Response(page(rows, request.query_params).render(_render))


class ReferenceView(GatedView):
    tag = Tag.NOUCAMP
    operations = {"post": spends("models:write")}
    refusals = {"post": ["422"]}

    @extend_schema(
        operation_id="chooseModelReference",
        summary="Compare the model's jobs with these from now on",
        request=ChooseReferenceSerializer,
        responses={200: DriftReferenceSerializer},
    )
    def post(self, request: Request, model_id: str) -> Response:
        asked = valid(ChooseReferenceSerializer(data=request.data))
        chosen = services.choose_reference(_model(self, model_id), asked["jobs"], now=now())
        return Response(_render_reference(chosen))


def _model(view: GatedView, model_id: str) -> Model:
    return queries.model(view.caller.organisation, model_id, livemode=view.caller.livemode)


def _render(record: DriftRecord) -> dict[str, Any]:
    return {
        "id": record.pk,
        "job": record.job,
        "windows": windows_in(Statistics.from_json(record.statistics)),
        "verdict": record.verdict,
        "features": record.features,
        "statistics": record.statistics,
        "created_at": record.created_at,
    }


def _render_reference(reference: DriftReference) -> dict[str, Any]:
    return {
        "model": reference.model_id,
        "jobs": reference.jobs,
        "windows": windows_in(Statistics.from_json(reference.statistics)),
        "chosen": reference.chosen,
        "set_at": reference.set_at,
    }
