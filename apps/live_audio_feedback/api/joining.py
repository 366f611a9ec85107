"""Tokens with which a fan's device joins a session."""

from datetime import timedelta
from typing import Any, Final

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.live_audio_feedback import queries
from apps.live_audio_feedback.rules.window import State, outside, state
from apps.live_audio_feedback.sockets import STREAM, ZONE
from foundation.clock import now
from foundation.validation.strict import Body, Pattern, Text
from foundation.zones import ZONE as ZONE_FORM
from gateway.callers import tickets
from gateway.callers.caller import Bound
from gateway.contract.tags import Tag
from gateway.doors.end_users import EndUserField
from gateway.doors.views import GatedView, valid
from gateway.operations import spends

LIFETIME: Final = timedelta(seconds=60)


class CreateJoinTokenSerializer(Body):
    example = {"zone": "north", "end_user": "fan-4711", "origin": "https://app.derby.example"}

    zone = Pattern(ZONE_FORM, help_text="Where the device stands")
    end_user = EndUserField(help_text="Who speaks, in your own naming; counted when it joins")
    origin = Text(
        required=False,
        allow_null=True,
        max_length=200,
        help_text="The page's origin, as in https://example.org; the token works from no other",
    )


class JoinTokenSerializer(serializers.Serializer[Any]):
    token = serializers.CharField(help_text="Offer as the subprotocol ticket.<token>, once")
    expires_at = serializers.DateTimeField()


class JoinTokensView(GatedView):
    tag = Tag.LIVE_AUDIO_FEEDBACK
    operations = {"post": spends(STREAM.scope)}

    @extend_schema(
        operation_id="createJoinToken",
        summary="A token, good once within 60 seconds, with which a fan's device joins a zone",
        request=CreateJoinTokenSerializer,
        responses={201: JoinTokenSerializer},
    )
    def post(self, request: Request, session_id: str) -> Response:
        asked, moment = valid(CreateJoinTokenSerializer(data=request.data)), now()
        session = queries.session_of_zone(
            self.caller.organisation, session_id, asked["zone"], livemode=self.caller.livemode
        )
        if state(session.window, moment) not in {State.SCHEDULED, State.OPEN}:
            raise outside(session.window, moment)
        ticket = tickets.issue(
            self.caller,
            scopes=[STREAM.scope],
            origin=asked.get("origin"),
            now=moment,
            lifetime=LIFETIME,
            bound=Bound({"session_id": session.pk, ZONE: asked["zone"]}, asked["end_user"]),
        )
        return Response({"token": ticket.secret, "expires_at": ticket.expires_at}, status=201)
