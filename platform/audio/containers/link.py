"""What a walker hands out: stretches of one rate and one count of channels."""

from collections.abc import Callable
from dataclasses import dataclass
from io import IOBase

from audio.speakers import Speakers

MAX_LINKS = 64  # a night's captured stream has a dozen; more is an attack on the decoder


@dataclass(frozen=True, slots=True)
class Link:
    """A stretch of sound that libsndfile reads as one file.

    `frames` are counted at `sample_rate`, or None where only the decoder can tell; `integers` asks
    for 32-bit numbers, which libsndfile turns upside down as floats. Where a decoder gives up among
    so many frames behind those that were taken from it, `resume` tells of both numbers which link
    goes on without the damage, and how many frames of it were taken before; None: it was the
    end that is damaged, and what came before that is good.
    `speakers` are those of the channels in the order in which the file holds them.
    """

    sample_rate: int
    channels: int
    frames: int | None
    open: Callable[[], IOBase]
    integers: bool = False
    resume: Callable[[int, int], "tuple[int, Link] | None"] | None = None
    speakers: Speakers | None = None


@dataclass(frozen=True, slots=True)
class Walked:
    """A file that was walked: its format's public name, and its links in their order."""

    format: str
    links: tuple[Link, ...]
