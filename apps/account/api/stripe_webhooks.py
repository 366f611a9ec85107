"""Where Stripe tells what has happened: kept, answered, and processed afterwards."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from billing.services.collection import inbox
from foundation.clock import now
from gateway.contract.tags import Tag
from gateway.doors.views import OpenView

SIGNATURE = "Stripe-Signature"


class StripeWebhookView(OpenView):
    """For Stripe alone, so no operation of the API: its signature is its key."""

    tag = Tag.BILLING

    @extend_schema(exclude=True)
    def post(self, request: Request) -> Response:
        body = request._request.body  # as it came: the signature is over its bytes
        inbox.receive(body, request.headers.get(SIGNATURE, ""), now=now())
        return Response({"received": True})
