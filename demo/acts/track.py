"""A song whose beats are known: uploaded, analysed, and compared with the truth."""

import io

import numpy as np
from numpy.typing import NDArray

from audio.files import Audio, encode_flac
from audio.synth.music import Truth, song
from demo.cast import Cast
from demo.report import Check

BPM, SECONDS, SAMPLE_RATE = 124.0, 24.0, 44_100
NEAR_S = 0.070  # the tolerance of beat-tracking evaluations (Davies et al., 2009)
ENOUGH = 0.9
CLIP_S = 6.0


class Song:
    """The sound and its truth; `flac` gives (a part of) it as a file in memory."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.samples, self.truth = song(rng, bpm=BPM, seconds=SECONDS, sample_rate=SAMPLE_RATE)

    def flac(self, seconds: float = SECONDS) -> io.BytesIO:
        made = io.BytesIO()
        part = self.samples[: round(seconds * SAMPLE_RATE)]
        encode_flac(Audio(part, SAMPLE_RATE), made)
        made.seek(0)
        return made


async def analyse(cast: Cast, made: Song) -> list[Check]:
    track = await cast.call(cast.studio.tracks.create, made.flac(), name="Anthem")
    cast.say("track", f"{SECONDS:g} s of a song at {BPM:g} bpm uploaded; {track.job} analyses it")
    await cast.call(cast.studio.jobs.wait, track.job, timeout=120)
    timeline = await cast.call(cast.studio.tracks.timeline, track.id)
    found = np.array([beat.time for beat in timeline.beats])
    hit, stray = compare(made.truth, found)
    says = (
        f"{hit} of {len(made.truth.beats)} true beats found within {NEAR_S * 1000:.0f} ms, "
        f"{stray} strays; tempo {timeline.tempo.bpm or 0:.1f}, true {made.truth.bpm:.1f}"
    )
    cast.say("track", says)
    return [Check("Beats", hit >= ENOUGH * len(made.truth.beats), says)]


def compare(truth: Truth, found: NDArray[np.float64]) -> tuple[int, int]:
    """True beats with a found one near them, and found ones with no true one near them."""
    if len(found) == 0:
        return 0, 0
    near = np.abs(truth.beats[:, None] - found[None, :]) <= NEAR_S
    return int(near.any(axis=1).sum()), int((~near.any(axis=0)).sum())
