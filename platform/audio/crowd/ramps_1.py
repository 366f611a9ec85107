"""`ramps-1`, the first version of the crowd score: frozen. What would change it is a new version.

Each ramp stands between the values measured on recordings (or, for booing and chants, on synthesis)
of the one and the other sound.
"""

from audio.crowd import spectrum
from audio.crowd.likelihoods import Likelihoods, Ramp, Ramps
from audio.crowd.rhythm import rhythm
from audio.crowd.spectrum import MEASURES, Float32Array, measure
from audio.crowd.version import COMMON, Version, numbers

# What a stream's memory holds: the measures of a window averaged over about a second, and
# flutter: the spread of the vocal band's level about its recent mean, in dB.
# rhythm: 0 to 1, see audio.crowd.rhythm.
# unrest: flutter * (1 - rhythm^2), the flutter that no beat explains.
HEARD = (*MEASURES, "flutter", "unrest", "rhythm")

RAMPS: Ramps = {
    # Noise of 1-6 kHz in bursts, even or else in time.
    "applause": (
        Ramp("voicing", 0.24, 0.18),
        Ramp("clap", 0.40, 0.60),
        Ramp("centroid", 900, 1150),
        Ramp("centroid", 2500, 2100),
        Ramp("flatness", 0.27, 0.19),
        Ramp("bursts", 0.30, 0.38),
        Ramp("unrest", 7.0, 5.0),
    ),
    # Many raised voices: energy at 600-2500 Hz, tonal, gliding, nobody alone.
    "cheer": (
        Ramp("effort", 3.0, 7.0),
        Ramp("centroid", 600, 750),
        Ramp("centroid", 1900, 1500),
        Ramp("flatness", 0.10, 0.06),
        Ramp("voicing", 0.145, 0.175),
        Ramp("voicing", 0.60, 0.45),
        Ramp("persistence", 0.60, 0.50),
        Ramp("rumble", 0.45, 0.25),
        Ramp("flutter", 6.0, 4.5),
    ),
    # Many low, closed vowels held: energy at 150-600 Hz, tonal, even, gliding.
    "boo": (
        Ramp("low", 0.62, 0.82),
        Ramp("centroid", 600, 450),
        Ramp("rumble", 0.35, 0.20),
        Ramp("voicing", 0.18, 0.23),
        Ramp("voicing", 0.60, 0.50),
        Ramp("persistence", 0.45, 0.30),
        Ramp("flatness", 0.08, 0.04),
        Ramp("flutter", 4.0, 3.0),
    ),
    # One voice: clearly periodic, not shouted, in syllables with pauses.
    "speech": (
        Ramp("voicing", 0.38, 0.50),
        Ramp("effort", 9.0, 4.0),
        Ramp("centroid", 250, 350),
        Ramp("persistence", 0.50, 0.30),
        Ramp("flutter", 4.0, 6.0),
    ),
    # Raised voices, not one alone, on a beat of 0.5 to 3 Hz.
    "chant": (
        Ramp("rhythm", 0.35, 0.60),
        Ramp("effort", 0.0, 5.0),
        Ramp("centroid", 1800, 1400),
        Ramp("voicing", 0.20, 0.26),
        Ramp("voicing", 0.62, 0.50),
        Ramp("flatness", 0.12, 0.06),
        Ramp("persistence", 0.75, 0.60),
        Ramp("rumble", 0.45, 0.25),
    ),
}


def pulses(envelopes: Float32Array) -> Float32Array:
    """(n, 1): the rhythm of envelopes (n, 100)."""
    return rhythm(envelopes)[:, None]


RAMPS_1 = Version(
    name="ramps-1",
    measures=MEASURES,
    heard=HEARD,
    ramps=RAMPS,
    measure=measure,
    pulses=pulses,
    likelihoods=Likelihoods(RAMPS, HEARD),
    sounds=tuple(RAMPS),
    constants={
        **COMMON,
        **numbers(spectrum, "BANDS_HZ", "FLATNESS_BINS", "VOICE_BINS", "PARTIAL_BINS"),
    },
)
