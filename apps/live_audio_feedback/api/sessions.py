"""Live sessions: create, list, read, end."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.live_audio_feedback import queries, services
from apps.live_audio_feedback.models import LiveSession
from apps.live_audio_feedback.rules.window import State, closed_at, opened_at, state
from apps.live_audio_feedback.rules.zone_map import MappedZone
from foundation.clock import now
from foundation.http.pagination import page
from foundation.validation.strict import Body, Flag, Moment, Number, Pattern, Text
from foundation.zones import ZONE, ZONE_WORDS
from gateway.contract.answers import page_of
from gateway.contract.tags import Tag
from gateway.doors.parameters import PAGE_PARAMETERS
from gateway.doors.views import GatedView, valid
from gateway.operations import reads, spends


class MappedZoneSerializer(Body):
    zone = Pattern(ZONE)
    x = Number(min_value=0, max_value=1, help_text="From the plan's left edge (0) to its right (1)")
    y = Number(min_value=0, max_value=1, help_text="From the plan's top (0) to its bottom (1)")


class ConsentSerializer(Body):
    keep_audio = Flag(default=False, help_text="Whether their sound may be kept")
    learn = Flag(
        default=False, help_text="Whether what is learnt here may serve the organisation's others"
    )
    statement = Text(
        max_length=500,
        allow_blank=True,
        default="",
        help_text="Where that stands, such as a paragraph of the ticket's terms",
    )


class SessionSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    event = serializers.CharField(help_text="The event it belongs to, in your own naming, or empty")
    livemode = serializers.BooleanField()
    zones = serializers.ListField(child=serializers.CharField())
    zone_map = MappedZoneSerializer(many=True, help_text="Where zones lie on a plan of the venue")
    consent = ConsentSerializer(help_text="What the people who are heard agreed to")
    state = serializers.ChoiceField(
        choices=[state.value for state in State], help_text="Only an open session hears audio"
    )
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(
        allow_null=True, help_text="When it was ended by a call, before its window was over"
    )
    opened_at = serializers.DateTimeField(
        allow_null=True, help_text="Since when it heard; null of one that has not opened"
    )
    closed_at = serializers.DateTimeField(
        allow_null=True, help_text="Since when it hears no more, for either reason"
    )
    sealed_at = serializers.DateTimeField(
        allow_null=True, help_text="When its receipt was made, after which nothing is counted"
    )
    created_at = serializers.DateTimeField()


class CreateSessionSerializer(Body):
    example = {
        "name": "Derby night",
        "ends_at": "2099-12-31T23:00:00Z",
        "zones": ["north", "south"],
    }

    name = Text(max_length=120)
    starts_at = Moment(required=False, help_text="Now, when left out")
    ends_at = Moment()
    zones = serializers.ListField(
        child=Pattern(ZONE),
        min_length=1,
        max_length=services.MOST_ZONES,
        help_text=f"1 to 64 parts of the venue, each {ZONE_WORDS}",
    )
    event = Text(
        max_length=120,
        required=False,
        help_text="The event it belongs to, in your own naming",
    )
    zone_map = serializers.ListField(
        child=MappedZoneSerializer(),
        required=False,
        max_length=services.MOST_ZONES,
        help_text="Where zones lie on a plan of the venue; each zone once at most",
    )
    consent = ConsentSerializer(
        required=False, help_text="What the people who are heard agreed to; nothing if left out"
    )


def render(session: LiveSession) -> dict[str, Any]:
    moment, window = now(), session.window
    return {
        "id": session.pk,
        "name": session.name,
        "event": session.event,
        "livemode": session.livemode,
        "zones": session.zones,
        "zone_map": session.zone_map,
        "consent": {
            "keep_audio": session.consent_keep_audio,
            "learn": session.consent_learn,
            "statement": session.consent_statement,
        },
        "state": state(window, moment),
        "starts_at": session.starts_at,
        "ends_at": session.ends_at,
        "ended_at": session.ended_at,
        "opened_at": opened_at(window, moment),
        "closed_at": closed_at(window, moment),
        "sealed_at": session.sealed_at,
        "created_at": session.created_at,
    }


class SessionsView(GatedView):
    tag = Tag.LIVE_AUDIO_FEEDBACK
    operations = {"get": reads("sessions:read"), "post": spends("sessions:write")}
    query_parameters = {"get": PAGE_PARAMETERS}

    @extend_schema(
        operation_id="listSessions",
        summary="The organisation's live sessions, newest first",
        responses=page_of(SessionSerializer),
    )
    def get(self, request: Request) -> Response:
        rows = queries.sessions(self.caller.organisation, livemode=self.caller.livemode)
        return Response(page(rows, request.query_params).render(render))

    @extend_schema(
        operation_id="createSession",
        summary="Create a live session with its window and zones",
        request=CreateSessionSerializer,
        responses={201: SessionSerializer},
    )
    def post(self, request: Request) -> Response:
        asked = valid(CreateSessionSerializer(data=request.data))
        asked["zone_map"] = [MappedZone(**each) for each in asked.get("zone_map", ())]
        asked["consent"] = services.Consent(**asked.get("consent", {}))
        session = services.create_session(
            organisation=self.caller.organisation, livemode=self.caller.livemode, now=now(), **asked
        )
        return Response(render(session), status=201)


class SessionView(GatedView):
    tag = Tag.LIVE_AUDIO_FEEDBACK
    operations = {"get": reads("sessions:read")}

    @extend_schema(
        operation_id="getSession",
        summary="One live session and its state",
        responses=SessionSerializer,
    )
    def get(self, request: Request, session_id: str) -> Response:
        session = queries.session(
            self.caller.organisation, session_id, livemode=self.caller.livemode
        )
        return Response(render(session))


class EndSessionView(GatedView):
    tag = Tag.LIVE_AUDIO_FEEDBACK
    operations = {"post": spends("sessions:write")}
    takes_body = False

    @extend_schema(
        operation_id="endSession",
        summary="End a live session now; its sockets close within a second",
        request=None,
        responses=SessionSerializer,
    )
    def post(self, request: Request, session_id: str) -> Response:
        session = services.end_session(
            organisation=self.caller.organisation,
            session_id=session_id,
            livemode=self.caller.livemode,
            now=now(),
        )
        return Response(render(session))
