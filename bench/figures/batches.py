"""Requests through a small model together, against one by one, where both keep the same latency."""

import time
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Final

import numpy as np

from bench.figure import Better, Counted, Sides, figure
from bench.peers.networks import separable_network
from bench.servers import Servers
from modelhub.runtimes.batching import Batcher, Policy, Runs
from modelhub.runtimes.devices import PROCESSOR
from modelhub.runtimes.sessions import open_session
from modelhub.runtimes.tensors import Array

BUDGET_S: Final = 0.020  # 99 of 100 answers come within
TRIAL_S: Final = 0.3
FIRST_RATE: Final = 1000.0  # requests per second; every next trial asks for a seventh more
STEP: Final = 1.15
STRAGGLERS: Final = 2  # a trial may miss the budget once by the machine's doing, not twice
TOGETHER: Final = Policy(max_rows=32, max_delay_s=0.002)
ALONE: Final = Policy(max_rows=1, max_delay_s=0)
SIZE: Final = 32


@figure(
    "batching_gain",
    kind=Counted("requests per second", Better.HIGHER),
    measures="highest steady rate of a small CNN with 99 of 100 answers within 20 ms",
    peer="the same model, queue and thread, one request at a time",
)
def batching_gain(_: Servers) -> Iterator[Sides]:
    """Requests come evenly spaced, one picture each, to a session of one thread."""
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
    with Batcher(session, TOGETHER) as batcher:
        answers = [batcher.submit(each) for each in pictures]
    for each, answer in zip(pictures, answers, strict=True):
        alone = session.run(each)["scores"]
        np.testing.assert_allclose(answer.result(0)["scores"], alone, atol=1e-4)


def _highest_rate(session: Runs, pictures: list[dict[str, Array]], policy: Policy) -> float:
    """The last rate of a rising series that kept the budget."""
    rate, kept, missed = FIRST_RATE, 0.0, 0
    while missed < STRAGGLERS:
        if _p99(session, pictures, policy, rate) <= BUDGET_S:
            kept, missed = rate, 0
            rate *= STEP
        else:
            missed += 1
    assert kept, "the first rate is far below what any machine does"
    return kept


def _p99(session: Runs, pictures: list[dict[str, Array]], policy: Policy, rate: float) -> float:
    """Seconds from when a request was due to when it was answered: who comes late is late."""
    many = int(rate * TRIAL_S)
    late: list[float] = []
    with Batcher(session, policy) as batcher:
        began = time.perf_counter()
        for number in range(many):
            due = began + number / rate
            _sleep_until(due)
            answer = batcher.submit(pictures[number % len(pictures)])
            answer.add_done_callback(_Timing(due, late))
    assert len(late) == many
    return float(np.quantile(late, 0.99))


class _Timing:
    """Notes how long an answer took, at the moment that it is there."""

    def __init__(self, due: float, late: list[float]) -> None:
        self._due, self._late = due, late

    def __call__(self, answer: Future[dict[str, Array]]) -> None:
        assert answer.exception() is None
        self._late.append(time.perf_counter() - self._due)


def _sleep_until(moment: float) -> None:
    """Sleeping gives the processor away; what is due already is sent at once."""
    rest = moment - time.perf_counter()
    if rest > 0:
        time.sleep(rest)
