"""A process that admits from what it holds: threads that all try, and a dot for each admission."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor

from ratelimit.prefetch import PrefetchingStore
from ratelimit.protocol.wire import Plan
from ratelimit.rules import Charge, Rate
from ratelimit.store import Store

THREADS = 8
RATE = Rate("rate", quantity=1, per_ms=3_600_000, burst=400)


def plan(tag: str) -> Plan:
    """What every process asks for."""
    return Plan(tag, [Charge(RATE, "org")])


def main() -> None:
    """Try so often in each thread, and give back what is held."""
    url, tag, processes, tries = sys.argv[1:]
    prefetching = PrefetchingStore(Store(url, timeout_s=30), processes=int(processes))
    asked = plan(tag)

    def race(_: int) -> None:
        for _ in range(int(tries)):
            if prefetching.decide(asked).admitted:
                os.write(sys.stdout.fileno(), b".")

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(race, range(THREADS)))
    prefetching.close()


if __name__ == "__main__":
    main()
