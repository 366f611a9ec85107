"""Models registered, looked at and retired."""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.model_registry import queries, services
from apps.model_registry.api.description import (
    ModelPlacementsSerializer,
    RegisteredModelSerializer,
    render,
    render_placements,
)
from apps.model_registry.api.registering import (
    RegisterModelSerializer,
    RegisterUploadsSerializer,
    asked_of,
    take_parts,
    take_uploads,
)
from apps.model_registry.models import Model
from foundation.clock import now
from foundation.http.pagination import page
from foundation.http.parsers import Form, Json
from gateway.contract.answers import page_of
from gateway.contract.tags import Tag
from gateway.doors.parameters import PAGE_PARAMETERS
from gateway.doors.views import GatedView, valid
from gateway.operations import reads, spends


class ModelsView(GatedView):
    tag = Tag.NOUCAMP
    operations = {"get": reads("models:read"), "post": spends("models:write")}
    query_parameters = {"get": PAGE_PARAMETERS}
    parser_classes = [Form, Json]
    refusals = {"post": ["404", "409", "413", "422"]}

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with services.passing(now=now()) as self.given:
            return super().dispatch(request, *args, **kwargs)

    @extend_schema(
        operation_id="listModels",
        summary="The organisation's models, newest first, retired ones too",
        responses=page_of(RegisteredModelSerializer),
    )
    def get(self, request: Request) -> Response:
        rows = queries.models(self.caller.organisation, livemode=self.caller.livemode)
        return Response(page(rows, request.query_params).render(render))

    @extend_schema(
        operation_id="registerModel",
        summary="Register a version of a model; the same again is the one that stands",
        request={
            "multipart/form-data": RegisterModelSerializer,
            "application/json": RegisterUploadsSerializer,
        },
        responses={200: RegisteredModelSerializer, 201: RegisteredModelSerializer},
    )
    def post(self, request: Request) -> Response:
        model, is_new = services.register(
            self._take(request),
            self.given,
            organisation=self.caller.organisation,
            livemode=self.caller.livemode,
            tier=self.caller.tier,
            created_by=self.caller.credential_id,
            now=now(),
        )
        return Response(render(model), status=201 if is_new else 200)

    def _take(self, request: Request) -> services.Asked:
        """What is said of the model; its files are `given` then."""
        if request._request.content_type == "multipart/form-data":
            body = valid(RegisterModelSerializer(data=request.data))
            asked = asked_of(body, self.caller)
            owner = self.caller.organisation.pk
            take_parts(body, self.given, organisation_id=owner, now=now())
        else:
            body = valid(RegisterUploadsSerializer(data=request.data))
            asked = asked_of(body, self.caller)
            take_uploads(body["files"], self.given, caller=self.caller, now=now())
        return asked


class ModelView(GatedView):
    tag = Tag.NOUCAMP
    operations = {"get": reads("models:read"), "delete": spends("models:write")}
    refusals = {"delete": ["409"]}

    @extend_schema(
        operation_id="getModel", summary="One model", responses=RegisteredModelSerializer
    )
    def get(self, request: Request, model_id: str) -> Response:
        return Response(render(self._model(model_id)))

    @extend_schema(
        operation_id="retireModel",
        summary="Retire a model: its files end, its record stays",
        responses={200: RegisteredModelSerializer},
    )
    def delete(self, request: Request, model_id: str) -> Response:
        return Response(render(services.retire(self._model(model_id), now=now())))

    def _model(self, model_id: str) -> Model:
        return queries.model(self.caller.organisation, model_id, livemode=self.caller.livemode)


class PlacementView(GatedView):
    tag = Tag.NOUCAMP
    operations = {"get": reads("models:read")}

    @extend_schema(
        operation_id="explainModelPlacement",
        summary="Where the tier's caps let a model run, and why not elsewhere",
        responses=ModelPlacementsSerializer,
    )
    def get(self, request: Request, model_id: str) -> Response:
        model = queries.model(self.caller.organisation, model_id, livemode=self.caller.livemode)
        return Response(render_placements(model, self.caller.tier))
