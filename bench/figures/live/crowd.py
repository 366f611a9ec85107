"""One push for all streams of a process against a push for each."""

from collections.abc import Iterator

import numpy as np

from audio.crowd import FRAME_SAMPLES, CrowdBank
from bench.figure import Clock, Sides, Timed, figure
from bench.servers import Servers

STREAMS = 64
TICKS = 50  # of 20 ms: a second of sound


@figure(
    "crowd_batch_vs_one_by_one",
    kind=Timed(Clock.CPU, "µs", per="20 ms frame"),
    measures="64 live streams heard in one push a tick",
    peer="a push per stream",
)
def crowd_batch(servers: Servers) -> Iterator[Sides]:
    """The same bank and the same frames on both sides."""
    rng = np.random.default_rng(7)
    frames = rng.integers(-8_000, 8_000, (TICKS, STREAMS, FRAME_SAMPLES), dtype=np.int16)
    together, apart = CrowdBank(STREAMS), CrowdBank(STREAMS)
    slots = np.array([together.open() for _ in range(STREAMS)])
    alone = [np.array([apart.open()]) for _ in range(STREAMS)]

    def ours() -> float:
        for tick in frames:
            together.push(slots, tick)
        return TICKS * STREAMS

    def peer() -> float:
        for tick in frames:
            for stream, slot in enumerate(alone):
                apart.push(slot, tick[stream : stream + 1])
        return TICKS * STREAMS

    yield Sides(ours, peer)
