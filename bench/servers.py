"""The private Postgres and Redis of a run: started when a figure first asks, gone at the end."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

import django
import psycopg
from redis import Redis

from tifo.environment import Environment
from tifo.supervisor.services.postgres import DATABASE, Postgres
from tifo.supervisor.services.private import Server, Services
from tifo.supervisor.services.redis_server import RedisServer, private_redis


class NotMeasurable(Exception):
    """This machine lacks what a figure needs; the message says what."""


def set_up_django(environment: Mapping[str, str]) -> None:
    """Django as these variables describe it, here and in what this process starts."""
    os.environ.update(environment)
    django.setup()


class Servers:
    """Both as durable as `tifo up` runs them, so that a commit costs what it costs there."""

    def __init__(self) -> None:
        self._exit = ExitStack()
        self._running: set[str] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._exit.close()

    @cached_property
    def folder(self) -> Path:
        """A scratch folder that goes with the run."""
        folder = tempfile.mkdtemp(prefix="tifo-bench-")
        self._exit.callback(shutil.rmtree, folder, ignore_errors=True)
        return Path(folder)

    def set_up_django(self) -> None:
        """The platform's settings, with the addresses at which our servers will answer."""
        set_up_django(
            {
                "DJANGO_SETTINGS_MODULE": "bench.settings",
                "DATABASE_URL": self._postgres.url,
                "REDIS_URL": self._redis.url,
                "TIFO_DATA": str(self.folder),
                "TIFO_GATE_PREFETCH": "off",
                "TIFO_SECRET_KEY": "signs-nothing-but-the-benchmarks-of-one-run-0123456789",
                "TIFO_KEY_PEPPER": "peppers-nothing-but-the-benchmarks-of-one-run-0123456789",
            }
        )

    def start_postgres(self) -> None:
        """Afterwards Django's database answers; it is empty at first."""
        self._start(self._postgres)

    def start_redis(self) -> str:
        """The address of a running Redis: the one that `tifo up` would start."""
        self._start(self._redis)
        return self._redis.url

    def beside(self, name: str, number: int) -> dict[str, str]:
        """The addresses of a new, empty database and of Redis' keyspace `number`."""
        self.start_postgres()
        url, original = self._postgres.url, f"/{DATABASE}?"
        with psycopg.connect(url.replace(original, "/postgres?"), autocommit=True) as postgres:
            postgres.execute(f"CREATE DATABASE {name}")
        return {
            "DATABASE_URL": url.replace(original, f"/{name}?"),
            "REDIS_URL": self.start_redis().replace("db=0", f"db={number}"),
        }

    def pids(self) -> tuple[int, int]:
        """Of Redis and Postgres, both of which must have been started."""
        with Redis.from_url(self.start_redis()) as client:
            redis = client.info("server")["process_id"]
        notice = (self._postgres.folder / "postmaster.pid").read_text()
        return int(redis), int(notice.split()[0])

    @cached_property
    def _postgres(self) -> Postgres:
        return Postgres(self.folder / "postgres")

    @cached_property
    def _redis(self) -> RedisServer:
        return private_redis(self.folder, Environment().redis)

    def _start(self, server: Server) -> None:
        if server.url in self._running:
            return
        services = Services(server, log=self.folder / "log")
        services.start()
        self._exit.callback(services.stop)
        self._running.add(server.url)
