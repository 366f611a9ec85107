"""Frames as a client posts them."""

from tests.doors import Answer, Door

PCM = "application/octet-stream"


async def post(door: Door, session_id: str, body: bytes, zone: str = "north") -> Answer:
    path = f"/v1/sessions/{session_id}/frames?zone={zone}"
    return await door.post(path, body, content_type=PCM)
