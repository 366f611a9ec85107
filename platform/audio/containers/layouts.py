"""How containers other than WAVE order their channels, by the tables of their specifications."""

from audio.speakers import Speaker, Speakers, assumed, masked, named

# Vorbis I, section 4.3.9, which RFC 7845's mapping family 1 takes over for Opus.
_VORBIS = {
    3: "FL FC FR",
    4: "FL FR BL BR",
    5: "FL FC FR BL BR",
    6: "FL FC FR BL BR LFE",
    7: "FL FC FR SL SR BC LFE",
    8: "FL FC FR SL SR BL BR LFE",
}
# Apple's ALACMagicCookieDescription: the order in which a frame holds its elements.
_ALAC = {
    3: "FC FL FR",
    4: "FC FL FR BC",
    5: "FC FL FR BL BR",
    6: "FC FL FR BL BR LFE",
    7: "FC FL FR BL BR BC LFE",
    8: "FC FLC FRC FL FR BL BR LFE",
}
# Apple's CoreAudioTypes, kAudioChannelLayoutTag: the upper half of the tag. Ls and Rs are its
# surrounds, Rls and Rrs the rear pair beside them, which makes sides of the first.
_TAGS = {
    100: "FC",
    101: "FL FR",
    108: "FL FR BL BR",
    109: "FL FR BL BR FC",
    110: "FL FR BL BR FC BC",
    111: "FL FR BL BR FC BC SL SR",
    113: "FL FR FC",
    114: "FC FL FR",
    115: "FL FR FC BC",
    116: "FC FL FR BC",
    117: "FL FR FC BL BR",
    118: "FL FR BL BR FC",
    119: "FL FC FR BL BR",
    120: "FC FL FR BL BR",
    121: "FL FR FC LFE BL BR",
    122: "FL FR BL BR FC LFE",
    123: "FL FC FR BL BR LFE",
    124: "FC FL FR BL BR LFE",
    125: "FL FR FC LFE BL BR BC",
    126: "FL FR FC LFE BL BR FLC FRC",
    127: "FC FLC FRC FL FR BL BR LFE",
    128: "FL FR FC LFE SL SR BL BR",
    129: "FL FR BL BR FC LFE FLC FRC",
    131: "FL FR BC",
    132: "FL FR BL BR",
    133: "FL FR LFE",
    134: "FL FR LFE BC",
    135: "FL FR LFE BL BR",
    136: "FL FR FC LFE",
    137: "FL FR FC LFE BC",
    138: "FL FR BL BR LFE",
    139: "FL FR BL BR FC BC",
    140: "FL FR SL SR FC BL BR",
    141: "FC FL FR BL BR BC",
    142: "FC FL FR BL BR BC LFE",
    143: "FC FL FR SL SR BL BR",
    144: "FC FL FR SL SR BL BR BC",
    148: "FL FR BL BR FC FLC FRC",
}
_BY_DESCRIPTION, _BY_MASK = 0, 1 << 16
_DESCRIPTION = 20  # bytes: the label, flags and three coordinates
_REAR = {33: "BL", 34: "BR"}


def vorbis(channels: int) -> Speakers:
    """Of Vorbis, and of Opus in mapping families 0 and 1."""
    return named(_VORBIS[channels]) if channels in _VORBIS else assumed(channels)


def opus(family: int, channels: int) -> Speakers:
    """RFC 7845, section 5.1.1: other families than 0 and 1 name no loudspeakers."""
    return vorbis(channels) if family in {0, 1} else (None,) * channels


def alac(channels: int) -> Speakers:
    return named(_ALAC[channels]) if channels in _ALAC else assumed(channels)


def core_audio(chunk: bytes, channels: int) -> Speakers | None:
    """What the channel layout chunk of CAF ("chan") or AIFF ("CHAN") says; None for nothing.

    Its bits are those of WAVE's mask, and its labels are one more than those.
    """
    if len(chunk) < 12:
        return None
    tag, mask, count = (int.from_bytes(chunk[at : at + 4], "big") for at in (0, 4, 8))
    if tag == _BY_MASK:
        return masked(mask, channels)
    if tag == _BY_DESCRIPTION:
        return _described(chunk, min(count, channels), channels)
    found = named(_TAGS.get(tag >> 16, ""))
    return found if len(found) == channels else None


def _described(chunk: bytes, count: int, channels: int) -> Speakers | None:
    starts = range(12, 12 + count * _DESCRIPTION, _DESCRIPTION)
    labels = [int.from_bytes(chunk[at : at + 4], "big") for at in starts]
    if len(labels) < channels or 0 in labels:
        return None
    two_pairs = any(label in _REAR for label in labels)
    return tuple(_labelled(label, two_pairs) for label in labels)


def _labelled(label: int, two_pairs: bool) -> Speaker | None:
    if label in _REAR:
        return named(_REAR[label])[0]
    if two_pairs and label in {5, 6}:
        return named({5: "SL", 6: "SR"}[label])[0]
    return Speaker(label - 1) if 1 <= label <= len(Speaker) else None
