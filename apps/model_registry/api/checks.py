"""Model checks: the first bytes of a model file in, where it may run out."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.model_registry import queries, services
from apps.model_registry.api.verdicts import ModelVerdictSerializer
from apps.model_registry.models import ModelCheck
from apps.model_registry.services import PREFIX_MAX_BYTES
from foundation.clock import now
from foundation.errors import pointed_at
from foundation.files import TooLarge
from foundation.http.pagination import page
from foundation.http.parsers import Form
from foundation.validation.strict import Body
from gateway.contract.answers import page_of
from gateway.contract.tags import Tag
from gateway.doors.parameters import PAGE_PARAMETERS
from gateway.doors.views import GatedView, valid
from gateway.operations import reads, spends
from modelhub.rules import PLACEMENTS

FORM_MAX_BYTES = PREFIX_MAX_BYTES + 64 * 1024


class ModelCheckSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    livemode = serializers.BooleanField()
    sha256 = serializers.CharField(help_text="Of the bytes that were sent, whole file or not")
    bytes_seen = serializers.IntegerField()
    size_bytes = serializers.IntegerField(help_text="Of the whole file, as declared")
    tier_version = serializers.CharField(help_text="Whose caps were applied")
    placement = serializers.ChoiceField(
        choices=PLACEMENTS, allow_null=True, help_text="What was asked for"
    )
    allowed = serializers.ListField(child=serializers.ChoiceField(choices=PLACEMENTS))
    verdict = ModelVerdictSerializer()
    created_at = serializers.DateTimeField()


class CheckModelSerializer(Body):
    file = serializers.FileField(
        allow_empty_file=True, help_text="The file or its first bytes, up to 32 MiB"
    )
    size_bytes = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=2**53 - 1,
        help_text="Of the whole file, where only its first bytes are sent",
    )
    placement = serializers.ChoiceField(
        choices=PLACEMENTS, required=False, help_text="Refuse with 422 unless it may run there"
    )


def render(row: ModelCheck) -> dict[str, Any]:
    return {
        "id": row.pk,
        "name": row.name,
        "livemode": row.livemode,
        "sha256": row.sha256,
        "bytes_seen": row.bytes_seen,
        "size_bytes": row.size_bytes,
        "tier_version": row.tier_version,
        "placement": row.placement or None,
        "allowed": row.allowed,
        "verdict": row.verdict,
        "created_at": row.created_at,
    }


class CheckModelView(GatedView):
    tag = Tag.NOUCAMP
    operations = {"post": spends("models:check")}
    parser_classes = [Form]

    @extend_schema(
        operation_id="checkModel",
        summary="Read a model file's header and say where the tier's caps let it run",
        request={"multipart/form-data": CheckModelSerializer},
        responses={201: ModelCheckSerializer},
    )
    def post(self, request: Request) -> Response:
        _refuse_beyond(FORM_MAX_BYTES, int(request.META.get("CONTENT_LENGTH") or 0))
        asked = valid(CheckModelSerializer(data=request.data))
        upload = asked["file"]
        _refuse_beyond(PREFIX_MAX_BYTES, upload.size)
        prefix = upload.read()
        check = services.check(
            organisation=self.caller.organisation,
            livemode=self.caller.livemode,
            tier=self.caller.tier,
            name=upload.name,
            prefix=prefix,
            size_bytes=asked.get("size_bytes", len(prefix)),
            placement=asked.get("placement"),
            now=now(),
        )
        services.require(check)
        return Response(render(check), status=201)


class ModelChecksView(GatedView):
    tag = Tag.NOUCAMP
    operations = {"get": reads("models:check")}
    query_parameters = {"get": PAGE_PARAMETERS}

    @extend_schema(
        operation_id="listModelChecks",
        summary="The organisation's model checks, newest first, refused ones too",
        responses=page_of(ModelCheckSerializer),
    )
    def get(self, request: Request) -> Response:
        rows = queries.model_checks(self.caller.organisation, livemode=self.caller.livemode)
        return Response(page(rows, request.query_params).render(render))


def _refuse_beyond(limit: int, size: int) -> None:
    if size > limit:
        with pointed_at("/file"):
            raise TooLarge(f"Send at most the first {PREFIX_MAX_BYTES} bytes.", limit_bytes=limit)
