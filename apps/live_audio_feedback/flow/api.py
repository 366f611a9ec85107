"""A session's flow over REST: read it, command it, settle it, and take its log away."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.live_audio_feedback import queries as live
from apps.live_audio_feedback.flow import answering, queries, services
from apps.live_audio_feedback.flow.forms import (
    CommandFlowSerializer,
    FlowDecisionSerializer,
    FlowLearningSerializer,
    FlowPoolSerializer,
    FlowSerializer,
    FlowSettingsSerializer,
    LearningSerializer,
    OfferSerializer,
    SetFlowPoolSerializer,
    command_of,
    render,
    render_decision,
    render_learning,
    track_of,
)
from apps.live_audio_feedback.flow.models import Flow
from apps.live_audio_feedback.models import LiveSession
from foundation.clock import now
from foundation.errors import Invalid
from gateway.contract.answers import page_of
from gateway.contract.tags import Tag
from gateway.doors.parameters import read_whole, text, whole
from gateway.doors.views import GatedView, valid
from gateway.operations import reads, spends

DEFAULT_LIMIT = 200
MAX_LIMIT = 1_000


class FlowOfSessionView(GatedView):
    """What every view of a flow needs: the caller's session, and its flow."""

    tag = Tag.LIVE_AUDIO_FEEDBACK

    def session(self, session_id: str) -> LiveSession:
        return live.session(self.caller.organisation, session_id, livemode=self.caller.livemode)

    def flow(self, session_id: str) -> Flow:
        return queries.flow(self.caller.organisation, session_id, livemode=self.caller.livemode)


class FlowView(FlowOfSessionView):
    operations = {"get": reads("sessions:read"), "patch": spends("sessions:write")}

    @extend_schema(
        operation_id="getFlow",
        summary="A session's flow: mode, queue, what plays, and what is proposed",
        responses=FlowSerializer,
    )
    def get(self, request: Request, session_id: str) -> Response:
        return Response(render(self.flow(session_id)))

    @extend_schema(
        operation_id="configureFlow",
        summary="Settle when tracks may repeat, and when recovery is due",
        request=FlowSettingsSerializer,
        responses=FlowSerializer,
    )
    def patch(self, request: Request, session_id: str) -> Response:
        changes = valid(FlowSettingsSerializer(data=request.data))
        flow = services.configure(
            session=self.session(session_id),
            changes=changes,
            now=now(),
            key_id=self.caller.credential_id,
        )
        return Response(render(flow))


class FlowPoolView(FlowOfSessionView):
    operations = {"get": reads("sessions:read"), "put": spends("sessions:write")}

    @extend_schema(
        operation_id="getFlowPool",
        summary="The tracks that the selector may choose from",
        responses=FlowPoolSerializer,
    )
    def get(self, request: Request, session_id: str) -> Response:
        return Response({"tracks": self.flow(session_id).pool})

    @extend_schema(
        operation_id="setFlowPool",
        summary="Set the tracks that the selector may choose from, with their features",
        request=SetFlowPoolSerializer,
        responses=FlowPoolSerializer,
    )
    def put(self, request: Request, session_id: str) -> Response:
        asked = valid(SetFlowPoolSerializer(data=request.data))
        flow = services.set_pool(
            session=self.session(session_id),
            tracks=[track_of(each) for each in asked["tracks"]],
            now=now(),
            key_id=self.caller.credential_id,
        )
        return Response({"tracks": flow.pool})


class FlowCommandsView(FlowOfSessionView):
    operations = {"post": spends("sessions:write")}
    refusals = {"post": ["409"]}

    @extend_schema(
        operation_id="commandFlow",
        summary="The artist's command, done at once and never undone by the selector",
        request=CommandFlowSerializer,
        responses=FlowSerializer,
    )
    def post(self, request: Request, session_id: str) -> Response:
        asked = valid(CommandFlowSerializer(data=request.data))
        version = asked.pop("version", None)
        flow = services.obey(
            session=self.session(session_id),
            asked=command_of(asked),
            now=now(),
            key_id=self.caller.credential_id,
            version=version,
        )
        return Response(render(flow))


class FlowOffersView(FlowOfSessionView):
    operations = {"post": spends("sessions:write")}
    takes_body = False

    @extend_schema(
        operation_id="askForOffer",
        summary="Have the selector look at the crowd now, and offer a track if one is wanted",
        request=None,
        responses=OfferSerializer,
    )
    def post(self, request: Request, session_id: str) -> Response:
        outcome = answering.answer(self.flow(session_id), now=now())
        return Response({"outcome": outcome or "none", "flow": render(self.flow(session_id))})


class FlowLogView(FlowOfSessionView):
    operations = {"get": reads("sessions:read")}
    query_parameters = {
        "get": [
            whole("limit", "Rows, 1 to 1000; default 200.", least=1, most=MAX_LIMIT),
            text("cursor", "`next_cursor` of the page before.", pattern="^[0-9]{1,9}$"),
        ]
    }

    @extend_schema(
        operation_id="listFlowDecisions",
        summary="Every command and every offer of a session, oldest first",
        responses=page_of(FlowDecisionSerializer),
    )
    def get(self, request: Request, session_id: str) -> Response:
        asked = request.query_params
        limit = read_whole("limit", asked.get("limit", str(DEFAULT_LIMIT)), least=1, most=MAX_LIMIT)
        after = _number(asked.get("cursor", "0"))
        found = list(queries.decisions(self.session(session_id), after)[: limit + 1])
        more = str(found[limit - 1].number) if len(found) > limit else None
        return Response({"data": list(map(render_decision, found[:limit])), "next_cursor": more})


class FlowLearningView(GatedView):
    tag = Tag.LIVE_AUDIO_FEEDBACK
    operations = {"get": reads("sessions:read"), "put": spends("sessions:write")}

    @extend_schema(
        operation_id="getFlowLearning",
        summary="Whether sessions teach later ones, and how much they have",
        responses=LearningSerializer,
    )
    def get(self, request: Request) -> Response:
        kept = queries.learning(self.caller.organisation, livemode=self.caller.livemode)
        return Response(render_learning(kept))

    @extend_schema(
        operation_id="setFlowLearning",
        summary="Consent to learning across sessions, or end it and delete what was learnt",
        request=FlowLearningSerializer,
        responses=LearningSerializer,
    )
    def put(self, request: Request) -> Response:
        asked = valid(FlowLearningSerializer(data=request.data))
        kept = services.let_learn(
            organisation=self.caller.organisation,
            livemode=self.caller.livemode,
            across_sessions=asked["across_sessions"],
            now=now(),
        )
        return Response(render_learning(kept))


def _number(cursor: str) -> int:
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 10):
        raise Invalid.field("/cursor", "malformed", "Pass next_cursor as it came.")
    return int(cursor)
