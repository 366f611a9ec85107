"""Which loudspeaker each channel of a sound is for, as its file says, and what is assumed if not.

The numbers are the bits of WAVE_FORMAT_EXTENSIBLE's channel mask, so their order is that in which
WAVE and FLAC hold channels, and in which samples lie here, whatever file they came from.
"""

from collections.abc import Sequence
from enum import IntEnum


class Speaker(IntEnum):
    """The value is the bit of the mask: 1 << value."""

    FRONT_LEFT = 0
    FRONT_RIGHT = 1
    FRONT_CENTRE = 2
    LFE = 3
    BACK_LEFT = 4
    BACK_RIGHT = 5
    FRONT_LEFT_OF_CENTRE = 6
    FRONT_RIGHT_OF_CENTRE = 7
    BACK_CENTRE = 8
    SIDE_LEFT = 9
    SIDE_RIGHT = 10
    TOP_CENTRE = 11
    TOP_FRONT_LEFT = 12
    TOP_FRONT_CENTRE = 13
    TOP_FRONT_RIGHT = 14
    TOP_BACK_LEFT = 15
    TOP_BACK_CENTRE = 16
    TOP_BACK_RIGHT = 17


# None is a channel of which nothing is said.
Speakers = tuple[Speaker | None, ...]

# As they are written short, by FFmpeg too; "-" is nobody's.
_SHORT = "FL FR FC LFE BL BR FLC FRC BC SL SR TC TFL TFC TFR TBL TBC TBR"
_NAMED = dict(zip(_SHORT.split(), Speaker, strict=True))
_BACK = {Speaker.BACK_LEFT, Speaker.BACK_RIGHT}
_SIDE = {Speaker.SIDE_LEFT, Speaker.SIDE_RIGHT}


def named(text: str) -> Speakers:
    """The speakers by their short names, such as "FL FR FC LFE"; any other name is None."""
    return tuple(_NAMED.get(name) for name in text.split())


# RFC 9639, section 9.1.3, and what WAVE's writers mean where they give no mask.
_ASSUMED = {
    channels: named(text)
    for channels, text in enumerate(
        (
            "FC",
            "FL FR",
            "FL FR FC",
            "FL FR BL BR",
            "FL FR FC BL BR",
            "FL FR FC LFE BL BR",
            "FL FR FC LFE BC SL SR",
            "FL FR FC LFE BL BR SL SR",
        ),
        start=1,
    )
}


def assumed(channels: int) -> Speakers:
    """Where the file says nothing, by the number of channels; over eight are nobody's."""
    return _ASSUMED.get(channels, (None,) * channels)


def masked(mask: int, channels: int) -> Speakers | None:
    """Those of a channel mask; None for one that says nothing.

    Channels beyond its bits are nobody's, bits beyond the channels are passed over (Microsoft's
    WAVEFORMATEXTENSIBLE).
    """
    found = tuple(speaker for speaker in Speaker if mask >> speaker & 1)[:channels]
    return found + (None,) * (channels - len(found)) if found else None


def order(speakers: Speakers) -> list[int]:
    """The channels' indices in WAVE's order, those of nobody last."""
    last = len(Speaker)
    return sorted(
        range(len(speakers)), key=lambda at: last if (known := speakers[at]) is None else known
    )


def weights(speakers: Sequence[Speaker | None]) -> list[float]:
    """What each channel weighs in loudness (ITU-R BS.1770-5, table 4 and annex 3).

    1.41 (+1.5 dB) for loudspeakers at 60 to 120 degrees to the side and below 30 of elevation, 1
    for all others; the LFE is left out. A single pair of surrounds stands at 110 degrees, whether a
    file calls them "side" or "back"; where there are two pairs, the rear one stands behind 120.
    """
    surrounds = _SIDE if _SIDE & set(speakers) else _BACK
    return [
        0.0 if speaker is Speaker.LFE else 1.41 if speaker in surrounds else 1.0
        for speaker in speakers
    ]
