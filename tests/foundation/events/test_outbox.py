"""The outbox, with real transactions: kept with what it tells, read in order, ended in time."""

import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.db.transaction import TransactionManagementError
from pytest_django import DjangoAssertNumQueries, Settings

from foundation.clock import now
from foundation.events.models import Event
from foundation.events.queries import after, place
from foundation.events.services import forget_expired, keep, tell
from foundation.events.sockets import Audience, post
from jobs.tasks import expire
from tenants.events import KEY_LEAKED, LeakData
from tests.conftest import Tenant
from tests.listening import Listener, in_thread

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def empty(db: None) -> None:
    """Events outlive their organisation, so other tests may have left some."""
    Event.objects.all().delete()


SOMEBODY = Audience("org_1", True)


def leak(key: str = "key_1") -> LeakData:
    return LeakData(key=key, preview="tifo_live_…x7Qa", url="https://x", revoked=True, at="now")


def told(key: str, *, to: Audience = SOMEBODY, moment: datetime | None = None) -> None:
    tell(KEY_LEAKED, leak(key), to=to, now=moment or now())


def keys(events: list[Event]) -> list[str]:
    return [event.data["key"] for event in events]


@contextmanager
def elsewhere() -> Iterator[Callable[[Callable[[], Any]], Any]]:
    """Another connection, on which one thing after the other is done."""
    with ThreadPoolExecutor(1) as thread:
        try:
            yield lambda act: thread.submit(act).result(timeout=30)
        finally:
            thread.submit(connections.close_all).result()


