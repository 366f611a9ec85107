"""The time-frequency pictures that the rest of the timeline reads: log-mel and chroma frames."""

from collections.abc import Iterator
from functools import cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.fft import rfft

Frames = NDArray[np.float32]

RATE = 24_000  # every sound is brought to this rate first: 100 frames a second without a remainder
FRAME_RATE = 100
HOP = RATE // FRAME_RATE
WINDOW = 1_024  # 43 ms: one kick drum, two mel bands below 100 Hz
CHROMA_RATE = 10
CHROMA_WINDOW = 8_192  # 2.9 Hz a bin: semitones apart down to 100 Hz
MEL_BANDS = 48
_BLOCK_FRAMES = 1_000


def log_mel(mono: NDArray[np.float32]) -> Frames:
    """(frames, MEL_BANDS) of log10(1 + 1000 * magnitude / peak) at FRAME_RATE, from RATE sound.

    Frame i is centred on i / FRAME_RATE seconds; the level of the sound as a whole cancels out.
    """
    filters = mel_filters()
    mel = np.concatenate([block @ filters for block in _magnitudes(mono, WINDOW, HOP)])
    peak = np.quantile(mel, 0.999)
    if peak <= 0:
        return np.zeros_like(mel)
    compressed: Frames = np.log10(1 + mel * np.float32(1_000 / peak))
    return compressed


def chroma(mono: NDArray[np.float32]) -> Frames:
    """(frames, 12) energies of the pitch classes C-B at CHROMA_RATE, compressed, not normalised."""
    filters = _chroma_filters()
    blocks = _magnitudes(mono, CHROMA_WINDOW, RATE // CHROMA_RATE)
    return np.concatenate([np.sqrt(block) @ filters for block in blocks])


@cache
def mel_filters() -> NDArray[np.float32]:
    """Triangles (bins, MEL_BANDS) from 30 Hz to 11 kHz, equal steps on Slaney's mel curve."""
    edges = _mel_to_hertz(np.linspace(_hertz_to_mel(30.0), _hertz_to_mel(11_000.0), MEL_BANDS + 2))
    bins = np.fft.rfftfreq(WINDOW, 1 / RATE)[:, None]
    width = np.diff(edges)
    rise = (bins - edges[1:-1]) / width[:-1] + 1
    fall = 1 - (bins - edges[1:-1]) / width[1:]
    triangles = np.clip(np.minimum(rise, fall), 0, 1)
    return np.asarray(triangles / triangles.sum(axis=0), dtype=np.float32)


def mel_centres() -> NDArray[np.float64]:
    """Centre frequencies of the bands, in Hz."""
    mels = np.linspace(_hertz_to_mel(30.0), _hertz_to_mel(11_000.0), MEL_BANDS + 2)
    return _mel_to_hertz(mels)[1:-1]


@cache
def _chroma_filters() -> NDArray[np.float32]:
    """Weights (bins, 12): Gaussians of half a semitone around each pitch from 80 Hz to 2 kHz."""
    hertz = np.fft.rfftfreq(CHROMA_WINDOW, 1 / RATE)[1:]
    pitch = 69 + 12 * np.log2(hertz / 440)
    distance = (pitch[:, None] - np.arange(12) + 6) % 12 - 6
    weights = np.exp(-0.5 * (distance / 0.35) ** 2)
    weights *= ((hertz > 80) & (hertz < 2_000))[:, None]
    return np.concatenate([np.zeros((1, 12)), weights], dtype=np.float32)


def _magnitudes(mono: NDArray[np.float32], window: int, hop: int) -> Iterator[Frames]:
    """Blocks of windowed spectra, frame i centred on sample i * hop; at least one frame."""
    frames = len(mono) // hop + 1
    padded = np.pad(mono, (window // 2, window))
    taper = np.hanning(window + 1)[:-1].astype(np.float32)
    for first in range(0, frames, _BLOCK_FRAMES):
        count = min(_BLOCK_FRAMES, frames - first)
        segment = padded[first * hop : (first + count - 1) * hop + window]
        blocks = sliding_window_view(segment, window)[::hop]
        yield np.abs(rfft(blocks * taper, axis=1, workers=1))


def _hertz_to_mel(hertz: float) -> float:
    """Slaney's curve: linear to 1 kHz (15 mels), then 27 mels a factor of 6.4."""
    if hertz < 1_000:
        return hertz * 3 / 200
    return 15 + 27 * float(np.log(hertz / 1_000) / np.log(6.4))


def _mel_to_hertz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(mel < 15, mel * 200 / 3, 1_000 * 6.4 ** ((mel - 15) / 27))
