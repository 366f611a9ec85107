"""One process of a race: threads that all try at once. Prints the policy's number per admission."""

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from redis import Redis

from ratelimit.errors import StaleEpoch
from ratelimit.protocol.wire import Epoch
from ratelimit.rules import Charge, Concurrency, Policy, Rate, Window
from ratelimit.store import Store

LIMIT, THREADS, HOUR_MS = 100, 8, 3_600_000
POLICIES: tuple[Policy, ...] = (
    Rate("own-rate", quantity=1, per_ms=HOUR_MS, burst=LIMIT),
    Rate("rate", quantity=1, per_ms=HOUR_MS, burst=LIMIT, few_subjects=True),
    Window("own-window", quantity=LIMIT, per_ms=HOUR_MS),
    Window("window", quantity=LIMIT, per_ms=HOUR_MS, few_subjects=True),
    Concurrency("leases", quantity=LIMIT, lease_ms=HOUR_MS),
)


def race(store: Store, tag: str, racer: str, epoch: Epoch, tries: int) -> None:
    """Try `tries` times in each thread under each policy in turn."""
    with ThreadPoolExecutor(THREADS) as pool:
        for number in range(len(POLICIES)):
            attempt = partial(_attempt, store, tag, number, racer, epoch)
            list(pool.map(attempt, range(THREADS * tries)))


def _attempt(store: Store, tag: str, number: int, racer: str, epoch: Epoch, n: int) -> None:
    charge = Charge(POLICIES[number], "org", 1, f"{racer}-{n}")
    try:
        admitted = store.admit(tag, [charge], epoch=epoch).admitted
    except StaleEpoch:
        return
    if admitted:
        os.write(sys.stdout.fileno(), str(number).encode())


def main() -> None:
    """Wait for the starting gun (a key), then race."""
    url, tag, racer, epoch, tries = sys.argv[1:]
    with Redis.from_url(url) as client:
        client.incr(f"{tag}-ready")
        while not client.exists(f"{tag}-go"):
            time.sleep(0.001)
    race(Store(url, timeout_s=30), tag, racer, Epoch(int(epoch)), int(tries))


if __name__ == "__main__":
    main()
