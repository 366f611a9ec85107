"""The twins of the streams: what is asked of their addresses but to tell what happens.

`tifo.routing` hands on to them a HEAD, a dry run, a method that is none, and a body.
"""

from typing import Final

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from apps.account.api.streams.schema import EVENTS, JOB_EVENTS
from apps.account.streams import EventsStream, JobStream
from foundation.errors import Retry, TifoError
from gateway.contract.tags import Tag
from gateway.doors.streams import CONTENT_TYPE
from gateway.doors.views import GatedView
from jobs import queries

LAST_ID: Final = OpenApiParameter(
    "Last-Event-ID",
    {"type": "string", "examples": ["evt_06a7x2mQ9sKd4TzB1vLfYe"]},
    OpenApiParameter.HEADER,
    description="The last `id` that was heard: first comes what was told since, if that is no more "
    "than ten minutes ago.",
)


class NotStreamed(TifoError):
    status = 421
    code = "not-streamed"
    title = "No events are told to this call"
    meaning = (
        "Events are told as they happen by the socket process, to a GET without a body. The call "
        "came to a web process, or with a body."
    )
    remedy = (
        "Leave the body out. If there was none, the operator's proxy must send the address to the "
        "socket process ([running in production](/docs/how-to/run-in-production)); meanwhile ask "
        "for the job itself."
    )
    retry = Retry.NO


class EventsRenderer(JSONRenderer):
    """For who takes events alone: a problem or a dry run has a media type of its own."""

    media_type = CONTENT_TYPE


class StreamedView(GatedView):
    """Tells a HEAD what a GET would begin with."""

    tag = Tag.ACCOUNT
    renderer_classes = [EventsRenderer]

    def begun(self, request: Request) -> HttpResponse:
        if request.method != "HEAD":
            raise NotStreamed
        return HttpResponse(content_type=CONTENT_TYPE)


class EventsView(StreamedView):
    operations = {"get": EventsStream.operation}

    @extend_schema(
        operation_id="streamEvents",
        summary="What happens in the organisation, as it happens",
        parameters=[LAST_ID],
        responses={200: OpenApiResponse(EVENTS, "An answer that goes on")},
    )
    def get(self, request: Request) -> HttpResponse:
        """Server-sent events: the answer goes on until you close it, or your key ends. The schema
        is that of one event. A `retry: 2000` comes first, and a comment every 15 seconds.
        """
        return self.begun(request)


class JobEventsView(StreamedView):
    operations = {"get": JobStream.operation}

    @extend_schema(
        operation_id="streamJobEvents",
        summary="What happens to one job, until it has ended",
        parameters=[LAST_ID],
        responses={200: OpenApiResponse(JOB_EVENTS, "An answer that goes on until the job ends")},
    )
    def get(self, request: Request, job_id: str) -> HttpResponse:
        """Server-sent events: the state that the job is in, then each change of it; the answer ends
        after the final one. The schema is that of one event. A `retry: 2000` comes first, and a
        comment every 15 seconds.
        """
        queries.job(self.caller.organisation, job_id, livemode=self.caller.livemode)
        return self.begun(request)
