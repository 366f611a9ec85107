"""However many try at once, exactly the limit is admitted."""

import json
import subprocess
import sys
import time
from collections import Counter

from redis import Redis

from tests.ratelimit.racers import LIMIT, POLICIES

PROCESSES = 4


class TestFourProcessesOfEightThreads:
    def test_admit_exactly_the_limit(self, redis_url: str, tag: str) -> None:
        with Redis.from_url(redis_url) as client:
            # 1,280 tries per policy; a quarter of them where Python itself plays Redis.
            tries = 40 if redis_url.startswith("unix") else 10
            command = [sys.executable, "-m", "tests.ratelimit.racers", redis_url, tag]
            racers = [
                subprocess.Popen([*command, str(n), str(tries)], stdout=subprocess.PIPE)
                for n in range(PROCESSES)
            ]
            deadline = time.monotonic() + 30
            while int(client.get(f"{tag}-ready") or 0) < PROCESSES:
                assert time.monotonic() < deadline
                time.sleep(0.005)
            client.set(f"{tag}-go", 1)
            admitted: Counter[str] = Counter()
            for racer in racers:
                output, _ = racer.communicate(timeout=60)
                admitted.update(json.loads(output))
        assert admitted == {policy.name: LIMIT for policy in POLICIES}
