"""The arousal arc: how excited the music sounds, by a fixed formula, twice a second.

It is a description of the sound, not a listener's rating: see docs/reference/timeline.md.
"""

import numpy as np
from scipy.ndimage import uniform_filter1d

from audio.timeline.loudness import CURVE_RATE, FLOOR_LUFS
from audio.timeline.onsets import Curve, Onsets
from audio.timeline.spectrum import FRAME_RATE, Frames, mel_centres

RATE = 2
SPAN_SECONDS = 1.5  # the window of every part: a bar or so, short enough to turn with a section
LOUDNESS, ACTIVITY, BRIGHTNESS, TEMPO = 0.5, 0.25, 0.15, 0.1  # weights
_LOUDNESS_RANGE = (-45.0, -8.0)  # LUFS
_ACTIVITY_RANGE = (0.0, 0.12)  # mean flux per frame, units of log-mel
_BRIGHTNESS_RANGE = (np.log2(300.0), np.log2(3_000.0))  # spectral centroid
_TEMPO_RANGE = (np.log2(60.0), np.log2(180.0))
_CALM_BPM = 60.0  # what counts where no beat was found


def arc(momentary: Curve, mel: Frames, onsets: Onsets, beats: Curve, duration: float) -> Curve:
    """0-1 at RATE; value i describes the 1.5 s centred on i / RATE.

    A = 0.5 L + 0.25 O + 0.15 B + 0.1 T, each part clipped to 0-1 over its range: L loudness
    (mean of the momentary curve), O onset activity (mean spectral flux), B brightness (log
    spectral centroid), T tempo (log of the local beat rate). Silence is 0: A is faded with L.
    """
    times = np.arange(int(duration * RATE)) / RATE
    level = _smooth(momentary, CURVE_RATE, times, empty=FLOOR_LUFS)
    loud = _share(level, *_LOUDNESS_RANGE)
    total = (
        LOUDNESS * loud
        + ACTIVITY * np.sqrt(_share(_smooth(onsets.flux, FRAME_RATE, times), *_ACTIVITY_RANGE))
        + BRIGHTNESS * _share(_brightness(mel, times), *_BRIGHTNESS_RANGE)
        + TEMPO * _share(np.log2(_local_bpm(beats, times)), *_TEMPO_RANGE)
    )
    return np.asarray(total * np.minimum(loud * 5, 1.0))


def _smooth(curve: Curve, rate: int, times: Curve, empty: float = 0.0) -> Curve:
    if len(curve) == 0:
        return np.full(len(times), empty)
    mean = uniform_filter1d(curve, int(SPAN_SECONDS * rate), mode="nearest")
    return np.asarray(mean[np.minimum(np.round(times * rate).astype(int), len(curve) - 1)])


def _brightness(mel: Frames, times: Curve) -> Curve:
    """Log2 of the spectral centroid, weighted by the energy of the frames."""
    energy = np.expm1(mel * np.log(10.0))
    weight = _smooth(energy.sum(axis=1), FRAME_RATE, times)
    moment = _smooth(energy @ mel_centres(), FRAME_RATE, times)
    return np.asarray(np.log2(np.maximum(moment / np.maximum(weight, 1e-9), 1.0)))


def _local_bpm(beats: Curve, times: Curve) -> Curve:
    if len(beats) < 2:
        return np.full(len(times), _CALM_BPM)
    gaps = np.clip(np.diff(beats), 0.2, 2.0)
    return np.asarray(np.interp(times, (beats[1:] + beats[:-1]) / 2, 60 / gaps))


def _share(values: Curve, low: float, high: float) -> Curve:
    return np.clip((values - low) / (high - low), 0.0, 1.0)
