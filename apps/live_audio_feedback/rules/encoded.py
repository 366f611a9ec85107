"""Files where samples are meant: encoded sound, told by its first bytes.

Any bytes are valid PCM, so a file would be scored as noise. Only the first frame of a stream is
looked at, and the first three of a post.
"""

from binascii import Error as NotBase64
from binascii import a2b_base64
from typing import Final

from audio.containers import sniffing
from foundation.errors import BadRequest, Fact, Retry

LOOKED_AT: Final = sniffing.ENOUGH  # bytes, where so many came; a lone frame has 640
_SPOKEN: Final = {"OGG": "Ogg", "WEBM": "WebM"}


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
        start = a2b_base64(text[: -(-LOOKED_AT // 3) * 4])
    except (NotBase64, ValueError):
        return
    check_samples(start)


def recognised(start: bytes) -> str | None:
    """The name of the container that begins so, if any (see `sniffing.beyond_doubt`)."""
    kind = sniffing.beyond_doubt(start)
    return _SPOKEN.get(kind, kind) if kind else None
