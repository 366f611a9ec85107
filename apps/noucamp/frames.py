"""What a device may send over its socket: small JSON objects, not too many of them."""

from typing import Any

from apps.noucamp.api.cues import AcknowledgeCueSerializer
from foundation.errors import BadRequest, Retry, TifoError
from foundation.validation.strict import Text
from foundation.validation.strict_json import RepeatedMember, read_json

MAX_CHARACTERS = 16 * 1024
PER_S, AT_ONCE = 20, 40


class BadFrame(BadRequest):
    code = "bad-frame"
    title = "The frame could not be understood"
    meaning = "A frame on a device's socket was not a JSON object in text, or too long."
    remedy = (
        "Send text frames of JSON, as [kiosks and their devices](/docs/reference/devices) "
        "describes them."
    )
    retry = Retry.NO


class TooManyFrames(TifoError):
    status = 429
    code = "too-many-frames"
    title = f"A device sends at most {PER_S} frames a second"
    meaning = (
        "The device sent frames faster than a device may, for longer than its burst; the socket "
        "was closed."
    )
    remedy = "Connect again and put readings together: a device needs a few frames a second."
    retry = Retry.YES


class AckFrameSerializer(AcknowledgeCueSerializer):
    cue = Text(max_length=40)


def parse(text: str | None) -> dict[str, Any]:
    """The object in a text frame; raises BadFrame for anything else, binary frames too."""
    if text is None or len(text) > MAX_CHARACTERS:
        raise BadFrame(f"Send text frames of at most {MAX_CHARACTERS} characters.")
    try:
        frame = read_json(text)
    except RepeatedMember as error:
        raise BadFrame(str(error)) from error
    except ValueError as error:
        raise BadFrame("Not JSON.") from error
    if not isinstance(frame, dict):
        raise BadFrame("Send a JSON object.")
    return frame
