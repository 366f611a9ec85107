"""The journal: what was acknowledged is counted once, whatever dies in between."""

import os
import resource
import shutil
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError

from foundation import clock
from gateway.admission import steps
from gateway.admission.standings import standings
from gateway.callers import authentication
from gateway.operations import Operation
from gateway.outages.journal import Journal, Record, journal
from gateway.refusals import ReducedCapacity
from metering.models import ActiveUser
from metering.queries import active_users
from tests.conftest import Tenant, slow_rate
from tests.gateway.away import NOWHERE, database_away, platform_process

pytestmark = pytest.mark.django_db(transaction=True)
FREE = Operation("effects:write", {})
EFFECT = Operation("effects:write", {"effects": 1})
NO_DATABASE = f"postgresql://{NOWHERE['HOST']}:{NOWHERE['PORT']}/tifo"


def user(number: int) -> bytes:
    return number.to_bytes(16, "big")


def record(tenant: Tenant, now: datetime, *numbers: int, livemode: bool = True) -> Record:
    users = [user(number) for number in numbers]
    return Record(tenant.organisation.pk, livemode, clock.month(now), users, now)


def hashes() -> set[bytes]:
    return {row.bytes for row in ActiveUser.objects.values_list("user_hash", flat=True)}


def counted(tenant: Tenant, now: datetime, *, livemode: bool = True) -> int:
    """The counter, which must agree with the rows."""
    rows = ActiveUser.objects.filter(
        usage_month__organisation=tenant.organisation, usage_month__livemode=livemode
    )
    total = active_users(tenant.organisation, livemode=livemode, now=now)
    assert rows.count() == total
    return total


@pytest.fixture
def written(tmp_path: Path) -> Iterator[Journal]:
    """A journal in a folder that is yet to be made."""
    made = Journal(tmp_path / "journal")
    yield made
    made.put_aside()


def files(folder: Path) -> Sequence[Path]:
    return list((folder / "journal").iterdir())


class TestReplay:
    def test_counts_everybody_once(
        self, written: Journal, tenant: Tenant, stranger: Tenant, moment: datetime, tmp_path: Path
    ) -> None:
        written.append([record(tenant, moment, 1, 2), record(tenant, moment, 2, 3)])
        written.append([record(tenant, moment, 1, livemode=False), record(stranger, moment, 1)])
        assert written.replay(now=clock.now()) == 5
        assert counted(tenant, moment) == 3
        assert counted(tenant, moment, livemode=False) == 1
        assert counted(stranger, moment) == 1
        assert files(tmp_path) == []
        written.append([record(tenant, moment, 3, 4)])
        assert written.replay(now=clock.now()) == 1
        assert written.replay(now=clock.now()) == 0

    def test_keeps_when_each_was_first_seen(
        self, written: Journal, tenant: Tenant, moment: datetime
    ) -> None:
        written.append([record(tenant, moment, 1)])
        written.append([record(tenant, moment.replace(hour=23), 1, 2)])
        written.replay(now=clock.now())
        rows = ActiveUser.objects.order_by("first_seen_at").values_list("first_seen_at", flat=True)
        assert list(rows) == [moment, moment.replace(hour=23)]

    def test_waits_while_the_database_is_away(
        self, written: Journal, tenant: Tenant, moment: datetime, tmp_path: Path
    ) -> None:
        with database_away():
            for number in range(3):
                written.append([record(tenant, moment, number)])
                with pytest.raises(OperationalError):
                    written.replay(now=clock.now())
            assert len(files(tmp_path)) == 1
        assert written.replay(now=clock.now()) == 3
        assert counted(tenant, moment) == 3

    def test_of_the_same_file_again_changes_nothing(
        self, written: Journal, tenant: Tenant, moment: datetime, tmp_path: Path
    ) -> None:
        written.append([record(tenant, moment, *range(500))])
        written.put_aside()
        (waiting,) = files(tmp_path)
        shutil.copy(waiting, tmp_path / "kept")
        assert written.replay(now=clock.now()) == 500
        shutil.copy(tmp_path / "kept", waiting)  # as if the machine stopped before it was deleted
        assert written.replay(now=clock.now()) == 0
        assert counted(tenant, moment) == 500
        assert files(tmp_path) == []

    def test_forgets_an_organisation_that_is_gone(
        self, written: Journal, tenant: Tenant, stranger: Tenant, moment: datetime, tmp_path: Path
    ) -> None:
        written.append([record(stranger, moment, 1), record(tenant, moment, 1)])
        stranger.organisation.delete()
        assert written.replay(now=clock.now()) == 1
        assert files(tmp_path) == []

    def test_leaves_out_a_torn_tail(
        self, written: Journal, tenant: Tenant, moment: datetime, tmp_path: Path
    ) -> None:
        for number in range(3):
            written.append([record(tenant, moment, number)])
        written.put_aside()
        (waiting,) = files(tmp_path)
        os.truncate(waiting, waiting.stat().st_size - 10)
        assert written.replay(now=clock.now()) == 2
        assert files(tmp_path) == []


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """A disk that is full, as far as this process can tell."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


class TestAppend:
    def test_says_so_when_the_disk_takes_no_more(
        self, written: Journal, tenant: Tenant, moment: datetime, tmp_path: Path
    ) -> None:
        written.append([record(tenant, moment, 1)])
        (before,) = files(tmp_path)
        with files_of_at_most(before.stat().st_size + 20), pytest.raises(OSError):
            written.append([record(tenant, moment, 2)])
        written.append([record(tenant, moment, 3)])
        assert written.replay(now=clock.now()) == 2
        assert hashes() == {user(1), user(3)}

    def test_of_many_threads_loses_nothing_to_a_replay(
        self, written: Journal, tenant: Tenant, moment: datetime
    ) -> None:
        def work(first: int) -> None:
            for number in range(first, first + 50):
                written.append([record(tenant, moment, number)])

        threads = [threading.Thread(target=work, args=(first * 50,)) for first in range(6)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            written.replay(now=clock.now())
        written.replay(now=clock.now())
        assert counted(tenant, moment) == 300


class TestTheGate:
    @pytest.fixture(autouse=True)
    def own_folder(self, tmp_path: Path, settings: Any) -> Iterator[None]:
        settings.JOURNAL_FOLDER = tmp_path / "journal"
        journal.cache_clear()
        yield
        journal.cache_clear()

    def test_admits_new_users_while_the_database_is_away(self, tenant: Tenant) -> None:
        now = clock.now()
        caller = authentication.from_token(tenant.live_key, now=now)
        caller = steps.admit(caller, FREE, now=now).caller  # known to Redis too from now on
        with database_away():
            for name in ("ana", "bo", "ana"):
                steps.admit(caller, FREE, now=now, end_users=[name])
        assert counted(tenant, now) == 0
        assert journal().replay(now=clock.now()) == 2
        assert counted(tenant, now) == 2

    def test_acknowledges_nobody_whom_the_disk_does_not_take(
        self, tenant: Tenant, tmp_path: Path
    ) -> None:
        slow_rate(tenant, "effects", burst=5)
        (tmp_path / "journal").write_text("a file where the folder should be")
        now = clock.now()
        caller = authentication.from_token(tenant.live_key, now=now)
        caller = steps.admit(caller, FREE, now=now).caller
        with database_away(), pytest.raises(ReducedCapacity):
            steps.admit(caller, EFFECT, now=now, end_users=["ana"])
        (effects,) = (each for each in standings(caller) if each.limit.name == "effects")
        assert effects.decision is not None
        assert effects.decision.used == 0


APPEND_FOR_EVER = """
import hashlib, os, sys, threading
from foundation.clock import month, now
from gateway.outages import journal

