"""One process of the race: threads that all try at once. Prints what was admitted, as JSON."""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from redis import Redis

from ratelimit.rules import Charge, Concurrency, Policy, Rate, Window
from ratelimit.store import Store

LIMIT = 100
POLICIES: tuple[Policy, ...] = (
    Rate("rate", quantity=1, per_ms=3_600_000, burst=LIMIT),
    Window("window", quantity=LIMIT, per_ms=3_600_000),
    Concurrency("leases", quantity=LIMIT, lease_ms=3_600_000),
)


def race(store: Store, tag: str, racer: str, threads: int, tries: int) -> dict[str, int]:
    """How many of `threads * tries` were admitted under each policy."""
    with ThreadPoolExecutor(threads) as pool:
        return {
            policy.name: sum(
                pool.map(partial(_admitted, store, tag, policy, racer), range(threads * tries))
            )
            for policy in POLICIES
        }


def _admitted(store: Store, tag: str, policy: Policy, racer: str, n: int) -> bool:
    return store.admit(tag, [Charge(policy, "org", 1, f"{racer}-{n}")]).admitted


def main() -> None:
    """Wait for the starting gun (a key), then race."""
    url, tag, racer, tries = sys.argv[1:]
    with Redis.from_url(url) as client:
        client.incr(f"{tag}-ready")
        while not client.exists(f"{tag}-go"):
            time.sleep(0.001)
        sys.stdout.write(
            json.dumps(race(Store(url, timeout_s=30), tag, racer, threads=8, tries=int(tries)))
        )


if __name__ == "__main__":
    main()
