"""Starts what the suite needs before Django's settings are read.

Loaded with `-p tests.services`: a private Postgres and Redis in a scratch folder, unless their
addresses are given. With xdist the controller starts them and the workers inherit the addresses.
"""

import os
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

# Importing `tifo` names the platform's own settings unless the suite's are named first.
os.environ["DJANGO_SETTINGS_MODULE"] = "tifo.settings.test"

from tests.migrated import name_it
from tifo.environment import Environment
from tifo.supervisor.services.postgres import Postgres
from tifo.supervisor.services.private import Server, Services
from tifo.supervisor.services.redis_server import private_redis


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """A wrapper, because pytest-django reads the settings in this same hook and also goes first."""
    asked = early_config.known_args_namespace
    if not (asked.help or asked.version or "PYTEST_XDIST_WORKER" in os.environ):
        start_services(early_config)
    yield


def start_services(config: pytest.Config) -> None:
    """Starts what has no address yet and names it in the environment."""
    folder = Path(tempfile.mkdtemp(prefix="tifo-tests-"))
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    servers: dict[str, Server] = {}
    if not os.environ.get("DATABASE_URL"):
        servers["DATABASE_URL"] = Postgres(folder / "postgres", durable=False)
    if not os.environ.get("REDIS_URL"):
        servers["REDIS_URL"] = private_redis(folder, Environment().redis, durable=False)
    services = Services(*servers.values(), log=folder / "log")
    config.add_cleanup(services.stop)
    services.start()
    os.environ.update({name: server.url for name, server in servers.items()})
    name_it(config)
