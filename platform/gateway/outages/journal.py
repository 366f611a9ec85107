"""Users that were admitted while Postgres was away: on this disk until Postgres has them.

A call that brings a new user is answered when the user is durable: a row in Postgres or, while that
is away, a line here that was flushed to the disk. A file outlives its process, and whoever runs
next sends it on. To send one twice is harmless, since a user counts once.
"""

import fcntl
import functools
import io
import json
import logging
import os
import tempfile
import threading
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, NamedTuple

from django.conf import settings
from django.db import connection

from foundation import clock
from foundation.files import flush_folder
from gateway.background import Background
from metering import hashes, services

logger = logging.getLogger(__name__)
SUFFIX = ".journal"
RECORDS_AT_ONCE = 200


class Record(NamedTuple):
    """Users of one answered call, as hashes; `month` is the one they count in.

    `former` are hashes under which some of them may have been counted before.
    """

    organisation_id: str
    livemode: bool
    month: date
    users: Sequence[bytes]
    first_seen_at: datetime
    former: hashes.Former = MappingProxyType({})
    operation: str = ""
    key_id: str = ""
    family: str = ""


def keep(record: Record) -> None:
    """Keep the users until Postgres has them; they are durable when it returns.

    Raises:
        OSError: the disk does not take them.
    """
    journal().append([record])
    start_replaying()


def start_replaying() -> None:
    """Send what waits every second, beginning with what earlier processes have left."""
    _replayer.start()


@functools.cache
def journal() -> "Journal":
    """This process's own."""
    return Journal(settings.JOURNAL_FOLDER)


class Journal:
    """The journal files of a folder: one that this process appends to, and those that wait.

    A file belongs to the process that holds its lock. Safe for threads: what several of them
    append in the same moment is flushed together.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writing = threading.Lock()
        self._file: _File | None = None

    def append(self, records: Iterable[Record]) -> None:
        """Write the records; they are durable when it returns. Raises OSError."""
        lines = b"".join(map(_line, records))
        with self._writing:
            file = self._open()
            end = file.write(lines)
        file.flush(end)

    def replay(self, *, now: datetime) -> int:
        """Send to Postgres every file that no other process holds; returns how many users are new.

        Raises:
            OperationalError, InterfaceError: Postgres is away; everything waits on.
        """
        if not self._waiting():
            return 0
        connection.ensure_connection()  # Or each try would leave a file more behind.
        self.put_aside()
        return sum(_send(path, now) for path in self._waiting())

    def put_aside(self) -> None:
        """End this process's file: from now on it waits like any other."""
        with self._writing:
            file, self._file = self._file, None
        if file is not None:
            file.close()

    def _open(self) -> "_File":
        if self._file is not None and self._file.failed:
            self._file.close()
            self._file = None
        if self._file is None:
            self._file = _File(self._folder)
        return self._file

    def _waiting(self) -> list[Path]:
        return sorted(self._folder.glob(f"*{SUFFIX}"))


class _File:
    """A file that this process alone writes, and locks for as long as it does."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=folder)
        # Named when it is locked: nobody takes it for one that was left behind.
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        Path(name).rename(f"{name}{SUFFIX}")
        flush_folder(folder)
        self._raw = io.FileIO(descriptor, "a")
        self._flushing = threading.Lock()
        self._written = self._flushed = 0
        self.failed = False

    def write(self, lines: bytes) -> int:
        """Append at the end, by one thread at a time; returns where that now is."""
        with self._failing():
            written = 0
            while written < len(lines):
                written += self._raw.write(lines[written:])
        self._written += len(lines)
        return self._written

    def flush(self, end: int) -> None:
        """Return when everything up to `end` is on the disk."""
        with self._flushing:
            if self._flushed >= end:
                return  # Another thread's flush took it along.
            if self.failed:
                raise OSError("The journal's file failed before.")
            reached = self._written
            with self._failing():
                os.fsync(self._raw.fileno())
            self._flushed = reached

    def close(self) -> None:
        """Flush, and let go of the lock; nobody writes meanwhile."""
        try:
            if not self.failed:
                self.flush(self._written)
        finally:
            with self._flushing:
                self._raw.close()

    @contextmanager
    def _failing(self) -> Iterator[None]:
        # Half a line may stand at the end now; and what Linux could not flush it forgets, so that
        # the next flush would succeed.
        try:
            yield
        except OSError:
            self.failed = True
            raise


def _line(record: Record) -> bytes:
    told = {
        "organisation": record.organisation_id,
        "livemode": record.livemode,
        "month": record.month.isoformat(),
        "users": [user.hex() for user in record.users],
        "first_seen_at": record.first_seen_at.isoformat(),
        "operation": record.operation,
        "key": record.key_id,
        "family": record.family,
    }
    if record.former:
        told["former"] = {
            user.hex(): [each.hex() for each in former] for user, former in record.former.items()
        }
    text = json.dumps(told, separators=(",", ":")).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def _records(file: BinaryIO) -> Iterator[Record]:
    for line in file:
        checksum, _, text = line.rstrip(b"\n").partition(b" ")
        if checksum != b"%08x" % zlib.crc32(text):
            # Cut off in the middle of a write, so nobody was told that it is kept.
            logger.warning("torn line in the journal", extra={"file": file.name})
            continue
        told = json.loads(text)
        yield Record(
            told["organisation"],
            told["livemode"],
            date.fromisoformat(told["month"]),
            [bytes.fromhex(user) for user in told["users"]],
            datetime.fromisoformat(told["first_seen_at"]),
            {
                bytes.fromhex(user): [bytes.fromhex(each) for each in former]
                for user, former in told.get("former", {}).items()
            },
            told.get("operation", ""),
            told.get("key", ""),
            told.get("family", ""),
        )


def _send(path: Path, now: datetime) -> int:
    """Count the file's users and delete it, unless its process is alive."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return 0  # Another process has sent it.
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return 0
        new, records = 0, _records(file)
        while some := list(islice(records, RECORDS_AT_ONCE)):
            new += _count(some, now)
        path.unlink(missing_ok=True)
    logger.info("journal sent", extra={"file": path.name, "new_users": new})
    return new


class _Group(NamedTuple):
    """Records that are counted together."""

    organisation_id: str
    livemode: bool
    period: date
    operation: str
    key_id: str
    family: str


def _count(records: Iterable[Record], now: datetime) -> int:
    users: dict[_Group, list[tuple[bytes, datetime]]] = defaultdict(list)
    formers: dict[bytes, Sequence[bytes]] = {}  # a hash is of one organisation, mode and month
    for each in records:
        group = _Group(
            each.organisation_id,
            each.livemode,
            each.month,
            each.operation,
            each.key_id,
            each.family,
        )
        users[group] += [(user, each.first_seen_at) for user in each.users]
        formers |= each.former
    return sum(
        services.record_admitted_users(users=seen, former=formers, now=now, **group._asdict())
        for group, seen in users.items()
    )


def _replay() -> None:
    journal().replay(now=clock.now())


_replayer = Background("journal", _replay)
os.register_at_fork(after_in_child=journal.cache_clear)
