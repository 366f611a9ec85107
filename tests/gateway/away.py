"""Postgres and Redis as a process meets them: away for a moment, or at another address."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg.conninfo
from django.db import connection
from django.test import override_settings

from gateway import stores
from tests.checkout import ROOT

NOWHERE = {"HOST": "127.0.0.1", "PORT": "1"}


@contextmanager
def database_away() -> Iterator[None]:
    """This thread reaches no database; only where no transaction is open."""
    connection.close()
    given = {name: connection.settings_dict[name] for name in NOWHERE}
    connection.settings_dict.update(NOWHERE)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(given)


@contextmanager
def redis_at(address: str) -> Iterator[None]:
    """Threads of this process decide on that Redis, which may be nowhere."""
    caches = (stores.store, stores.prefetching, stores.client)
    with override_settings(REDIS_URL=address):
        for cache in caches:
            cache.cache_clear()
        yield
    for cache in caches:
        cache.cache_clear()


def platform_process(code: str, *arguments: str, **variables: str) -> "subprocess.Popen[str]":
    """A Python process of the platform on the suite's database; its output is a pipe."""
    address = psycopg.conninfo.conninfo_to_dict(os.environ["DATABASE_URL"])
    address["dbname"] = connection.settings_dict["NAME"]
    given = {
        "DATABASE_URL": psycopg.conninfo.make_conninfo("", **address),
        "DJANGO_SETTINGS_MODULE": "tifo.settings.base",
        **variables,
    }
    return subprocess.Popen(
        [sys.executable, "-c", f"import tests.system.loaded\n{code}", *arguments],
        env=os.environ | given,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
