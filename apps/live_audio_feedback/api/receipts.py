"""Receipts of sealed sessions: read, and checked."""

import json
from base64 import b64decode, b64encode
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.live_audio_feedback import queries, signing
from apps.live_audio_feedback.models import ReceiptKey
from apps.live_audio_feedback.rules.receipts import TYPE, canonical
from foundation.validation.strict import Body, Pattern, Text
from gateway.contract.tags import Tag
from gateway.doors.views import GatedView, OpenView, valid
from gateway.operations import reads

SIGNATURE = r"^[A-Za-z0-9+/]{86}==$"


class ReceiptLineSerializer(serializers.Serializer[Any]):
    seconds_heard = serializers.IntegerField(help_text="In which there was a score")
    milliseconds_metered = serializers.IntegerField(help_text="Of all streams together")
    streams = serializers.IntegerField()
    streams_interrupted = serializers.IntegerField(
        help_text="Whose process was killed: a second or two of each went uncounted"
    )
    frames_received = serializers.IntegerField()
    frames_scored = serializers.IntegerField()
    frames_dropped = serializers.IntegerField()
    frames_repeated = serializers.IntegerField()
    frames_late = serializers.IntegerField()
    frames_lost = serializers.IntegerField(help_text="Gaps in the senders' numbers")


class ReceiptZoneSerializer(ReceiptLineSerializer):
    zone = serializers.CharField()


class ReceiptScorerSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    sha256 = serializers.CharField(
        help_text="Of the version's numbers, not of the code that reckons with them"
    )


class ReceiptConsentSerializer(serializers.Serializer[Any]):
    keep_audio = serializers.BooleanField()
    learn = serializers.BooleanField()
    statement = serializers.CharField()


class ReceiptRetentionSerializer(serializers.Serializer[Any]):
    kept_for = serializers.ChoiceField(choices=["none"])
    bytes = serializers.IntegerField(help_text="Of sound that is kept")
    ends_at = serializers.CharField(allow_null=True, help_text="When it will be gone")


class ReceiptSerializer(serializers.Serializer[Any]):
    type = serializers.ChoiceField(choices=[TYPE])
    session = serializers.CharField()
    organisation = serializers.CharField()
    livemode = serializers.BooleanField()
    starts_at = serializers.CharField()
    ends_at = serializers.CharField()
    opened_at = serializers.CharField(allow_null=True)
    closed_at = serializers.CharField()
    sealed_at = serializers.CharField()
    zones = ReceiptZoneSerializer(many=True)
    total = ReceiptLineSerializer()
    scorers = ReceiptScorerSerializer(many=True)
    consent = ReceiptConsentSerializer()
    retention = ReceiptRetentionSerializer()


class SignedReceiptSerializer(serializers.Serializer[Any]):
    receipt = ReceiptSerializer()
    key = serializers.CharField(help_text="Which of the published keys signed it")
    signature = serializers.CharField(help_text="Of the receipt's canonical text, in base64")


class CheckReceiptSerializer(Body):
    example = {
        "receipt": {"type": TYPE, "session": "ses_…"},
        "key": "rck_00000000000000000000000000000000",
        "signature": "A" * 86 + "==",
    }

    receipt = serializers.DictField(help_text="As it came, member for member")
    key = Text(max_length=40)
    signature = Pattern(SIGNATURE, help_text="64 bytes in base64")


class CheckedReceiptSerializer(serializers.Serializer[Any]):
    genuine = serializers.BooleanField(help_text="Whether this platform signed this very receipt")
    reason = serializers.ChoiceField(
        choices=["signed", "unknown-key", "altered"], help_text="What was found"
    )


class ReceiptKeySerializer(serializers.Serializer[Any]):
    id = serializers.CharField(help_text="It follows from the key: rck_ and 32 digits of SHA-256")
    algorithm = serializers.ChoiceField(choices=[signing.ALGORITHM])
    public_key = serializers.CharField(help_text="32 bytes in base64")
    current = serializers.BooleanField(help_text="Whether it signs now")


class ReceiptKeyListSerializer(serializers.Serializer[Any]):
    data = ReceiptKeySerializer(many=True)  # type: ignore[assignment]  # the envelope's name


class ReceiptView(GatedView):
    tag = Tag.LIVE_AUDIO_FEEDBACK
    operations = {"get": reads("sessions:read")}
    refusals = {"get": ["409"]}

    @extend_schema(
        operation_id="getReceipt",
        summary="The signed receipt of a sealed session",
        responses=SignedReceiptSerializer,
    )
    def get(self, request: Request, session_id: str) -> Response:
        made = queries.receipt(self.caller.organisation, session_id, livemode=self.caller.livemode)
        body = json.loads(made.body)
        return Response({"receipt": body, "key": made.key_id, "signature": made.signature})


class CheckReceiptView(GatedView):
    tag = Tag.LIVE_AUDIO_FEEDBACK
    operations = {"post": reads("sessions:read")}

    @extend_schema(
        operation_id="checkReceipt",
        summary="Whether this platform signed this receipt, as it stands there",
        request=CheckReceiptSerializer,
        responses=CheckedReceiptSerializer,
    )
    def post(self, request: Request) -> Response:
        asked = valid(CheckReceiptSerializer(data=request.data))
        public = published().get(asked["key"])
        if public is None:
            return Response({"genuine": False, "reason": "unknown-key"})
        text = canonical(asked["receipt"])
        genuine = signing.is_genuine(text, b64decode(asked["signature"]), public)
        return Response({"genuine": genuine, "reason": "signed" if genuine else "altered"})


class ReceiptKeysView(OpenView):
    tag = Tag.LIVE_AUDIO_FEEDBACK

    @extend_schema(
        operation_id="listReceiptKeys",
        summary="The public keys of all receipts, those of former secrets among them",
        responses=ReceiptKeyListSerializer,
    )
    def get(self, request: Request) -> Response:
        current = signing.key_id(signing.public_key())
        return Response(
            {
                "data": [
                    {
                        "id": key,
                        "algorithm": signing.ALGORITHM,
                        "public_key": b64encode(public).decode(),
                        "current": key == current,
                    }
                    for key, public in published().items()
                ]
            }
        )


def published() -> dict[str, bytes]:
    """Every public key by its id: the one that signs now, and those that did before."""
    current = signing.public_key()
    rows = ReceiptKey.objects.order_by("-created_at")
    return {signing.key_id(current): current} | {row.pk: b64decode(row.public_key) for row in rows}
