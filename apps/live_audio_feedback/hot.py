"""Frames by POST at the hot door: heard by the same tick as a socket's."""

import re

from apps.live_audio_feedback.api.frames import MEDIA_TYPE, FramesView
from apps.live_audio_feedback.rules.frames import split
from apps.live_audio_feedback.sockets import posted
from gateway.callers.caller import Caller
from gateway.doors.hot import Call, HotOperation, Reply, reply


class SendFrames(HotOperation[list[bytes]]):
    path = "/v1/sessions/{session_id}/frames"
    operation = FramesView.operations["post"]
    content_types = frozenset({MEDIA_TYPE.encode()})
    query = re.compile(rb"zone=[A-Za-z0-9_-]+")

    def read(self, call: Call) -> list[bytes]:
        return split(call.body)

    async def act(self, caller: Caller, asked: list[bytes], call: Call) -> Reply:
        zone = call.query.removeprefix("zone=")
        return reply(202, await posted.hear(caller, call.name, zone, asked))
