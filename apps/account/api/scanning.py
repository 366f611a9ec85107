"""For secret scanners: what our keys look like, and where to report one that leaked."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.clock import now
from foundation.files import TooLarge
from foundation.http.parsers import read_body
from foundation.validation.strict import Text
from gateway.callers import leaks
from gateway.callers.leaks import Report, Verdict
from gateway.contract.tags import Tag
from gateway.doors.views import OpenView
from tenants.rules import PATTERN

REPORTS = "/v1/secret-scanning/reports"
PREFIXES = ["tifo_live_", "tifo_test_"]
CHECKSUM = (
    "The last 6 characters are the CRC-32 (IEEE 802.3) of all that stands before them, as a number "
    "in base 62, most significant digit first, padded with zeros; the digits are 0-9, A-Z, a-z."
)


class SecretScanningSerializer(serializers.Serializer[Any]):
    pattern = serializers.CharField(help_text="A regular expression that every API key matches")
    prefixes = serializers.ListField(child=serializers.CharField())
    checksum = serializers.CharField(help_text="How to tell a key from what only looks like one")
    reports = serializers.CharField(
        allow_null=True, help_text="Where to POST reports; null where the operator takes none"
    )


class LeakReportSerializer(serializers.Serializer[Any]):
    """Open, unlike our own bodies: a scanner's further members are its own business."""

    token = Text(max_length=1_000, trim_whitespace=False)
    type = Text(max_length=200, default="", allow_blank=True)
    url = Text(max_length=10_000, default="", allow_blank=True)


class LeakVerdictSerializer(serializers.Serializer[Any]):
    token_hash = serializers.CharField(help_text="SHA-256 of the token, in hexadecimal digits")
    token_type = serializers.CharField(help_text="The report's type")
    label = serializers.ChoiceField(  # type: ignore[assignment]  # a field's own word, too
        choices=["true_positive", "false_positive"]
    )


def render(verdict: Verdict) -> dict[str, str]:
    return {
        "token_hash": verdict.token_hash,
        "token_type": verdict.token_type,
        "label": "true_positive" if verdict.is_key else "false_positive",
    }


class SecretScanningView(OpenView):
    tag = Tag.ACCOUNT

    @extend_schema(
        operation_id="describeSecretScanning",
        summary="What API keys look like, and where to report one that leaked",
        responses=SecretScanningSerializer,
    )
    def get(self, request: Request) -> Response:
        reports = f"{settings.PUBLIC_URL}{REPORTS}" if leaks.is_configured() else None
        said = {"pattern": PATTERN, "prefixes": PREFIXES, "checksum": CHECKSUM, "reports": reports}
        return Response(said)


class LeakReportsView(OpenView):
    tag = Tag.ACCOUNT
    refusals = {"post": ["401", "403", "404"]}

    @extend_schema(
        operation_id="reportLeakedKeys",
        summary="Report keys found in public, signed by a scanner that the operator knows",
        parameters=[
            OpenApiParameter(
                leaks.IDENTIFIER,
                str,
                OpenApiParameter.HEADER,
                required=True,
                description="Which of the scanner's public keys signed.",
            ),
            OpenApiParameter(
                leaks.SIGNATURE,
                str,
                OpenApiParameter.HEADER,
                required=True,
                description="ECDSA over P-256 with SHA-256 of the raw body, in base64.",
            ),
        ],
        request=LeakReportSerializer(many=True),
        responses=LeakVerdictSerializer(many=True),
    )
    def post(self, request: Request) -> Response:
        """A key that is ours is revoked or goes on, as its organisation has chosen."""
        body = request.body
        if len(body) > leaks.MOST_BYTES:
            raise TooLarge(f"At most {leaks.MOST_BYTES} bytes.", limit_bytes=leaks.MOST_BYTES)
        leaks.check_signature(
            body,
            identifier=request.headers.get(leaks.IDENTIFIER, ""),
            signature=request.headers.get(leaks.SIGNATURE, ""),
        )
        return Response([render(each) for each in leaks.judge(_reports(body), now=now())])


def _reports(body: bytes) -> list[Report]:
    given = read_body(body)
    listed = serializers.ListField(
        child=LeakReportSerializer(), max_length=leaks.MOST_REPORTS
    ).run_validation(given)
    return [Report(each["token"], each["type"], each["url"]) for each in listed]
