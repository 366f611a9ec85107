"""`ramps-2`: the ramps of `ramps-1` moved to the band that hum, wind and telephones leave alone.

docs/decisions/0037-a-second-crowd-score.md says why each differs. A sound may have several shapes,
the likeliest of which counts; a stream without treble is judged by its narrow shapes.
"""

import numpy as np

from audio.crowd import rhythm as pulsation
from audio.crowd import spectrum, vocal_band
from audio.crowd.likelihoods import Likelihoods, Ramp, Ramps
from audio.crowd.rhythm import rhythm, syllables
from audio.crowd.spectrum import Float32Array
from audio.crowd.version import COMMON, Version, numbers
from audio.crowd.vocal_band import MEASURES, measure

# What a stream's memory holds: `ramps-1` has flutter, unrest and rhythm too.
# pulse, beating: how much of the envelope's movement of the last four seconds is at 4-6.5 Hz, as
#   syllables are (0 to 1), and how far it moves there (about its mean, as a share of it).
HEARD = (*MEASURES, "flutter", "unrest", "rhythm", "pulse", "beating")

# A stream with less treble than this has passed a telephone (0), with more it has not (1).
WIDE = (0.003, 0.008)

_CHEER = (
    Ramp("effort", 4.5, 7.5),
    Ramp("centroid", 600, 750),
    Ramp("centroid", 1900, 1500),
    Ramp("clap", 0.08, 0.12),
    Ramp("voicing", 0.145, 0.175),
    Ramp("voicing", 0.60, 0.45),
    Ramp("persistence", 0.60, 0.50),
    Ramp("flutter", 6.0, 4.5),
    Ramp("pulse", 0.44, 0.34),
)
RAMPS: Ramps = {
    # Noise of 1-3.4 kHz in bursts, even or else in time.
    "applause": (
        Ramp("voicing", 0.22, 0.18),
        Ramp("clap", 0.38, 0.56),
        Ramp("effort", 3.5, 5.5),
        Ramp("centroid", 900, 1150),
        Ramp("centroid", 2300, 2000),
        Ramp("flatness", 0.27, 0.19),
        Ramp("evenness", 0.17, 0.23),
        Ramp("bursts", 0.305, 0.365),
        Ramp("bursts", 1.15, 1.05),
        Ramp("treble", 0.24, 0.12),
        Ramp("unrest", 7.0, 5.0),
    ),
    # A narrow band's noise beats by itself and its flatness beyond the band is not heard.
    "applause, narrow": (
        Ramp("voicing", 0.205, 0.17),
        Ramp("clap", 0.45, 0.58),
        Ramp("effort", 4.5, 6.5),
        Ramp("centroid", 900, 1150),
        Ramp("centroid", 2300, 2000),
        Ramp("evenness", 0.20, 0.26),
        Ramp("bursts", 0.38, 0.412),
        Ramp("bursts", 1.15, 1.05),
        Ramp("unrest", 7.0, 5.0),
    ),
    # A few pairs of hands: sharper bursts than a hall's, and gaps.
    "applause, few": (
        Ramp("voicing", 0.185, 0.165),
        Ramp("clap", 0.36, 0.54),
        Ramp("effort", 3.5, 5.5),
        Ramp("centroid", 900, 1150),
        Ramp("flatness", 0.27, 0.19),
        Ramp("evenness", 0.13, 0.18),
        Ramp("bursts", 0.59, 0.71),
        Ramp("bursts", 1.15, 1.00),
        Ramp("treble", 0.30, 0.20),
        Ramp("unrest", 9.0, 7.5),
    ),
    # Many raised voices: energy at 600-2500 Hz, tonal, gliding, nobody alone.
    "cheer": (
        Ramp("flatness", 0.10, 0.06),
        Ramp("evenness", 0.32, 0.25),
        Ramp("treble", 0.08, 0.04),
        *_CHEER,
    ),
    "cheer, narrow": (Ramp("evenness", 0.29, 0.22), *_CHEER),
    # Many low, closed vowels held: energy at 300-600 Hz, tonal, even, gliding.
    "boo": (
        Ramp("low", 0.62, 0.82),
        Ramp("centroid", 600, 500),
        Ramp("rumble", 12, 8),
        Ramp("voicing", 0.18, 0.23),
        Ramp("voicing", 0.66, 0.57),
        Ramp("persistence", 0.45, 0.30),
        Ramp("evenness", 0.08, 0.04),
        Ramp("flutter", 4.0, 3.0),
    ),
    # The same with mouths opened: energy at 500-1000 Hz, still little above.
    "boo, open": (
        Ramp("effort", 4.8, 6.8),
        Ramp("effort", 11.0, 9.5),
        Ramp("centroid", 620, 690),
        Ramp("centroid", 840, 800),
        Ramp("clap", 0.18, 0.145),
        Ramp("rumble", 12, 8),
        Ramp("voicing", 0.18, 0.22),
        Ramp("voicing", 0.52, 0.42),
        Ramp("persistence", 0.52, 0.44),
        Ramp("evenness", 0.08, 0.05),
        Ramp("flutter", 4.0, 3.0),
        Ramp("beating", 0.20, 0.14),
        Ramp("rhythm", 0.50, 0.35),
    ),
    # One voice: clearly periodic, not shouted, in syllables with pauses.
    "speech": (
        Ramp("voicing", 0.36, 0.47),
        Ramp("effort", 10.0, 6.5),
        Ramp("centroid", 450, 560),
        Ramp("persistence", 0.50, 0.30),
        Ramp("flutter", 4.0, 6.0),
        Ramp("rhythm", 0.65, 0.55),
    ),
    # Raised voices, not one alone, on a beat of 0.5 to 3 Hz.
    "chant": (
        Ramp("rhythm", 0.35, 0.60),
        Ramp("effort", 1.0, 4.8),
        Ramp("centroid", 1800, 1400),
        Ramp("voicing", 0.20, 0.26),
        Ramp("voicing", 0.66, 0.54),
        Ramp("evenness", 0.14, 0.08),
        Ramp("persistence", 0.75, 0.60),
        Ramp("treble", 0.08, 0.04),
    ),
    # Voices in bursts of four to six a second, several and not in words.
    "laughter": (
        Ramp("pulse", 0.26, 0.36),
        Ramp("beating", 0.11, 0.16),
        Ramp("voicing", 0.18, 0.23),
        Ramp("voicing", 0.60, 0.50),
        Ramp("centroid", 1250, 1050),
        Ramp("effort", 2.0, 4.5),
        Ramp("persistence", 0.40, 0.30),
        Ramp("evenness", 0.22, 0.17),
        Ramp("flutter", 7.0, 5.5),
    ),
}
SOUNDS = ("applause", "cheer", "boo", "speech", "chant", "laughter")
_SHAPES = Likelihoods(RAMPS, HEARD)
_TREBLE = HEARD.index("treble")


