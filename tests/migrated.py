"""One database is migrated in a run: the workers of xdist begin with copies of it, and platforms do
whose first start is not what their test is about.

To migrate takes seconds of processor time; to copy what was migrated, a tenth of one.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg
import psycopg.conninfo
import pytest
from django.db import connection
from psycopg import sql

NAMED: Final = "TIFO_TEST_TEMPLATE"
"""The variable by which the workers hear of its name."""


def name_it(config: pytest.Config) -> None:
    """Called by the controller, which removes it again where the server outlives the run."""
    os.environ[NAMED] = f"test_migrated_{os.getpid()}"
    config.add_cleanup(_drop)


@contextmanager
def copied() -> Iterator[str]:
    """Where a copy of it is for a platform of a test's own."""
    template, name = migrated(), f"test_copied_{secrets.token_hex(4)}"
    names = {"template": sql.Identifier(template), "name": sql.Identifier(name)}
    _order(sql.SQL("CREATE DATABASE {name} TEMPLATE {template}").format(**names))
    try:
        yield psycopg.conninfo.make_conninfo(os.environ["DATABASE_URL"], dbname=name)
    finally:
        _order(sql.SQL("DROP DATABASE {name} (FORCE)").format(**names))


@contextmanager
def on_a_copy() -> Iterator[None]:
    """In this block Django is connected to a copy of it, of which nothing is left."""
    given = connection.settings_dict
    with copied() as address:
        connection.close()
        ours, given["NAME"] = given["NAME"], psycopg.conninfo.conninfo_to_dict(address)["dbname"]
        try:
            yield
        finally:
            connection.close()
            given["NAME"] = ours


def _drop() -> None:
    _order(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(os.environ[NAMED])))


def _order(statement: sql.Composed) -> None:
    with psycopg.connect(os.environ["DATABASE_URL"], dbname="postgres", autocommit=True) as server:
        server.execute(statement)


def migrated() -> str:
    """Its name, once it is there: whoever comes first makes it, and the others wait."""
    name = os.environ[NAMED]
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext(%s))", [name])
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if cursor.fetchone() is None:
            with _instead_of_ours(name):
                connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    return name


@contextmanager
def _instead_of_ours(name: str) -> Iterator[None]:
    given, test = connection.settings_dict, connection.settings_dict["TEST"]
    ours, of_tests = given["NAME"], test["NAME"]
    test["NAME"] = name
    try:
        yield
    finally:
        connection.close()  # nobody may copy what somebody looks at
        given["NAME"], test["NAME"] = ours, of_tests
