"""What one 32 ms window of sound looks like: shares of bands, colour, noisiness, voice.

Every measure but the three powers is a ratio, so a change of gain does not move it.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

SAMPLE_RATE = 16_000
FRAME_SAMPLES = 320
WINDOW_SAMPLES = 512
BINS = WINDOW_SAMPLES // 2 + 1
FREQUENCIES_HZ = np.fft.rfftfreq(WINDOW_SAMPLES, 1 / SAMPLE_RATE)

Float32Array = npt.NDArray[np.float32]
Float64Array = npt.NDArray[np.float64]

# The columns of `Window.timbre`.
# rumble (below 150 Hz), low (150-600 Hz), clap (1-6 kHz): shares of the power, 0 to 1.
# centroid: Hz.
# effort: 600-2500 Hz over 150-600 Hz in dB; vocal effort moves a voice's energy upwards
#   (Traunmueller and Eriksson, 2000, "Acoustic effects of variation in vocal effort").
# flatness: geometric over arithmetic mean of 300 Hz-7 kHz, about 0.55 for white noise.
# voicing: the highest peak of the compressed autocorrelation (Tolonen and Karjalainen, 2000, "A
#   computationally efficient multipitch analysis model"); 0.13 for noise, 0.7 for one voice.
# bursts: the spread of the 2.5 ms energies within a frame over their mean.
# persistence: correlation of the partials with those of 60 ms ago, -1 to 1; instruments hold a
#   tone, crowds do not.
MEASURES = (
    "rumble",
    "low",
    "clap",
    "centroid",
    "effort",
    "flatness",
    "voicing",
    "bursts",
    "persistence",
)

LEAST_SHARE = np.float32(1e-7)  # -70 dB: keeps the logarithms of empty bins finite
LEAST_EFFORT_SHARE = np.float32(1e-4)
LEAST_POWER = np.float32(1e-12)  # -120 dBFS
BURST_SAMPLES = 40  # 2.5 ms, shorter than one clap
BURSTS = FRAME_SAMPLES // BURST_SAMPLES
VOICE_LAGS = slice(20, 101)  # 2.5 to 12.5 ms at 8 kHz: voices of 80 to 400 Hz
VOICE_BINS = slice(4, BINS // 2 + 1)  # 125 Hz to 4 kHz
COMB_BINS = 3
PARTIAL_BINS = slice(5, 133)  # 150 Hz to 4.1 kHz
PARTIALS = PARTIAL_BINS.stop - PARTIAL_BINS.start - 2 * COMB_BINS


class Window(NamedTuple):
    """n windows measured. The powers are mean squares relative to full scale, of shape (n,).

    `power` is that of the newest 20 ms; the other two are taken from the whole window's spectrum.
    `timbre` is (n, 9) in the order of `MEASURES`; `partials` is (n, 122), the fine structure of
    each spectrum at unit length, to be handed back to `measure` three frames later.
    """

    power: Float32Array
    a_weighted: Float32Array
    vocal: Float32Array  # 300-4000 Hz
    timbre: Float32Array
    partials: Float32Array


def a_weighting() -> Float64Array:
    """The A curve as a factor on power, 1 at 1 kHz (IEC 61672-1, annex E)."""
    squared = FREQUENCIES_HZ**2
    response = (12194.0**2 * squared**2) / (
        (squared + 20.6**2)
        * np.sqrt((squared + 107.7**2) * (squared + 737.9**2))
        * (squared + 12194.0**2)
    )
    return np.asarray((response * 10 ** (2.0 / 20)) ** 2)


def band(from_hz: float, to_hz: float) -> Float64Array:
    """1 at the bins from `from_hz` on and below `to_hz`, 0 at the others."""
    first, last = np.searchsorted(FREQUENCIES_HZ, (from_hz, to_hz))
    bins = np.zeros(BINS)
    bins[first:last] = 1
    return bins


# The vocal band, those of flatness and effort (its upper and, with `low`, its lower), rumble, clap.
BANDS_HZ = ((300, 4000), (300, 7000), (600, 2500), (0, 150), (150, 600), (1000, 6000))
# One matrix product gives every sum over the spectrum: (n, 257) @ (257, 9).
SUMS = np.stack(
    [np.ones(BINS), a_weighting(), *(band(*edges) for edges in BANDS_HZ), FREQUENCIES_HZ],
    axis=1,
).astype(np.float32)
FLATNESS_BINS = slice(10, 224)  # the bins of 300-7000 Hz
_HANN = np.hanning(WINDOW_SAMPLES + 1)[:-1].astype(np.float32)
# Scales the window so that a row of the spectrum sums to the mean square of its samples.
WINDOW = _HANN * np.float32(np.sqrt(2.0 / (WINDOW_SAMPLES * np.sum(np.square(_HANN)))))
# The window's own autocorrelation, by which longer lags fade; bounded so that they stay finite.
_LAG_FADE = np.fft.irfft(np.abs(np.fft.rfft(_HANN, 2 * WINDOW_SAMPLES)) ** 2)[::2][VOICE_LAGS]
LAG_GAIN = (1 / np.maximum(0.15, _LAG_FADE / np.sum(np.square(_HANN)))).astype(np.float32)


def power_spectrum(windows: Float32Array) -> Float32Array:
    """(n, 257) of n windows of shape (n, 512); a row sums to the mean square of its samples."""
    # NumPy transforms float32 five times slower than float64.
    bins = np.fft.rfft((windows * WINDOW).astype(np.float64), axis=1)
    return (np.square(bins.real) + np.square(bins.imag)).astype(np.float32)


def measure(windows: Float32Array, earlier_partials: Float32Array) -> Window:
    """Measure n windows of shape (n, 512); `earlier_partials` is (n, 122), of three frames ago."""
    spectrum = power_spectrum(windows)
    sums: Float32Array = spectrum @ SUMS
    total = np.maximum(sums[:, :1], LEAST_POWER)
    logarithms = np.log(spectrum / total + LEAST_SHARE)
    partials = fine_structure(logarithms[:, PARTIAL_BINS])
    timbre = np.empty((len(windows), len(MEASURES)), dtype=np.float32)
    shares = np.divide(sums[:, 3:], total)
    timbre[:, :4] = shares[:, 2:]
    timbre[:, 4] = ratio_db(shares[:, 1], shares[:, 3])
    timbre[:, 5] = flatness(logarithms[:, FLATNESS_BINS], shares[:, 0])
    timbre[:, 6] = voicing(spectrum, VOICE_BINS)
    timbre[:, 7] = bursts(windows)
    timbre[:, 8] = np.vecdot(partials, earlier_partials)
    newest = windows[:, -FRAME_SAMPLES:]
    power = np.vecdot(newest, newest) / np.float32(FRAME_SAMPLES)
    return Window(power, sums[:, 1], sums[:, 2], timbre, partials)


def ratio_db(raised: Float32Array, low: Float32Array) -> Float32Array:
    """One share over another, in dB, finite for empty bands."""
    ratio = (raised + LEAST_SHARE) / (low + LEAST_EFFORT_SHARE)
    decibels: Float32Array = np.log10(ratio) * np.float32(10)
    return decibels


def flatness(logarithms: Float32Array, share: Float32Array) -> Float32Array:
    """Geometric over arithmetic mean of the bins (n, bins), whose share of the power is (n,)."""
    each = np.float32(1 / logarithms.shape[1])
    geometric: Float32Array = np.exp(np.add.reduce(logarithms, axis=1) * each)
    geometric /= share * each + LEAST_SHARE
    return geometric


def voicing(spectrum: Float32Array, bins: slice) -> Float32Array:
    """The magnitudes of some bins, at most to 4 kHz, back to lags.

    The compression keeps formants from ruling.
    """
    magnitude = np.zeros((len(spectrum), BINS // 2 + 1), dtype=np.complex64)
    np.sqrt(spectrum[:, bins], out=magnitude.real[:, bins])
    lags = np.fft.irfft(magnitude, axis=1)
    peak: Float32Array = np.maximum.reduce(lags[:, VOICE_LAGS] * LAG_GAIN, axis=1)
    peak /= np.maximum(lags[:, 0], LEAST_POWER)
    return peak


def bursts(windows: Float32Array) -> Float32Array:
    """Over the newest 20 ms, with the bass removed by a first difference."""
    steps = windows[:, -FRAME_SAMPLES:] - windows[:, -FRAME_SAMPLES - 1 : -1]
    pieces = steps.reshape(len(windows), BURSTS, BURST_SAMPLES)
    energy = np.vecdot(pieces, pieces)
    whole = np.maximum(np.add.reduce(energy, axis=1), LEAST_POWER)
    relative = energy / whole[:, None]
    variance: Float32Array = BURSTS * np.vecdot(relative, relative) - 1
    return np.sqrt(np.maximum(variance, np.float32(0)))


def fine_structure(logarithms: Float32Array) -> Float32Array:
    """What stands out from its neighbours three bins away, at unit length."""
    neighbours = logarithms[:, : -2 * COMB_BINS] + logarithms[:, 2 * COMB_BINS :]
    comb = logarithms[:, COMB_BINS:-COMB_BINS] - np.float32(0.5) * neighbours
    length = np.sqrt(np.vecdot(comb, comb))[:, None]
    partials: Float32Array = comb / np.maximum(length, LEAST_POWER)
    return partials