class TestTelling:
    async def test_keeps_a_row_and_tells_the_sockets(
        self, tenant: Tenant, moment: datetime
    ) -> None:
        to = Audience(tenant.organisation.pk, True)

        def act() -> Event:
            with transaction.atomic():
                told("key_1", to=to, moment=moment)
            return Event.objects.get()

        async with Listener(tenant) as listener:
            row = await in_thread(act)
            assert await listener.next() == {"type": "key_leaked", **leak()}
        assert (row.type, row.data, row.created_at) == ("key.leaked", leak(), moment)
        assert (row.organisation_id, row.livemode) == (tenant.organisation.pk, True)
        assert row.pk.startswith("evt_")

    async def test_leaves_nothing_of_what_is_rolled_back(self, tenant: Tenant) -> None:
        def act() -> int:
            with transaction.atomic():
                told("key_1", to=Audience(tenant.organisation.pk, True))
                transaction.set_rollback(True)
            return Event.objects.count()

        async with Listener(tenant) as listener:
            assert await in_thread(act) == 0
            assert await listener.hears_nothing()

    def test_keeps_the_row_while_redis_is_away(
        self, settings: Settings, caplog: pytest.LogCaptureFixture
    ) -> None:
        ours = settings.CHANNEL_LAYERS["default"]
        nobody = {"hosts": ["redis://127.0.0.1:1"], "prefix": "tifo"}
        settings.CHANNEL_LAYERS = {"default": {**ours, "CONFIG": nobody}}
        with transaction.atomic():
            told("key_1")
        post.flush()
        assert "event not delivered" in caplog.text
        assert keys(after(0, 10)) == ["key_1"]

    def test_keeps_the_row_of_a_process_that_is_killed_at_its_commit(self) -> None:
        there = {**connection.settings_dict, "OPTIONS": {}, "TEST": {}}
        done = subprocess.run([sys.executable, "-c", _KILLED, repr(there)], check=False)
        assert done.returncode == -9
        assert keys(after(0, 10)) == ["key_1"]

    def test_is_refused_without_a_transaction(self) -> None:
        with pytest.raises(TransactionManagementError):
            told("key_1")
        assert not Event.objects.exists()

    def test_writes_many_with_one_statement(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        each = [(SOMEBODY, leak(f"key_{number}")) for number in range(2_500)]
        with transaction.atomic(), django_assert_num_queries(1):
            messages = keep(KEY_LEAKED, each, now=now())
        assert len(messages) == 2_500
        assert keys(after(0, 3_000)) == [data["key"] for _, data in each]


_KILLED = """
import os, signal, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "tifo.settings.test"
from django.conf import settings
settings.DATABASES["default"].update(eval(sys.argv[1]))
import tests.system.loaded
from django.db import transaction
from foundation.clock import now
from foundation.events.services import tell
from foundation.events.sockets import Audience
from tenants.events import KEY_LEAKED, LeakData
with transaction.atomic():
    transaction.on_commit(lambda: os.kill(os.getpid(), signal.SIGKILL))
    leak = LeakData(key="key_1", preview="…", url="https://x", revoked=True, at="now")
    tell(KEY_LEAKED, leak, to=Audience("org_1", True), now=now())
"""


class TestAReader:
    def test_goes_on_where_it_was(self) -> None:
        with transaction.atomic():
            for number in range(5):
                told(f"key_{number}")
        first = after(0, 2)
        rest = after(first[-1].position or 0, 10)
        assert keys(first) + keys(rest) == [f"key_{number}" for number in range(5)]
        assert after(rest[-1].position or 0, 10) == []

    def test_misses_none_whose_transaction_commits_late(self) -> None:
        with elsewhere() as slow:
            slow(lambda: transaction.set_autocommit(False))
            slow(lambda: Event.objects.bulk_create([_row("early")]))
            with transaction.atomic():
                told("late")
            first = after(0, 10)
            assert keys(first) == ["late"]
            assert after(first[-1].position or 0, 10) == []
            slow(transaction.commit)
            assert keys(after(first[-1].position or 0, 10)) == ["early"]
            slow(lambda: transaction.set_autocommit(True))
        assert keys(after(0, 10)) == ["late", "early"]

    def test_waits_for_one_that_places_and_then_goes_on_from_there(self) -> None:
        """Two at once would hand out the same places, or higher ones first."""
        with transaction.atomic():
            told("key_1")
            told("key_2")

        def read() -> list[str]:
            try:
                return keys(after(0, 10))
            finally:
                connections.close_all()

        with elsewhere() as other, ThreadPoolExecutor(1) as third:
            other(lambda: transaction.set_autocommit(False))
            other(lambda: place(1))
            placed = other(lambda: Event.objects.get(data__key="key_1").position)
            answers = third.submit(read)
            time.sleep(0.3)
            assert not answers.done()
            other(transaction.commit)
            assert answers.result(timeout=30) == ["key_1", "key_2"]
            other(lambda: transaction.set_autocommit(True))
        assert after(0, 1)[0].position == placed

    def test_must_not_hold_others_up_with_a_transaction(self) -> None:
        with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
            after(0, 10)

    def test_meets_each_once_while_many_write_at_once(self) -> None:
        writers, each = 6, 25
        over = threading.Event()

        def write(writer: int) -> None:
            dice = random.Random(writer)
            for number in range(each):
                with transaction.atomic():
                    Event.objects.bulk_create([_row(f"{writer}.{number:02}")])
                    time.sleep(dice.random() * 0.01)
            connections.close_all()

        def read() -> list[str]:
            found: list[str] = []
            cursor = 0
            while True:
                last = over.is_set()
                batch = after(cursor, 7)
                found += keys(batch)
                cursor = (batch[-1].position or 0) if batch else cursor
                if last and not batch:
                    connections.close_all()
                    return found

        with ThreadPoolExecutor(writers + 3) as threads:
            readers = [threads.submit(read) for _ in range(3)]
            for writing in [threads.submit(write, writer) for writer in range(writers)]:
                writing.result(timeout=60)
            over.set()
            heard = [reader.result(timeout=60) for reader in readers]
        assert heard[0] == heard[1] == heard[2]
        assert len(heard[0]) == len(set(heard[0])) == writers * each
        for writer in range(writers):
            own = [key for key in heard[0] if key.startswith(f"{writer}.")]
            assert own == sorted(own)


def _row(key: str) -> Event:
    return Event(
        id=f"evt_{key}", organisation_id="o", livemode=True, type="x", data=leak(key),
        created_at=now(),
    )  # fmt: skip


class TestTheEnd:
    def test_comes_after_the_published_days_read_or_not(self, settings: Settings) -> None:
        moment = now()
        settings.EVENT_DAYS = 3
        with transaction.atomic():
            for key, age in (("ended", 3), ("read", 3), ("young", 2)):
                told(key, moment=moment - timedelta(days=age))
            Event.objects.filter(data__key="read").update(position=1)
        assert forget_expired(now=moment) == 2
        assert keys(after(0, 10)) == ["young"]

    def test_is_brought_by_the_housekeeping(self) -> None:
        with transaction.atomic():
            told("ended", moment=now() - timedelta(days=30))
            told("young", moment=now() - timedelta(days=29))
        expire()
        assert keys(list(Event.objects.all())) == ["young"]
