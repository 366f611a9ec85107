"""What a whole timeline costs, in processor time."""

from collections.abc import Iterator

import numpy as np
import pyloudnorm

from audio.synth.music import song
from audio.timeline import analyse
from bench.figure import Clock, Sides, Timed, figure, versioned
from bench.servers import Servers

SAMPLE_RATE = 44_100
SECONDS = 60


@figure(
    "timeline_vs_pyloudnorm",
    kind=Timed(Clock.CPU, "ms", per="minute of stereo"),
    measures="the whole timeline of a song: tempo, beats, sections, key, arousal and loudness",
    peer=versioned("pyloudnorm"),
)
def whole_timeline(servers: Servers) -> Iterator[Sides]:
    """No peer does all of it: this one measures the loudness and its range, and nothing else."""
    samples, _ = song(np.random.default_rng(0), seconds=SECONDS, sample_rate=SAMPLE_RATE)
    meter = pyloudnorm.Meter(SAMPLE_RATE)

    def ours() -> float:
        assert analyse(samples, SAMPLE_RATE).beats
        return SECONDS / 60

    def peer() -> float:
        meter.integrated_loudness(samples)
        meter.loudness_range(samples)
        return SECONDS / 60

    yield Sides(ours, peer)
