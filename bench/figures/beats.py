"""Beats found in synthetic songs, whose true beats are known."""

import itertools
from collections.abc import Callable, Iterator
from functools import cache

import numpy as np
from numpy.typing import NDArray

from audio.synth.music import Truth, song
from audio.timeline import Timeline, analyse
from bench.figure import Better, Counted, Sides, figure
from bench.servers import Servers

Times = NDArray[np.float64]

SONGS = 3
SAMPLE_RATE = 22_050
SECONDS = 30.0
TOLERANCE_S = 0.07
UNJUDGED_S = 5.0  # as in MIREX: a listener needs a moment too


@figure(
    "beats_f70_synth",
    kind=Counted("F-measure within 70 ms", Better.HIGHER),
    measures="beats of songs whose tempo drifts by up to 6 %, straight or swung, in three or four",
    peer="a constant grid at the best tempo and phase",
    warm_up=False,
)
def beats_f70(servers: Servers) -> Iterator[Sides]:
    """Other songs in every round, the same ones for both sides."""
    yield Sides(_mean(_tracked), _mean(_grid))


def _mean(found: Callable[[int], Times]) -> Callable[[], float]:
    seeds = itertools.count()

    def round_of_songs() -> float:
        chosen = list(itertools.islice(seeds, SONGS))
        return float(np.mean([f_measure(found(seed), _heard(seed)[0].beats) for seed in chosen]))

    return round_of_songs


def _tracked(seed: int) -> Times:
    return np.array([beat.time for beat in _heard(seed)[1].beats])


def _grid(seed: int) -> Times:
    """Beats at the one tempo we found, at the phase where the onsets are strongest."""
    _, timeline = _heard(seed)
    assert timeline.tempo.bpm is not None
    period = 60 / timeline.tempo.bpm
    phases = np.arange(0, period, 0.01)
    grids = [np.arange(phase, timeline.duration, period) for phase in phases]
    onsets = timeline.onset_strength
    at = np.arange(len(onsets.values)) / onsets.rate
    return max(grids, key=lambda grid: float(np.interp(grid, at, onsets.values).mean()))


@cache
def _heard(seed: int) -> tuple[Truth, Timeline]:
    rng = np.random.default_rng(seed)
    bpm = float(rng.uniform(80, 160))
    samples, truth = song(
        rng,
        bpm=bpm,
        end_bpm=bpm * float(rng.uniform(0.94, 1.06)),
        beats_per_bar=int(rng.choice([3, 4, 4])),
        swing=float(rng.choice([0.0, 0.0, 0.6])),
        seconds=SECONDS,
        sample_rate=SAMPLE_RATE,
    )
    return truth, analyse(samples, SAMPLE_RATE)


def f_measure(found: Times, true: Times) -> float:
    """Harmonic mean of precision and recall; a true beat is hit once, within TOLERANCE_S.

    Davies, Degara and Plumbley, "Evaluation methods for musical audio beat tracking", 2009.
    """
    found, true = found[found >= UNJUDGED_S], true[true >= UNJUDGED_S]
    if not len(found) or not len(true):
        return 0.0
    misses = np.abs(np.subtract.outer(true, found))
    hits = int((misses.min(axis=1) <= TOLERANCE_S).sum())
    # Two found beats may share a true one; each true one counts once.
    return 2 * hits / (len(found) + len(true))