def likelihoods(heard: Float32Array) -> Float32Array:
    """From (n, 16) in the order of `HEARD` to (n, 6) in that of `SOUNDS`, each 0 to 1.

    What boos does not cheer, and what laughs does neither, nor claps.
    """
    shapes = dict(zip(RAMPS, _SHAPES(heard).T, strict=True))
    least, most = WIDE
    wide = np.clip((heard[:, _TREBLE] - np.float32(least)) * np.float32(1 / (most - least)), 0, 1)
    dense, cheer = (
        wide * shapes[sound] + (1 - wide) * shapes[f"{sound}, narrow"]
        for sound in ("applause", "cheer")
    )
    boo = np.maximum(shapes["boo"], shapes["boo, open"])
    serious = 1 - shapes["laughter"]
    found = {
        **shapes,
        "applause": serious * np.maximum(dense, shapes["applause, few"]),
        "cheer": serious * (1 - boo) * cheer,
        "boo": serious * boo,
    }
    return np.stack([found[sound] for sound in SOUNDS], axis=1)


def pulses(envelopes: Float32Array) -> Float32Array:
    """(n, 3): rhythm, pulse and beating of envelopes (n, 100)."""
    return np.concatenate([rhythm(envelopes)[:, None], syllables(envelopes)], axis=1)


RAMPS_2 = Version(
    name="ramps-2",
    measures=MEASURES,
    heard=HEARD,
    ramps=RAMPS,
    measure=measure,
    pulses=pulses,
    likelihoods=likelihoods,
    sounds=SOUNDS,
    constants={
        **COMMON,
        **numbers(vocal_band, "BANDS_HZ", "MOST_BEYOND", "EVENNESS_BINS", "PARTIAL_BINS"),
        **numbers(spectrum, "FLATNESS_BINS"),
        **numbers(pulsation, "SYLLABLE_TRANSFORM", "SYLLABLE_BINS", "MOVED_BINS"),
        "WIDE": WIDE,
    },
)
