"""A process that holds every place under a concurrency limit, for as long as it lives."""

import sys
import time

from ratelimit.rules import Charge, Concurrency
from ratelimit.store import Store

PLACES = Concurrency("places", quantity=20, lease_ms=60_000)


def main() -> None:
    """Take all places, renew them, say so, and go on renewing them three times per lease."""
    url, tag = sys.argv[1:]
    store, leases = Store(url, timeout_s=30), [str(n) for n in range(PLACES.quantity)]
    for lease in leases:
        assert store.admit(tag, [Charge(PLACES, "org", 1, lease)]).admitted
    assert not store.renew(tag, PLACES, "org", leases)
    sys.stdout.write("held\n")
    sys.stdout.flush()
    while True:
        time.sleep(PLACES.lease_ms / 3000)
        store.renew(tag, PLACES, "org", leases)


if __name__ == "__main__":
    main()
