"""Applause and cheers against all that is none, on the real recordings of `TIFO_TEST_DATA`."""

import os
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from audio.crowd import DEFAULT, SAMPLE_RATE, VERSIONS, Float32Array, Version, score_clip
from bench.figure import Better, Counted, Sides, figure
from bench.servers import NotMeasurable, Servers

CHEERS = ("crowd/applause.flac", "crowd/cheer.flac")
NO_CHEERS = ("negatives", "music", "speech", "stems", "loops")
SUFFIXES = (".flac", ".ogg", ".mp3")
SECONDS = 20
PASSAGE = 20  # scores: two seconds
UNJUDGED = 10  # scores: a scorer needs a second, too
Passages = dict[str, NDArray[np.float64]]


@figure(
    "crowd_auc",
    kind=Counted("share of pairs in order", Better.HIGHER),
    measures="two seconds of applause or cheers above two of anything else, on real recordings",
    peer="the crowd score's first version",
    warm_up=False,
)
def crowd_auc(servers: Servers) -> Iterator[Sides]:
    """Names each recording that ever stands above one of applause or cheers."""
    if not os.environ.get("TIFO_TEST_DATA"):
        raise NotMeasurable("TIFO_TEST_DATA names no recordings")
    yield Sides(_area_of(DEFAULT), _area_of(VERSIONS["ramps-1"]))


def _area_of(version: Version) -> Callable[[], float]:
    @cache  # the same sound has the same score: every round is the first
    def area() -> float:
        found = {name: _passages(samples, version) for name, samples in _recordings().items()}
        cheers = {name: found.pop(name) for name in CHEERS}
        for failure in failures(cheers, found):
            print(f"  crowd_auc, {version.name}: {failure}", file=sys.stderr, flush=True)
        return area_under_curve(_joined(cheers), _joined(found))

    return area


def area_under_curve(above: NDArray[np.float64], below: NDArray[np.float64]) -> float:
    """How many pairs of one from each stand in order; of equals, half a pair does."""
    pairs = above[:, None] - below
    return float(np.mean((pairs > 0) + 0.5 * (pairs == 0)))


def failures(cheers: Passages, others: Passages) -> list[str]:
    """The passages of `others` that stand above the lowest of `cheers`, by recording."""
    lowest = min(float(each.min()) for each in cheers.values())
    return [
        f"{name} reaches {each.max():.0f}, {(each > lowest).mean():.0%} of it above {lowest:.0f}"
        for name, each in sorted(others.items())
        if each.max() > lowest
    ]


def _passages(samples: Float32Array, version: Version) -> NDArray[np.float64]:
    scores = np.array([score.score for score in score_clip(samples, version=version)])[UNJUDGED:]
    whole = len(scores) // PASSAGE * PASSAGE
    passages: NDArray[np.float64] = scores[:whole].reshape(-1, PASSAGE).mean(axis=1)
    return passages


def _joined(passages: Passages) -> NDArray[np.float64]:
    return np.concatenate(list(passages.values()))


@cache
def _recordings() -> dict[str, Float32Array]:
    folder = Path(os.environ["TIFO_TEST_DATA"]) / "audio"
    others = [
        path
        for kind in NO_CHEERS
        for path in sorted((folder / kind).iterdir())
        if path.suffix in SUFFIXES
    ]
    paths = [*(folder / name for name in CHEERS), *others]
    return {str(path.relative_to(folder)): _read(path) for path in paths}


def _read(path: Path) -> Float32Array:
    """Up to 20 s of one channel; a loop that is shorter than a passage goes round."""
    rate = soundfile.info(path).samplerate
    samples, _ = soundfile.read(path, frames=SECONDS * rate, dtype="float32", always_2d=True)
    mono = soxr.resample(samples.mean(axis=1), rate, SAMPLE_RATE).astype(np.float32)
    least = 4 * SAMPLE_RATE
    rounds = max(1, -(-least // len(mono)))
    whole: Float32Array = np.tile(mono, rounds)
    return whole
