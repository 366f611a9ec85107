"""What a window sounds like from 300 to 3,400 Hz, where a telephone hears and hum and wind do not.

Two measures look beyond that band, to tell a wide microphone's rain from applause: `flatness` and
`treble`. All but the powers are ratios, so a change of gain does not move them.
"""

import numpy as np

from audio.crowd.spectrum import (
    FLATNESS_BINS,
    FRAME_SAMPLES,
    FREQUENCIES_HZ,
    LEAST_POWER,
    LEAST_SHARE,
    Float32Array,
    Window,
    a_weighting,
    band,
    bursts,
    fine_structure,
    flatness,
    power_spectrum,
    ratio_db,
    voicing,
)

# The columns of `Window.timbre`. Shares are of the power at 300-3,400 Hz.
# low (300-600 Hz), clap (1-3.4 kHz): shares, 0 to 1. centroid: of 300-3,400 Hz, in Hz.
# effort: 600-2,500 Hz over 300-600 Hz in dB.
# flatness, evenness: geometric over arithmetic mean of 300-7,000 Hz and of 300-3,400 Hz.
# voicing, bursts, persistence: as in `audio.crowd.spectrum`, voicing from 300-3,400 Hz alone.
# treble, rumble: the power of 4-8 kHz (on a telephone nothing) and of what lies below 150 Hz over
#   that of 300-3,400 Hz, at most 20 each.
MEASURES = (
    "low",
    "clap",
    "centroid",
    "effort",
    "flatness",
    "evenness",
    "voicing",
    "bursts",
    "persistence",
    "treble",
    "rumble",
)
# The vocal band (of all shares), that of flatness, effort's upper, low, clap, treble, rumble.
BANDS_HZ = (
    *((300, 3400), (300, 7000), (600, 2500), (300, 600), (1000, 3400)),
    *((4000, 8001), (0, 150)),
)
MOST_BEYOND = np.float32(20)
# One matrix product gives every sum over the spectrum: (n, 257) @ (257, 9).
SUMS = np.stack(
    [a_weighting(), *(band(*edges) for edges in BANDS_HZ), FREQUENCIES_HZ * band(*BANDS_HZ[0])],
    axis=1,
).astype(np.float32)
EVENNESS_BINS = slice(10, 109)  # the bins of 300-3,400 Hz
PARTIAL_BINS = slice(10, 138)  # 310 Hz to 4.3 kHz: as many as `audio.crowd.spectrum` takes


def measure(windows: Float32Array, earlier_partials: Float32Array) -> Window:
    """Measure n windows of shape (n, 512); `earlier_partials` is (n, 122), of three frames ago."""
    spectrum = power_spectrum(windows)
    sums: Float32Array = spectrum @ SUMS
    total = np.maximum(sums[:, 1:2], LEAST_POWER)
    logarithms = np.log(spectrum[:, : FLATNESS_BINS.stop] / total + LEAST_SHARE)
    partials = fine_structure(logarithms[:, PARTIAL_BINS])
    shares: Float32Array = np.divide(sums[:, 1:], total)
    timbre = np.empty((len(windows), len(MEASURES)), dtype=np.float32)
    timbre[:, :2] = shares[:, 3:5]
    timbre[:, 2] = shares[:, 7]
    timbre[:, 3] = ratio_db(shares[:, 2], shares[:, 3])
    timbre[:, 4] = flatness(logarithms[:, FLATNESS_BINS], shares[:, 1])
    timbre[:, 5] = flatness(logarithms[:, EVENNESS_BINS], shares[:, 0])
    timbre[:, 6] = voicing(spectrum, EVENNESS_BINS)
    timbre[:, 7] = bursts(windows)
    timbre[:, 8] = np.vecdot(partials, earlier_partials)
    timbre[:, 9:] = np.minimum(shares[:, 5:7], MOST_BEYOND)
    newest = windows[:, -FRAME_SAMPLES:]
    power = np.vecdot(newest, newest) / np.float32(FRAME_SAMPLES)
    return Window(power, sums[:, 0], sums[:, 1], timbre, partials)
