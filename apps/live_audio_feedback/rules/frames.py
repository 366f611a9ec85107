"""One audio frame on the wire: 16 bytes of header, little-endian, and 20 ms of PCM16 at 16 kHz."""

import struct
from collections.abc import Sequence
from typing import Final, NamedTuple

from apps.live_audio_feedback.rules.encoded import LOOKED_AT, check_samples
from audio.crowd import FRAME_SAMPLES, SAMPLE_RATE
from foundation.errors import BadRequest, Retry

VERSION: Final = 1
PCM16: Final = 1
HEADER: Final = struct.Struct("<BBHIQ")
_FORM: Final = struct.pack("<BBH", VERSION, PCM16, 0)
_STAMP: Final = struct.Struct("<IQ")
PAYLOAD_BYTES: Final = FRAME_SAMPLES * 2
FRAME_BYTES: Final = HEADER.size + PAYLOAD_BYTES
FRAME_SECONDS: Final = FRAME_SAMPLES / SAMPLE_RATE
MOST_AT_ONCE: Final = 100
MOST_IN_MESSAGE: Final = 10  # of a socket: 200 ms


class MalformedFrame(BadRequest):
    code = "malformed-frame"
    title = "A frame is not of the form that the protocol asks for"
    meaning = "A frame of audio has the wrong length, number or encoding for this protocol."
    remedy = (
        "Send frames as [the live socket](/docs/reference/live-socket) describes them; the Python "
        "client cuts sound into frames by itself."
    )
    retry = Retry.NO


class Stamp(NamedTuple):
    """What a frame says of itself: its number, and its sender's clock in microseconds."""

    seq: int
    t_us: int


def read_stamp(frame: bytes) -> tuple[int, int]:
    """The stamp (seq, t_us) of a well-formed frame of `FRAME_BYTES`.

    Raises MalformedFrame and says why, or EncodedAudio where the bytes of a file came instead.
    """
    if len(frame) != FRAME_BYTES:
        check_samples(frame)
        raise MalformedFrame(
            f"A frame is {FRAME_BYTES} bytes long: {HEADER.size} of header and {PAYLOAD_BYTES} of "
            f"PCM16 mono at {SAMPLE_RATE} Hz; this one has {len(frame)}."
        )
    if not frame.startswith(_FORM):
        check_samples(frame)
        version, codec, flags, _, _ = HEADER.unpack_from(frame)
        raise MalformedFrame(
            f"Version {VERSION}, codec {PCM16} and flags 0 are understood; "
            f"this frame says version {version}, codec {codec}, flags {flags}."
        )
    seq, t_us = _STAMP.unpack_from(frame, len(_FORM))
    return seq, t_us  # Fifty a second for each stream: a Stamp would take as long as all the rest.


def of_message(message: bytes) -> Sequence[bytes]:
    """The 1 to `MOST_IN_MESSAGE` frames of a socket's message, looked into no further than that.

    Raises MalformedFrame, or EncodedAudio for the bytes of a file.
    """
    if len(message) == FRAME_BYTES:
        return (message,)
    count, rest = divmod(len(message), FRAME_BYTES)
    if rest or not 1 <= count <= MOST_IN_MESSAGE:
        check_samples(message)
        raise MalformedFrame(
            f"A message holds 1 to {MOST_IN_MESSAGE} frames of {FRAME_BYTES} bytes: "
            f"{HEADER.size} of header and {PAYLOAD_BYTES} of PCM16 mono at {SAMPLE_RATE} Hz; "
            f"this one has {len(message)} bytes."
        )
    return _cut(message)


def _cut(body: bytes) -> list[bytes]:
    return [body[at : at + FRAME_BYTES] for at in range(0, len(body), FRAME_BYTES)]


def split(body: bytes) -> list[bytes]:
    """The 1 to `MOST_AT_ONCE` frames that lie one after another.

    Raises MalformedFrame, or EncodedAudio for the bytes of a file, in frames or without.
    """
    count, rest = divmod(len(body), FRAME_BYTES)
    if rest or not 1 <= count <= MOST_AT_ONCE:
        check_samples(body[:LOOKED_AT])
        raise MalformedFrame(
            f"Send 1 to {MOST_AT_ONCE} whole frames of {FRAME_BYTES} bytes; "
            f"these are {len(body)} bytes."
        )
    frames = _cut(body)
    for frame in frames:
        read_stamp(frame)
    check_first(frames)
    return frames


def check_first(frames: Sequence[bytes]) -> None:
    """Raises EncodedAudio when a file begins in these frames, the first of a stream or a post."""
    looked_at = frames[: -(-LOOKED_AT // PAYLOAD_BYTES)]
    check_samples(b"".join(frame[HEADER.size :] for frame in looked_at))
