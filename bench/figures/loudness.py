"""Loudness after EBU R128 against pyloudnorm."""

from collections.abc import Iterator

import numpy as np
import pyloudnorm

from audio.synth.music import song
from audio.timeline import loudness
from bench.figure import Clock, Sides, Timed, figure, versioned
from bench.servers import Servers

SAMPLE_RATE = 48_000
SECONDS = 60
AGREE_LU = 0.1


@figure(
    "loudness_vs_pyloudnorm",
    kind=Timed(Clock.CPU, "ms", per="minute of stereo"),
    measures="integrated loudness and range of a song; ours adds both curves and the true peak",
    peer=versioned("pyloudnorm"),
)
def against_pyloudnorm(servers: Servers) -> Iterator[Sides]:
    """Both must agree on the loudness, or the figure is void."""
    samples, _ = song(np.random.default_rng(7), seconds=SECONDS, sample_rate=SAMPLE_RATE)
    meter = pyloudnorm.Meter(SAMPLE_RATE)

    def ours() -> float:
        found = loudness.measure(samples, SAMPLE_RATE)
        assert found.integrated_lufs is not None
        assert abs(found.integrated_lufs - agreed) < AGREE_LU, (found.integrated_lufs, agreed)
        return SECONDS / 60

    def peer() -> float:
        meter.integrated_loudness(samples)
        meter.loudness_range(samples)
        return SECONDS / 60

    agreed = meter.integrated_loudness(samples)
    yield Sides(ours, peer)
