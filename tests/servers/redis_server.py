"""A Redis of the test's own, as the platform starts it, whose settings a test may change."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from tests.processes import eventually
from tifo.environment import Environment
from tifo.supervisor.services.private import Services
from tifo.supervisor.services.redis_server import private_redis


class Answering:
    def __init__(self, url: str) -> None:
        self.url = url

    @contextmanager
    def set_to(self, name: str, value: str) -> Iterator[None]:
        """In this block one setting is another than ours."""
        with redis.Redis.from_url(self.url, decode_responses=True) as client:
            [before] = client.config_get(name).values()
            client.config_set(name, value)
            try:
                yield
            finally:
                client.config_set(name, before)
                # It does not end while it writes its log anew.
                assert eventually(lambda: not client.info()["aof_rewrite_in_progress"])


@contextmanager
def answering(folder: Path) -> Iterator[Answering]:
    server = private_redis(folder, Environment().redis)
    services = Services(server, log=folder / "log")
    services.start()
    try:
        yield Answering(server.url)
    finally:
        services.stop()
