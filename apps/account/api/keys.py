"""API keys: list, create, read, rotate with overlap, revoke. A secret is shown once."""

from datetime import timedelta
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.clock import now
from foundation.http.pagination import page
from foundation.validation.strict import Body, Flag, Moment, Text, Whole, Word
from gateway.contract.answers import page_of
from gateway.contract.tags import Tag
from gateway.doors.parameters import PAGE_PARAMETERS
from gateway.doors.views import GatedView, valid
from gateway.operations import reads, spends
from tenants import queries
from tenants.models import ApiKey
from tenants.rules import KeyState, key_state
from tenants.scopes import SCOPES
from tenants.services import keys
from tenants.services.keys import LONGEST_OVERLAP


# As a pattern and not an enumeration, so that a client outlives the scopes of today.
@extend_schema_field({"type": "string", "pattern": f"^(?:{'|'.join(SCOPES)})$"})
class Scope(Word):
    """One of the scopes there are; the service says which is none."""


class ApiKeySerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    livemode = serializers.BooleanField()
    scopes = serializers.ListField(child=serializers.CharField())
    networks = serializers.ListField(
        child=serializers.CharField(), help_text="Where it may be used, in CIDR; empty: anywhere"
    )
    preview = serializers.CharField(help_text="Prefix and last four characters")
    state = serializers.ChoiceField(choices=[state.value for state in KeyState])
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True, help_text="Exact to one minute")
    leaked_at = serializers.DateTimeField(
        allow_null=True, help_text="When a secret scanner last found it in public"
    )
    leaked_url = serializers.CharField(help_text="Where it was found; empty if it was not")
    replaced_by = serializers.CharField(allow_null=True)


class NewApiKeySerializer(ApiKeySerializer):
    secret = serializers.CharField(help_text="Shown once; only a keyed hash is kept")


class CreateApiKeySerializer(Body):
    example = {"name": "Scoreboard", "scopes": ["sessions:read", "usage:read"]}

    name = Text(max_length=80)
    livemode = Flag(default=False)
    scopes = serializers.ListField(child=Scope(), min_length=1)
    expires_at = Moment(required=False, allow_null=True)
    networks = serializers.ListField(
        child=Text(max_length=60),
        default=list,
        max_length=50,
        help_text="Addresses or networks (CIDR) that it may be used from; empty: anywhere",
    )


class RotateApiKeySerializer(Body):
    example = {"overlap_s": 3600}

    overlap_s = Whole(
        default=86_400,
        min_value=0,
        max_value=LONGEST_OVERLAP // timedelta(seconds=1),
        help_text="How long the old key goes on working, 0 to 2592000",
    )


def render(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.pk,
        "name": key.name,
        "livemode": key.livemode,
        "scopes": key.scopes,
        "networks": key.networks,
        "preview": key.preview,
        "state": key_state(key.dates, now()),
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "last_used_at": key.last_used_at,
        "leaked_at": key.leaked_at,
        "leaked_url": key.leaked_url,
        "replaced_by": key.replaced_by_id,
    }


class KeysView(GatedView):
    tag = Tag.ACCOUNT
    operations = {"get": reads("keys:read"), "post": spends("keys:write")}
    query_parameters = {"get": PAGE_PARAMETERS}

    @extend_schema(
        operation_id="listKeys",
        summary="The organisation's API keys, newest first",
        responses=page_of(ApiKeySerializer),
    )
    def get(self, request: Request) -> Response:
        rows = page(queries.keys(self.caller.organisation), request.query_params)
        return Response(rows.render(render))

    @extend_schema(
        operation_id="createKey",
        summary="Create an API key with no more scopes than the key that asks",
        request=CreateApiKeySerializer,
        responses={201: NewApiKeySerializer},
    )
    def post(self, request: Request) -> Response:
        asked = valid(CreateApiKeySerializer(data=request.data))
        key, secret = keys.create_key(
            organisation=self.caller.organisation,
            **asked,
            now=now(),
            granted_by=self.caller.scopes,
            asked_live=self.caller.livemode,
        )
        return Response(render(key) | {"secret": secret}, status=201)


class KeyView(GatedView):
    tag = Tag.ACCOUNT
    operations = {"get": reads("keys:read"), "delete": spends("keys:write")}

    @extend_schema(
        operation_id="getKey", summary="One API key, without its secret", responses=ApiKeySerializer
    )
    def get(self, request: Request, key_id: str) -> Response:
        return Response(render(queries.key(self.caller.organisation, key_id)))

    @extend_schema(
        operation_id="revokeKey",
        summary="Revoke at once and for ever",
        responses={200: ApiKeySerializer},
    )
    def delete(self, request: Request, key_id: str) -> Response:
        key = keys.revoke_key(
            organisation=self.caller.organisation,
            key_id=key_id,
            now=now(),
            livemode=self.caller.livemode,
        )
        return Response(render(key))


class RotateKeyView(GatedView):
    tag = Tag.ACCOUNT
    operations = {"post": spends("keys:write")}

    @extend_schema(
        operation_id="rotateKey",
        summary="A successor with the same rights; the old key works on for the overlap",
        request=RotateApiKeySerializer,
        responses={201: NewApiKeySerializer},
    )
    def post(self, request: Request, key_id: str) -> Response:
        asked = valid(RotateApiKeySerializer(data=request.data))
        key, secret = keys.rotate_key(
            organisation=self.caller.organisation,
            key_id=key_id,
            overlap=timedelta(seconds=asked["overlap_s"]),
            now=now(),
            granted_by=self.caller.scopes,
            livemode=self.caller.livemode,
        )
        return Response(render(key) | {"secret": secret}, status=201)
