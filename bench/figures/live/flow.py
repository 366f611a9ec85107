"""What the choice of tracks by the bandit gives away, on simulated crowds of hidden taste."""

import itertools
from collections.abc import Callable, Iterator
from statistics import fmean
from typing import Final

from apps.live_audio_feedback.flow.rules import crowd
from bench.figure import Better, Counted, Line, Sides, figure
from bench.servers import Servers

CROWDS: Final = 12  # of a round


@figure(
    "flow_regret_vs_random",
    kind=Counted(
        "points per track",
        Better.LOWER,
        more=(
            Line("low", "points per track, lower end of the 95 % interval", Better.LOWER),
            Line("high", "points per track, upper end of the 95 % interval", Better.LOWER),
        ),
    ),
    measures="regret against the best fixed track of 24, after 40 tracks, of 12 simulated crowds",
    peer="a random track each time",
    warm_up=False,
)
def regret_vs_random(servers: Servers) -> Iterator[Sides]:
    """Other crowds in every round, the same ones for both sides."""
    yield Sides(_regrets(crowd.by_bandit), _regrets(crowd.at_random))


def _regrets(choose: crowd.Chooser) -> Callable[[], tuple[float, ...]]:
    seeds = itertools.count()

    def round_of_crowds() -> tuple[float, ...]:
        chosen = itertools.islice(seeds, CROWDS)
        regrets = [crowd.regret(seed, choose) for seed in chosen]
        return (fmean(regrets), *crowd.interval(regrets))

    return round_of_crowds
