"""An empty view, an empty view of the framework, and the gate that most would build of packages."""

from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView
from rest_framework_api_key.permissions import HasAPIKey, KeyParser

from bench.peers.usage.models import Usage
from foundation.clock import now

REQUESTS = "100/s"  # as tier Pro has it


def empty(request: HttpRequest) -> HttpResponse:
    """As little as Django can do."""
    return HttpResponse(b"{}", content_type="application/json", status=202)


class Bare(APIView):
    """As little as the framework can do with a body."""

    def post(self, request: Request) -> Response:
        return Response({"recorded": len(end_users(request))}, status=202)


class KeyThrottle(SimpleRateThrottle):
    rate = REQUESTS
    scope = "requests"

    def get_cache_key(self, request: Request, view: APIView) -> str:
        return f"throttle:{prefix_of(request)}"


class Typical(APIView):
    """An API key of its package, the framework's throttle, and a row for each end user's call."""

    permission_classes = (HasAPIKey,)
    throttle_classes = (KeyThrottle,)

    def post(self, request: Request) -> Response:
        named = end_users(request)
        for end_user in named:
            row = Usage(key_prefix=prefix_of(request), end_user=end_user, called_at=now())
            row.save(force_insert=True)
        return Response({"recorded": len(named)}, status=202)


def end_users(request: Request) -> list[str]:
    """What every view is sent: `{"end_users": ["fan-1"]}`."""
    body = request.data
    assert isinstance(body, dict)
    return list(body["end_users"])


def prefix_of(request: Request) -> str:
    return (KeyParser().get(request) or "").partition(".")[0]
