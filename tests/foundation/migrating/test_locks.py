"""`tifo migrate` behind a transaction that lasts: nobody else waits, and it says for whom."""

import io
import threading
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, connections

from foundation.management.locks import Blocker, Patience

LOCK_S = 0.2
FOREVER_S = 20.0  # of a migration that should be over

Connect = Callable[[], psycopg.Connection]


@pytest.fixture(autouse=True)
def table(transactional_db: None, settings: Any) -> Iterator[None]:
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "tests.foundation.migrating"]
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE migrating (id integer)")
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE migrating")
        cursor.execute("DELETE FROM django_migrations WHERE app = 'migrating'")


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Sessions of somebody else's, in a transaction from their first statement on."""
    opened = list[psycopg.Connection]()

    def one() -> psycopg.Connection:
        opened.append(psycopg.connect(**connection.get_connection_params()))
        return opened[-1]

    yield one
    for each in opened:
        each.close()


class Migration(threading.Thread):
    """`tifo migrate`, and what it said."""

    def __init__(self, to: str, tries: int) -> None:
        super().__init__(daemon=True)
        self._options = {"lock_timeout": LOCK_S, "lock_tries": tries}
        self._to = to
        self._stderr = io.StringIO()
        self.refusal: CommandError | None = None
        self.start()

    @property
    def said(self) -> str:
        return self._stderr.getvalue()

    def run(self) -> None:
        try:
            call_command(
                "migrate", "migrating", self._to, verbosity=0, stderr=self._stderr, **self._options
            )
        except CommandError as refusal:
            self.refusal = refusal
        finally:
            connections.close_all()

    def wait_until_it_says(self, text: str) -> None:
        pause = threading.Event()
        for _ in range(round(FOREVER_S / 0.02)):
            if text in self.said:
                return
            pause.wait(0.02)
        pytest.fail(f"It said only: {self.said}")


def held(session: psycopg.Connection) -> int:
    """A transaction that has read the table, as one that was forgotten; its process in Postgres."""
    session.execute("SELECT count(*), 'a secret''s end' FROM migrating")
    return session.info.backend_pid


def columns() -> set[str]:
    with connection.cursor() as cursor:
        described = connection.introspection.get_table_description(cursor, "migrating")
    return {each.name for each in described}


def test_nothing_in_the_way_is_nothing_to_say() -> None:
    migration = Migration("0002", tries=1)
    migration.join(FOREVER_S)
    assert (migration.refusal, migration.said) == (None, "")
    assert columns() == {"id", "first", "second"}


def test_a_migration_waits_for_the_lock_and_lets_others_pass(connect: Connect) -> None:
    holder, reader = connect(), connect()
    pid = held(holder)
    migration = Migration("0001", tries=50)
    migration.wait_until_it_says(f"waits for process {pid} of Postgres")
    reader.execute("SET statement_timeout = '5s'")
    for _ in range(3):  # whoever comes meanwhile gets through, behind one wait of it at most
        reader.execute("SELECT count(*) FROM migrating")
        reader.commit()
    assert migration.is_alive()
    holder.commit()
    migration.join(FOREVER_S)
    assert migration.refusal is None
    assert columns() == {"id", "first"}


def test_its_refusal_names_who_is_in_the_way_and_with_what(connect: Connect) -> None:
    pid = held(connect())
    migration = Migration("0001", tries=2)
    migration.join(FOREVER_S)
    said = str(migration.refusal)
    assert "in 2 tries" in said
    assert f"process {pid} of Postgres" in said
    assert "idle in transaction" in said
    assert "SELECT count(*), '…' FROM migrating" in said
    assert f"pg_terminate_backend({pid})" in said
    assert "secret" not in said + migration.said
    assert columns() == {"id"}


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 'secret'",
        "SELECT date'secret', 1",
        "SELECT E'it\\'s secret'",
        "SELECT $$secret$$",
        "SELECT $a$a $$ secret$a$",
        "SELECT 'it''s secret and cut off",
        "SELECT $$secret and cut off",
    ],
)
def test_of_whoever_is_in_the_way_no_literal_is_shown(query: str) -> None:
    blocker = Blocker(1, "tifo", "psql", "active", 1.0, f"{query}")
    assert "secret" not in str(blocker)
    assert str(blocker).endswith(("'…'", "'…', 1"))


def test_a_step_outside_a_transaction_is_tried_again_alone(connect: Connect) -> None:
    Migration("0001", tries=1).join(FOREVER_S)
    holder = connect()
    held(holder)
    migration = Migration("0002", tries=50)
    migration.wait_until_it_says("tried again")
    holder.commit()
    migration.join(FOREVER_S)
    assert migration.refusal is None
    assert columns() == {"id", "first", "second"}


def test_an_index_that_is_built_beside_others_waits_as_long_as_it_must(connect: Connect) -> None:
    Migration("0002", tries=1).join(FOREVER_S)
    writer = connect()
    writer.execute("INSERT INTO migrating VALUES (1)")
    pid = writer.info.backend_pid
    migration = Migration("0003", tries=1)
    migration.wait_until_it_says(f"waits for process {pid} of Postgres")
    migration.join(3 * LOCK_S)
    assert migration.is_alive()
    writer.commit()
    migration.join(FOREVER_S)
    assert (migration.refusal, "tried again" in migration.said) == (None, False)


def test_whoever_stays_in_the_way_is_named_again_and_again(connect: Connect) -> None:
    writer = connect()
    writer.execute("INSERT INTO migrating VALUES (1)")
    said, thrice = list[str](), threading.Event()

    def say(text: str) -> None:
        said.append(text)
        if len(said) == 3:
            thrice.set()

    def build() -> None:
        patience = Patience(connection, lock_s=LOCK_S, tries=1, say=say, says_every_s=LOCK_S)
        with patience.limited(), connection.cursor() as cursor:
            cursor.execute("CREATE INDEX CONCURRENTLY ON migrating (id)")
        connections.close_all()

    builder = threading.Thread(target=build, daemon=True)
    builder.start()
    heard = thrice.wait(FOREVER_S)
    writer.commit()
    builder.join(FOREVER_S)
    assert heard, said
    named = f"process {writer.info.backend_pid} of Postgres"
    assert said[0].startswith(f"The migration waits for {named}")
    assert all(each.startswith(f"The migration still waits for {named}") for each in said[1:])
