"""Files where samples are meant: encoded sound, told by its first bytes.

Any bytes are valid PCM, so a file would be scored as noise. Each signature fixes at least 38 bits,
mostly of samples at half of full scale: one in 10^11 first frames of random bytes would be taken
for a file, and only the first frame of a stream or a post is looked at.
"""

import re
from binascii import Error as NotBase64
from binascii import a2b_base64
from typing import Final

from foundation.errors import BadRequest, Fact, Retry

LOOKED_AT: Final = 640  # bytes: the samples of one frame

# RFC 9639 section 8, RFC 3533, ID3v2.4, RFC 8794, ISO 14496-12, EBU Tech 3306, Apple's CAF and AIFF
_SIGNATURES: Final = re.compile(
    rb"""(?P<FLAC>fLaC[\x00\x80]\x00\x00\x22)
    |(?P<WAV>(?:RIFF|RIFX|RF64|BW64)....WAVE)
    |(?P<Ogg>OggS\x00\x02)
    |(?P<MP3>ID3[\x02-\x04][\x00-\x0a][\x00\x10\x20\x40\x60\x80\xc0][\x00-\x7f]{4})
    |(?P<MP4>\x00\x00..ftyp)
    |(?P<WebM>\x1a\x45\xdf\xa3.{0,64}?\x42\x82)
    |(?P<AIFF>FORM....AIF[FC])
    |(?P<CAF>caff\x00\x01)""",
    re.DOTALL | re.VERBOSE,
)
_MPEG_1_KBPS: Final = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_MPEG_2_KBPS: Final = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_MPEG_1_HZ: Final = (44_100, 48_000, 32_000)
_FIRST_FRAME_TAG: Final = re.compile(rb"Xing|Info|VBRI")


class EncodedAudio(BadRequest):
    code = "encoded-audio"
    title = "These are the bytes of a sound file, where samples are meant"
    meaning = (
        "The first frame begins as a sound file does. A live session takes samples, and would have "
        "scored, and metered, the file's bytes as noise. Nothing was heard or metered."
    )
    remedy = (
        "Decode the file and send PCM16, mono, at 16 kHz: `stream.play(file)` of the Python client "
        "does that ([the live socket](/docs/reference/live-socket))."
    )
    retry = Retry.NO
    members = {
        "recognised": Fact("FLAC", "the kind of file that the bytes begin as"),
    }


def check_samples(start: bytes) -> None:
    """Raises EncodedAudio when these first bytes of what should be PCM are those of a file."""
    found = recognised(start)
    if found is not None:
        raise EncodedAudio(
            f"This begins as {found} does. Decode it, and send its samples: PCM16, little-endian, "
            f"mono, at 16000 Hz.",
            recognised=found,
        )


def check_text(text: str) -> None:
    """Raises EncodedAudio for a sound file in base64."""
    try:
        start = a2b_base64(text[: LOOKED_AT // 3 * 4])
    except (NotBase64, ValueError):
        return
    check_samples(start)


def recognised(start: bytes) -> str | None:
    """The name of the container that begins so, if any; `LOOKED_AT` bytes are enough."""
    if start[:1] == b"\xff":
        return _mpeg(start)
    found = _SIGNATURES.match(start)
    return found.lastgroup if found else None


def _mpeg(start: bytes) -> str | None:
    """MP3 or AAC without a tag: its 11 bits of sync are no proof, a second frame in place is."""
    if len(start) < 8:
        return None
    mp3, aac = _mp3_frame_bytes(start), _adts_frame_bytes(start)
    if mp3 and (_follows(start, mp3, 0xFFFF0CCF) or _FIRST_FRAME_TAG.search(start, 13, 44)):
        return "MP3"
    return "AAC" if aac and _follows(start, aac, 0xFFFFFFF0) else None


def _follows(start: bytes, length: int, same: int) -> bool:
    """Whether a header with the `same` bits as the first one's stands where that frame ends."""
    second = start[length : length + 4]
    alike = not (int.from_bytes(start[:4]) ^ int.from_bytes(second)) & same
    return len(second) == 4 and alike


def _mp3_frame_bytes(start: bytes) -> int:
    """The length of a layer III frame by its header (ISO 11172-3, 2.4.1.3); 0 if it is none."""
    version, rate, bitrate = start[1] >> 3 & 3, start[2] >> 2 & 3, start[2] >> 4
    if start[1] & 0xE6 != 0xE2 or version == 1 or rate == 3 or not 0 < bitrate < 15:
        return 0
    first = version == 3
    bits = (_MPEG_1_KBPS if first else _MPEG_2_KBPS)[bitrate - 1] * 1000
    hertz = _MPEG_1_HZ[rate] >> (3 - version if version else 2)
    return (144 if first else 72) * bits // hertz + (start[2] >> 1 & 1)


def _adts_frame_bytes(start: bytes) -> int:
    """The length of an ADTS frame by its header (ISO 13818-7, 6.2); 0 if it is none."""
    if start[1] & 0xF6 != 0xF0 or start[2] >> 2 & 15 > 12:
        return 0
    length = (start[3] & 3) << 11 | start[4] << 3 | start[5] >> 5
    return length if length > 7 else 0  # the header's own
