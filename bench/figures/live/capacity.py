"""How many streams a core hears in time."""

from collections.abc import Callable, Iterator
from typing import Final

from bench.figure import Better, Counted, Sides, figure
from bench.load import WrongAnswer
from bench.servers import Servers
from bench.stage import Live, stage

SECONDS: Final = 3.0
IN_TIME_MS: Final = 50.0  # p99
STEP: Final = 25
LONGEST_STRIDE: Final = 8  # steps
MOST: Final = 1_500  # whoever connects first may be silent for 15 s
CHUNK: Final = 5  # frames: 100 ms
STREAMS: Final = Counted("streams of one core", Better.HIGHER)


@figure(
    "live_streams_per_core",
    kind=STREAMS,
    measures="streams of 20 ms frames whose scores come within 50 ms (p99)",
    peer="a Channels consumer per microphone, which measures each frame as it comes",
    warm_up=False,
)
def by_frames(servers: Servers) -> Iterator[Sides]:
    """To the next lower multiple of `STEP`."""
    yield from _most(servers, frames=1)


@figure(
    "live_streams_per_core_chunked",
    kind=STREAMS,
    measures="the same with messages of 100 ms",
    peer="the same consumer",
    warm_up=False,
)
def by_chunks(servers: Servers) -> Iterator[Sides]:
    """The clock starts when a message is sent."""
    yield from _most(servers, frames=CHUNK)


def _most(servers: Servers, *, frames: int) -> Iterator[Sides]:
    with stage(servers) as at:
        yield Sides(_search(at.live(streams=MOST), frames), _search(at.channels(), frames))


def _search(live: Live, frames: int) -> Callable[[], float]:
    """Each search begins where the one before it ended, and goes in ever longer strides until it
    has passed what it looks for."""
    at = 4  # steps

    def in_time(streams: int) -> bool:
        try:
            return live.sung(streams, seconds=SECONDS, frames=frames).p99_ms <= IN_TIME_MS
        except WrongAnswer:  # it was too much to be heard at all
            return False

    def most() -> float:
        nonlocal at
        good, bad, stride = 0, MOST // STEP + 1, 1
        while bad - good > 1:
            at = min(max(at, good + 1), bad - 1)
            if in_time(at * STEP):
                good = at
            else:
                bad = at
            if good == 0:
                at = bad - stride
            elif bad > MOST // STEP:
                at = good + stride
            else:
                at = (good + bad) // 2
            stride = min(2 * stride, LONGEST_STRIDE)
        at = good
        return float(good * STEP)

    return most
