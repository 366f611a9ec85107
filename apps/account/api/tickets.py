"""Socket tickets for browsers, and read-only links to the live page."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.account.api.keys import Scope
from foundation.clock import now
from foundation.validation.strict import Body, Text
from gateway.callers import tickets
from gateway.callers.authentication import VIEW_SECONDS, view_token
from gateway.contract.tags import Tag
from gateway.doors.views import GatedView, valid
from gateway.operations import spends


class CreateTicketSerializer(Body):
    example = {"scopes": ["events:read"], "origin": "https://scoreboard.derby.example"}

    scopes = serializers.ListField(child=Scope(), min_length=1)
    origin = Text(
        required=False,
        allow_null=True,
        max_length=200,
        help_text="The page's origin, as in https://example.org; the ticket works from no other",
    )


class TicketSerializer(serializers.Serializer[Any]):
    ticket = serializers.CharField(help_text="Offer as the subprotocol ticket.<ticket>, once")
    expires_at = serializers.DateTimeField()


class ViewLinkSerializer(serializers.Serializer[Any]):
    url = serializers.CharField(help_text="The live page; the token stands behind the #")
    expires_at = serializers.DateTimeField()


class TicketsView(GatedView):
    tag = Tag.ACCOUNT
    operations = {"post": spends("tickets:write")}

    @extend_schema(
        operation_id="createTicket",
        summary="A single-use ticket, good for 30 seconds, that opens one socket",
        request=CreateTicketSerializer,
        responses={201: TicketSerializer},
    )
    def post(self, request: Request) -> Response:
        asked = valid(CreateTicketSerializer(data=request.data))
        ticket = tickets.issue(
            self.caller, scopes=asked["scopes"], origin=asked.get("origin"), now=now()
        )
        return Response({"ticket": ticket.secret, "expires_at": ticket.expires_at}, status=201)


class ViewLinksView(GatedView):
    tag = Tag.ACCOUNT
    operations = {"post": spends("tickets:write")}
    takes_body = False

    @extend_schema(
        operation_id="createViewLink",
        summary="A read-only address of the live page, good for 12 hours",
        request=None,
        responses={201: ViewLinkSerializer},
    )
    def post(self, request: Request) -> Response:
        origin = settings.PUBLIC_URL or request.build_absolute_uri("/").rstrip("/")
        return Response(
            {
                "url": f"{origin}/live#{view_token(self.caller)}",
                "expires_at": now() + timedelta(seconds=VIEW_SECONDS),
            },
            status=201,
        )
