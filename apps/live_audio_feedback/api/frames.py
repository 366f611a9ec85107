"""Frames by POST, for devices that cannot hold a socket."""

import asyncio
from collections.abc import Mapping
from typing import IO, Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from apps.live_audio_feedback import queries
from apps.live_audio_feedback.rules.frames import split
from apps.live_audio_feedback.sockets import STREAM, posted
from apps.live_audio_feedback.streams.hub import ServerFull
from foundation.clock import now
from foundation.zones import ZONE
from gateway.contract.tags import Tag
from gateway.doors.front import serving_loop
from gateway.doors.parameters import text
from gateway.doors.views import GatedView

MEDIA_TYPE = "application/octet-stream"


class FramesParser(BaseParser):
    media_type = MEDIA_TYPE

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        return stream.read()


class ScoreSerializer(serializers.Serializer[Any]):
    type = serializers.ChoiceField(choices=["score"])
    seq = serializers.IntegerField(help_text="Of the newest frame that the score has heard")
    t_us = serializers.IntegerField(help_text="That frame's own clock")
    score = serializers.FloatField(help_text="0 to 100")
    parts = serializers.DictField(child=serializers.FloatField())
    session_score = serializers.FloatField(help_text="Mean of the session's zones")
    dropped = serializers.IntegerField(help_text="Frames that were dropped so far")
    scorer = serializers.CharField(help_text="The version of the crowd score, such as ramps-1")


class StreamWarningSerializer(serializers.Serializer[Any]):
    type = serializers.ChoiceField(choices=["warning"])
    code = serializers.CharField()
    detail = serializers.CharField()


class HeardFramesSerializer(serializers.Serializer[Any]):
    accepted = serializers.IntegerField(help_text="Frames of this call that are scored")
    late = serializers.IntegerField(help_text="Not heard: a frame after them had come before")
    duplicate = serializers.IntegerField(
        help_text="Not heard again: these very frames had come before"
    )
    dropped = serializers.IntegerField(
        help_text="Older frames that waited and had to make room for these"
    )
    resynchronised = serializers.BooleanField(
        help_text="The numbers began anew, and the stream with them"
    )
    score = ScoreSerializer(allow_null=True, help_text="The newest; null before the first one")
    warnings = StreamWarningSerializer(many=True, help_text="Since the call before")


class FramesView(GatedView):
    tag = Tag.LIVE_AUDIO_FEEDBACK
    operations = {"post": STREAM}
    query_parameters = {"post": [text("zone", "Where it stands.", required=True, pattern=ZONE)]}
    parser_classes = [FramesParser]
    frames: list[bytes]

    def check(self, request: Request) -> None:
        body: Any = request.data  # A body of no bytes is never parsed.
        self.frames = split(body if isinstance(body, bytes) else b"")

    @extend_schema(
        operation_id="sendFrames",
        summary="Send 1 to 100 frames of audio, for a device that cannot hold a socket",
        request={MEDIA_TYPE: OpenApiTypes.BINARY},
        responses={202: HeardFramesSerializer},
    )
    def post(self, request: Request, session_id: str) -> Response:
        caller, zone = self.caller, request.query_params.get("zone", "")
        loop = serving_loop()
        if loop is None:
            queries.open_session(
                caller.organisation, session_id, zone, livemode=caller.livemode, now=now()
            )
            raise ServerFull("This process hears no audio.", headers={"Retry-After": "1"})
        hearing = posted.hear(caller, session_id, zone, self.frames)
        return Response(asyncio.run_coroutine_threadsafe(hearing, loop).result(), status=202)
