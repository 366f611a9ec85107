"""Requests through a small model together, against one by one, where both keep the same latency."""

import time
from collections.abc import Iterator
from typing import Final

import numpy as np

from bench.figure import Better, Counted, Sides, figure
from bench.peers.networks import separable_network
from bench.servers import Servers
from modelhub.runtimes.batching import Runs, run_together
from modelhub.runtimes.devices import PROCESSOR
from modelhub.runtimes.sessions import open_session
from modelhub.runtimes.tensors import Array

BUDGET_S: Final = 0.020  # 99 of 100 answers come within
TRIAL_S: Final = 0.3
FIRST_RATE: Final = 1000.0  # requests per second; every next trial asks for a seventh more
STEP: Final = 1.15
STRAGGLERS: Final = 2  # a trial may miss the budget once by the machine's doing, not twice
TOGETHER: Final = 32
ALONE: Final = 1
SIZE: Final = 32


@figure(
    "batching_gain",
    kind=Counted("requests per second", Better.HIGHER),
    measures="highest steady rate of a small CNN with 99 of 100 answers within 20 ms",
    peer="the same model and queue, one request at a time",
)
def batching_gain(_: Servers) -> Iterator[Sides]:
    """Requests come evenly spaced, one picture each, to a session of one thread.

    Whatever waits goes together, as jobs do: nobody waits for company.
    """
    model = separable_network(SIZE).SerializeToString()
    session = open_session(model, PROCESSOR, machine="bench", threads=1)
    noise = np.random.default_rng(1).normal(size=(64, 1, 1, SIZE, SIZE)).astype(np.float32)
    pictures = [{"x": each} for each in noise]
    _agree(session, pictures)
    yield Sides(
        lambda: _highest_rate(session, pictures, TOGETHER),
        lambda: _highest_rate(session, pictures, ALONE),
    )


def _agree(session: Runs, pictures: list[dict[str, Array]]) -> None:
    answers = run_together(session, pictures, most_rows=TOGETHER)
    for each, answer in zip(pictures, answers, strict=True):
        assert answer is not None
        alone = session.run(each)["scores"]
        np.testing.assert_allclose(answer["scores"], alone, atol=1e-4)


def _highest_rate(session: Runs, pictures: list[dict[str, Array]], most: int) -> float:
    """The last rate of a rising series that kept the budget."""
    rate, kept, missed = FIRST_RATE, 0.0, 0
    while missed < STRAGGLERS:
        if _p99(session, pictures, most, rate) <= BUDGET_S:
            kept, missed = rate, 0
            rate *= STEP
        else:
            missed += 1
    assert kept, "the first rate is far below what any machine does"
    return kept


def _p99(session: Runs, pictures: list[dict[str, Array]], most: int, rate: float) -> float:
    """Seconds from when a request was due to when it was answered: who comes late is late."""
    many = int(rate * TRIAL_S)
    late: list[float] = []
    began = time.perf_counter()
    while len(late) < many:
        first = len(late)
        _sleep_until(began + first / rate)
        waiting = int((time.perf_counter() - began) * rate) + 1 - first
        batch = range(first, min(first + max(1, min(waiting, most)), many))
        asked = [pictures[number % len(pictures)] for number in batch]
        assert None not in run_together(session, asked, most_rows=most)
        done = time.perf_counter()
        late += [done - (began + number / rate) for number in batch]
    return float(np.quantile(late, 0.99))


def _sleep_until(moment: float) -> None:
    """Sleeping gives the processor away; what is due already is sent at once."""
    rest = moment - time.perf_counter()
    if rest > 0:
        time.sleep(rest)
