"""Models registered, looked at and retired."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from apps.model_registry import queries, services
from apps.model_registry.api.description import (
    ModelPlacementsSerializer,
    RegisteredModelSerializer,
    render,
    render_placements,
)
from apps.model_registry.models import Model
from foundation import files
from foundation.clock import now
from foundation.errors import Invalid, pointed_at
from foundation.files import TooLarge
from foundation.http.bodies import FORM_OVERHEAD_BYTES
from foundation.http.pagination import page
from foundation.http.parsers import Form
from foundation.models import StoredFile
from foundation.validation.strict import Body
from foundation.validation.strict_json import read_json
from gateway.contract.answers import page_of
from gateway.contract.tags import Tag
from gateway.doors.parameters import PAGE_PARAMETERS
from gateway.doors.views import GatedView, valid
from gateway.operations import reads, spends

UNOWNED_LIFETIME: Final = timedelta(hours=1)
PARTS: Final = ("file", *(f"file_{number}" for number in range(2, 9)))
NAMES: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
_ANOTHER: Final = "Another file of the model: a shard, its index, or external data"


@extend_schema_field({"type": "string", "contentMediaType": "application/json"})
class Declared(serializers.JSONField):
    """An object, as the text of a form's part."""

    def get_value(self, dictionary: Any) -> Any:
        return dictionary.get(self.field_name, serializers.empty)

    def to_internal_value(self, data: Any) -> Any:
        try:
            found = read_json(str(data).encode())
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise ValidationError([ErrorDetail("Must be a JSON object.", "invalid")])
        return found


class RegisterModelSerializer(Body):
    example = {"name": "speech", "version": "6.2", "licence": "MIT", "contract": "audio_tagger"}

    name = serializers.RegexField(NAMES, max_length=100)
    version = serializers.RegexField(NAMES, max_length=60)
    base = serializers.CharField(
        required=False, max_length=40, help_text="Of an adapter: the model that it changes"
    )
    licence = serializers.CharField(required=False, max_length=200, help_text="A note of yours")
    contract = serializers.ChoiceField(
        choices=services.CONTRACT_NAMES, required=False, help_text="The task that it serves"
    )
    declaration = Declared(
        required=False, help_text="What the contract asks you to declare: a JSON object"
    )
    file = serializers.FileField(help_text="ONNX, TFLite, GGUF or safetensors")
    file_2 = serializers.FileField(required=False, help_text=_ANOTHER)
    file_3 = serializers.FileField(required=False, help_text=_ANOTHER)
    file_4 = serializers.FileField(required=False, help_text=_ANOTHER)
    file_5 = serializers.FileField(required=False, help_text=_ANOTHER)
    file_6 = serializers.FileField(required=False, help_text=_ANOTHER)
    file_7 = serializers.FileField(required=False, help_text=_ANOTHER)
    file_8 = serializers.FileField(required=False, help_text=_ANOTHER)


class ModelsView(GatedView):
    tag = Tag.NOUCAMP
    operations = {"get": reads("models:read"), "post": spends("models:write")}
    query_parameters = {"get": PAGE_PARAMETERS}
    parser_classes = [Form]
    refusals = {"post": ["404", "409", "413", "422"]}

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
        request={"multipart/form-data": RegisterModelSerializer},
        responses={200: RegisteredModelSerializer, 201: RegisteredModelSerializer},
    )
    def post(self, request: Request) -> Response:
        most = settings.UPLOAD_MAX_BYTES
        if int(request.META.get("CONTENT_LENGTH") or 0) > most + FORM_OVERHEAD_BYTES:
            raise TooLarge(f"At most {most} bytes in all.", limit_bytes=most)
        asked = valid(RegisterModelSerializer(data=request.data))
        model, is_new = services.register(
            self._asked(asked),
            self._stored(asked, now()),
            organisation=self.caller.organisation,
            livemode=self.caller.livemode,
            tier=self.caller.tier,
            created_by=self.caller.credential_id,
            now=now(),
        )
        return Response(render(model), status=201 if is_new else 200)

    def _asked(self, asked: dict[str, Any]) -> services.Asked:
        contract, declaration = asked.get("contract", ""), asked.get("declaration")
        services.refuse_unused(contract, declaration)
        return services.Asked(
            name=asked["name"],
            version=asked["version"],
            base=self._base(asked["base"]) if "base" in asked else None,
            licence=asked.get("licence", ""),
            contract=contract,
            declaration=declaration,
        )

    def _base(self, model_id: str) -> Model:
        with pointed_at("/base"):
            return queries.base(self.caller.organisation, model_id, livemode=self.caller.livemode)

    def _stored(self, asked: dict[str, Any], at: datetime) -> list[StoredFile]:
        """The files, which end by themselves unless the model takes them over."""
        uploads = [(part, asked[part]) for part in PARTS if part in asked]
        names = [upload.name for _, upload in uploads]
        for part, upload in uploads:
            if names.count(upload.name) > 1:
                raise Invalid.field(f"/{part}", "repeated", f"Two files are called {upload.name}.")
        return [
            files.store(
                organisation_id=self.caller.organisation.pk,
                name=upload.name,
                content_type="application/octet-stream",
                chunks=upload.chunks(),
                now=at,
                expires_at=at + UNOWNED_LIFETIME,
            )
            for _, upload in uploads
        ]


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
