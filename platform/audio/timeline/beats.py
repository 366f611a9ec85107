"""Beat times: the path that hits onsets and keeps the tempo, by dynamic programming."""

import numpy as np
from numpy.typing import NDArray

from audio.timeline.onsets import Curve
from audio.timeline.spectrum import FRAME_RATE

TRACK_RATE = FRAME_RATE // 2  # 20 ms steps find the path; refinement brings back the precision
TIGHTNESS = 400.0  # four times that of the paper: the tempo moves with its own path
_SEARCH_FRAMES = 3  # a refined beat stays within 30 ms of the path
_SURE_STRENGTH = 0.3  # deviations: below it there is no peak worth moving to
_LEAST_CONFIDENCE = 0.15


def track(strength: Curve, bpm: Curve) -> Curve:
    """Beats in seconds, given onset strength at FRAME_RATE and a tempo for each of its frames.

    Ellis, "Beat tracking by dynamic programming", JNMR 2007, with a tempo that may move: the score
    of a beat is its onset strength plus the best earlier beat, less TIGHTNESS * log(gap/period)^2.
    """
    ratio = FRAME_RATE // TRACK_RATE
    steps = len(strength) // ratio
    if steps == 0:
        return np.zeros(0)
    pooled = strength[: steps * ratio].reshape(steps, ratio).max(axis=1)
    periods = np.maximum(60 * TRACK_RATE / bpm[: steps * ratio : ratio], 4.0)
    return _refine(strength, _best_path(pooled, periods) * ratio)


def _best_path(strength: Curve, periods: Curve) -> NDArray[np.intp]:
    # Periods are quantised to 1 % so that their penalties can be tabulated.
    classes = np.round(np.log(periods) * 100).astype(int)
    tables = {int(key): _penalties(float(np.exp(key / 100))) for key in np.unique(classes)}
    reach = max(first for first, _ in tables.values())
    total = np.zeros(len(strength) + reach)  # `reach` empty steps before the sound
    back = np.full(len(strength), -1, dtype=np.intp)
    for step, key in enumerate(classes.tolist()):
        first, penalty = tables[key]
        start = step + reach - first
        arrivals = total[start : start + len(penalty)] + penalty
        best = int(arrivals.argmax())
        gain = arrivals[best]
        total[step + reach] = strength[step] + max(gain, 0.0)
        if gain > 0:
            back[step] = start + best - reach
    return _trace(total[reach:], back, int(periods[-1]))


def _penalties(period: float) -> tuple[int, Curve]:
    """The largest gap looked at, in steps, and the penalties from that gap down to half a beat."""
    gaps = np.arange(int(2 * period), int(period / 2), -1)
    return int(gaps[0]), -TIGHTNESS * np.log(gaps / period) ** 2


def _trace(total: Curve, back: NDArray[np.intp], last_period: int) -> NDArray[np.intp]:
    tail = total[-last_period:]
    step = len(total) - len(tail) + int(tail.argmax())
    path = []
    while step >= 0:
        path.append(step)
        step = int(back[step])
    return np.array(path[::-1], dtype=np.intp)


def _refine(strength: Curve, frames: NDArray[np.intp]) -> Curve:
    """Seconds: each beat moved to the top of the parabola through its nearest peak, if any."""
    around = frames[:, None] + np.arange(-_SEARCH_FRAMES, _SEARCH_FRAMES + 2)
    inside = np.clip(around, 1, len(strength) - 2)
    peak = inside[np.arange(len(frames)), strength[inside].argmax(axis=1)]
    left, top, right = strength[peak - 1], strength[peak], strength[peak + 1]
    bend = left - 2 * top + right
    is_peak = (top >= left) & (top >= right) & (top > _SURE_STRENGTH) & (bend < 0)
    shift = np.where(is_peak, (left - right) / (2 * np.where(is_peak, bend, -1.0)), 0.0)
    return np.asarray(np.where(is_peak, peak + shift, frames) / FRAME_RATE)


def confidence(strength: Curve, beats: Curve) -> Curve:
    """0-1 for each beat: s / (1 + s) of the onset strength s within 30 ms of it."""
    frames = np.round(beats * FRAME_RATE).astype(int)[:, None]
    around = frames + np.arange(-_SEARCH_FRAMES, _SEARCH_FRAMES + 1)
    peak = strength[np.clip(around, 0, len(strength) - 1)].max(axis=1)
    return np.asarray(peak / (1 + peak))


def heard(confidences: Curve) -> slice:
    """The beats from the first to the last that an onset supports: a path runs on through the
    silence before and after the music."""
    sure = np.flatnonzero(confidences >= _LEAST_CONFIDENCE)
    return slice(int(sure[0]), int(sure[-1]) + 1) if len(sure) else slice(0, 0)
