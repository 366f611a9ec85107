"""However many try at once, and whoever dies meanwhile, exactly the limit is admitted."""

import select
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack

from redis import Redis

from ratelimit.protocol.wire import Epoch
from ratelimit.rules import Charge
from ratelimit.store import Store
from tests.ratelimit.clock import HandClock
from tests.ratelimit.store.holders import PLACES
from tests.ratelimit.store.racers import LIMIT, POLICIES, THREADS

PROCESSES = 4
NUMBERS = [str(number) for number in range(len(POLICIES))]


class Race:
    """Four processes of eight threads at the start: 1,280 tries per policy.

    A quarter of them where Python itself plays Redis. Each racer knows one epoch of `epochs`.
    """

    def __init__(self, url: str, tag: str, epochs: Sequence[int]) -> None:
        tries = 40 if url.startswith("unix") else 10
        command = [sys.executable, "-m", "tests.ratelimit.store.racers", url, tag]
        self.store = Store.over(Redis.from_url(url))
        self.store.admit(tag, [], epoch=Epoch(max(epochs), fresh=True))
        self.racers = [
            subprocess.Popen(
                [*command, str(n), str(epoch), str(tries)], stdout=subprocess.PIPE, bufsize=0
            )
            for n, epoch in enumerate(epochs)
        ]
        with Redis.from_url(url) as client:
            deadline = time.monotonic() + 30
            while int(client.get(f"{tag}-ready") or 0) < len(epochs):
                assert time.monotonic() < deadline
                time.sleep(0.005)
            client.set(f"{tag}-go", 1)

    def admitted(self) -> list[Counter[str]]:
        """What each racer was admitted, by the policy's number."""
        return [Counter(racer.communicate(timeout=60)[0].decode()) for racer in self.racers]

    def kill_one(self) -> str:
        """Kill a racer that has just been admitted; returns the policy's number that it told."""
        outputs = {racer.stdout: racer for racer in self.racers if racer.stdout}
        while outputs:
            for output in select.select([*outputs], [], [], 60)[0]:
                told: bytes = output.read(1)
                if told:
                    outputs[output].kill()
                    return told.decode()
                del outputs[output]  # It came too late for every policy.
        raise AssertionError("nobody was admitted")


class TestARace:
    def test_admits_exactly_the_limit(self, redis_url: str, tag: str) -> None:
        race = Race(redis_url, tag, [1] * PROCESSES)
        assert sum(race.admitted(), Counter()) == dict.fromkeys(NUMBERS, LIMIT)

    def test_admits_nobody_whose_epoch_has_passed(self, redis_url: str, tag: str) -> None:
        race = Race(redis_url, tag, [1, 2, 1, 2])
        first, second, third, fourth = race.admitted()
        assert first + third == Counter()
        assert second + fourth == dict.fromkeys(NUMBERS, LIMIT)

    def test_admits_exactly_the_limit_when_a_racer_is_killed(
        self, redis_url: str, tag: str
    ) -> None:
        race = Race(redis_url, tag, [1] * PROCESSES)
        read = race.kill_one()
        told = sum(race.admitted(), Counter({read: 1}))
        looks = race.store.peek(tag, [Charge(policy, "org", 0, "?") for policy in POLICIES])
        assert [decision.used for decision in looks.decisions] == [LIMIT] * len(POLICIES)
        # Its threads may each have been admitted without living to tell.
        untold = [LIMIT - told[number] for number in NUMBERS]
        assert all(0 <= lost <= THREADS for lost in untold)
        assert sum(untold) <= THREADS


class TestADeadHolder:
    def test_frees_its_places_within_the_lease(self, redis_url: str, tag: str) -> None:
        command = [sys.executable, "-m", "tests.ratelimit.store.holders", redis_url, tag]
        with Redis.from_url(redis_url) as client, ExitStack() as end:
            holder = end.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE))
            end.callback(holder.kill)
            assert holder.stdout is not None
            assert holder.stdout.readline() == b"held\n"
            holder.kill()
            seconds, micros = client.time()
            clock = HandClock(seconds * 1_000_000 + micros)
            store = Store.over(client, clock)
            refused = store.admit(tag, [Charge(PLACES, "org", 1, "new")])
            assert not refused.admitted
            assert refused.retry_after_ms is not None
            assert refused.retry_after_ms <= PLACES.lease_ms
            clock.forward(ms=PLACES.lease_ms)
            assert store.peek(tag, [Charge(PLACES, "org", 0)]).decisions[0].used == 0