def work(number):
    for count in range(10**9):
        user = hashlib.blake2b(b"%d %d" % (number, count), digest_size=16).digest()
        journal.keep(journal.Record(sys.argv[1], True, month(now()), [user], now()))
        os.write(1, b"%s\\n" % user.hex().encode())

for number in range(4):
    threading.Thread(target=work, args=(number,)).start()
"""

SEND_WHAT_WAITS = """
import sys, time
from pathlib import Path
from gateway.outages import journal

journal.start_replaying()
while list(Path(sys.argv[1]).iterdir()):
    time.sleep(0.02)
"""


class TestAProcess:
    def test_that_is_killed_loses_nobody_whom_it_acknowledged(
        self, tenant: Tenant, tmp_path: Path
    ) -> None:
        process = platform_process(
            APPEND_FOR_EVER,
            tenant.organisation.pk,
            DATABASE_URL=NO_DATABASE,
            TIFO_DATA=str(tmp_path),
        )
        assert process.stdout is not None
        acknowledged = {process.stdout.readline() for _ in range(200)}
        other, now = Journal(tmp_path / "journal"), clock.now()
        assert other.replay(now=clock.now()) == 0  # It lives, so its file is its own.
        process.send_signal(signal.SIGKILL)
        acknowledged |= set(process.stdout)
        process.wait()
        process.stdout.close()

        assert other.replay(now=clock.now()) >= len(acknowledged)
        kept = {row.hex() + "\n" for row in hashes()}
        assert acknowledged <= kept
        assert counted(tenant, now) == len(kept)
        assert files(tmp_path) == []

    def test_sends_what_an_earlier_one_left_behind(
        self, written: Journal, tenant: Tenant, tmp_path: Path
    ) -> None:
        now = clock.now()
        written.append([record(tenant, now, 1, 2, 3)])
        written.put_aside()
        process = platform_process(
            SEND_WHAT_WAITS, str(tmp_path / "journal"), TIFO_DATA=str(tmp_path)
        )
        process.communicate(timeout=60)
        assert process.returncode == 0
        assert counted(tenant, now) == 3
