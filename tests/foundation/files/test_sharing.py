"""Bytes lie once for each organisation and digest, and go with the last row that names them."""

import os
import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from foundation import files
from foundation.errors import NotFound
from foundation.files import services
from foundation.files.services import locked
from foundation.models import EndedBytes, StoredFile

SONG = b"one song"


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def store(now: datetime, content: bytes = SONG, *, owner: str = "org_a", **more: Any) -> StoredFile:
    return files.store(
        organisation_id=owner, name="song", content_type="audio/wav", chunks=[content], now=now,
        **more,
    )  # fmt: skip


def lying(folder: Path) -> list[str]:
    return sorted(str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file())


@pytest.mark.django_db
class TestTheSameBytes:
    def test_lie_once_and_are_not_written_again(self, moment: datetime, folder: Path) -> None:
        first = store(moment)
        written = files.open_path(first).stat()
        second = store(moment)
        assert first.pk != second.pk
        assert lying(folder) == [first.path] == [second.path]
        assert files.open_path(second).stat().st_ino == written.st_ino

    def test_stay_until_their_last_row_ends(self, moment: datetime, folder: Path) -> None:
        first, second = store(moment), store(moment, expires_at=moment + timedelta(hours=1))
        files.end([first], now=moment)
        assert files.delete_expired(now=moment) == 1
        assert files.read_all(second) == SONG
        assert files.delete_expired(now=moment + timedelta(hours=1)) == 1
        assert lying(folder) == []

    def test_of_two_organisations_lie_apart(self, moment: datetime, folder: Path) -> None:
        mine, theirs = store(moment), store(moment, owner="org_b", expires_at=moment)
        assert mine.path != theirs.path
        files.delete_expired(now=moment)
        assert lying(folder) == [mine.path]

    def test_are_written_again_where_they_are_not_whole(self, moment: datetime) -> None:
        file = store(moment)
        files.open_path(file).write_bytes(SONG[:3])
        assert files.read_all(store(moment)) == SONG

    def test_where_a_file_cannot_have_two_names_are_copied(
        self, moment: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_: object) -> None:
            raise PermissionError

        monkeypatch.setattr(Path, "hardlink_to", refuse)  # as FAT does, and some shares
        assert files.read_all(store(moment)) == SONG


@pytest.mark.django_db
class TestAnotherRow:
    def test_has_the_bytes_whatever_becomes_of_the_first(self, moment: datetime) -> None:
        first = store(moment)
        other = files.share(first, name="chant", now=moment)
        assert (other.name, other.path, other.sha256) == ("chant", first.path, first.sha256)
        files.let_go([store(moment, expires_at=moment)], now=moment)
        files.end([first], now=moment)
        assert files.delete_expired(now=moment) == 1
        assert files.read_all(other) == SONG

    def test_is_not_made_of_one_that_has_ended(self, moment: datetime) -> None:
        first = store(moment, expires_at=moment)
        files.delete_expired(now=moment)
        with pytest.raises(NotFound):
            files.share(first, name="chant", now=moment)


@pytest.mark.django_db
class TestLettingGo:
    def test_ends_at_once_what_nothing_keeps(self, moment: datetime, folder: Path) -> None:
        passing = store(moment, expires_at=moment + timedelta(hours=1))
        files.let_go([passing], now=moment)
        assert lying(folder) == []
        assert not StoredFile.objects.exists()

    def test_leaves_what_something_has_kept(self, moment: datetime) -> None:
        passing = store(moment, expires_at=moment + timedelta(hours=1))
        files.keep([passing])
        files.let_go([passing], now=moment)
        assert files.read_all(StoredFile.objects.get()) == SONG

    def test_takes_the_bytes_of_rows_that_were_rolled_back(
        self, moment: datetime, folder: Path
    ) -> None:
        with transaction.atomic():
            passing = store(moment, expires_at=moment + timedelta(hours=1))
            transaction.set_rollback(True)
        assert lying(folder) == [passing.path]
        files.let_go([passing], now=moment)
        assert lying(folder) == []

    def test_takes_no_bytes_that_another_row_names(self, moment: datetime) -> None:
        other = store(moment)
        files.let_go([store(moment, expires_at=moment)], now=moment)
        assert files.read_all(other) == SONG


@pytest.mark.django_db
class TestAnEarlierRelease:
    def test_has_files_of_their_own_paths_that_are_read_and_end(
        self, moment: datetime, folder: Path
    ) -> None:
        (folder / "7x").mkdir()
        (folder / "7x" / "file_old7x").write_bytes(SONG)
        old = StoredFile.objects.create(
            id="file_old7x", organisation_id="org_a", name="song", content_type="audio/wav",
            size_bytes=len(SONG), sha256="0" * 64, path="7x/file_old7x", created_at=moment,
        )  # fmt: skip
        assert files.read_all(old) == SONG
        with files.as_path(old) as path:
            assert path.read_bytes() == SONG
        files.end([old], now=moment)
        files.delete_expired(now=moment)
        assert lying(folder) == []


@pytest.mark.django_db
class TestAKilledProcess:
    """What each step leaves behind when nothing comes after it."""

    def test_between_row_and_bytes_leaves_a_note_that_is_worked_off(
        self, moment: datetime, folder: Path
    ) -> None:
        file = store(moment)
        file.delete()
        services.note_end(file.path, now=moment)
        assert lying(folder) == [file.path]
        assert files.delete_expired(now=moment + timedelta(days=9)) == 0  # rows
        assert lying(folder) == []
        assert not EndedBytes.objects.exists()

    def test_leaves_a_note_that_does_no_harm_to_who_stored_them_since(
        self, moment: datetime
    ) -> None:
        file = store(moment)
        file.delete()
        services.note_end(file.path, now=moment)
        again = store(moment)
        files.delete_expired(now=moment)
        assert files.read_all(again) == SONG

    def test_between_bytes_and_row_leaves_what_the_sweep_takes(
        self, moment: datetime, folder: Path
    ) -> None:
        kept, lost, fresh = store(moment), store(moment, b"lost"), store(moment, b"fresh")
        for file in (lost, fresh):
            file.delete()
        grown_old(folder / kept.path, moment)
        grown_old(folder / lost.path, moment)
        os.utime(folder / fresh.path, (moment.timestamp(), moment.timestamp()))
        assert self.rounds(moment) == 1
        assert lying(folder) == sorted([kept.path, fresh.path])

    def test_while_receiving_leaves_what_the_sweep_takes(
        self, moment: datetime, folder: Path
    ) -> None:
        (folder / "incoming").mkdir()
        for name in ("old", "new"):
            (folder / "incoming" / name).write_bytes(b"half a so")
        grown_old(folder / "incoming" / "old", moment)
        files.sweep(now=moment)
        assert lying(folder) == ["incoming/new"]

    @staticmethod
    def rounds(now: datetime) -> int:
        """As many calls as the clock asks for before it has been everywhere."""
        return sum(
            files.sweep(now=now + timedelta(minutes=each)) for each in range(len(files.SHELVES))
        )


def grown_old(path: Path, now: datetime) -> None:
    then = (now - files.GRACE).timestamp() - 1
    os.utime(path, (then, then))


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool
        barrier = threading.Barrier(8)
        for done in [pool.submit(leave, barrier) for _ in range(8)]:
            done.result()


def leave(barrier: threading.Barrier) -> None:
    barrier.wait(timeout=30)  # so that each thread does it
    connection.close()


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_bytes_that_went_while_a_row_waited_for_its_turn_are_there_again(
        self, moment: datetime, threads: ThreadPoolExecutor
    ) -> None:
        file = store(moment)
        with locked(file.path):
            waiting = threads.submit(store, moment)  # it finds the bytes, and then has to wait
            wait_for_a_lock()
            files.storage().delete(file.path)
            file.delete()
        assert files.read_all(waiting.result(timeout=30)) == SONG

    def test_no_row_is_ever_without_its_bytes_and_none_are_left(
        self, moment: datetime, threads: ThreadPoolExecutor, folder: Path
    ) -> None:
        def play(seed: int) -> int:
            chance, met = random.Random(seed), 0
            for _ in range(25):
                content = b"%d" % chance.randrange(2)
                file = store(moment, content)
                met += files.read_all(file) == content
                files.end([file], now=moment)
            return met

        met = sum(threads.map(play, range(8)))
        assert met == 200
        files.delete_expired(now=moment)
        assert not StoredFile.objects.exists()
        assert not EndedBytes.objects.exists()
        assert lying(folder) == []


def wait_for_a_lock() -> None:
    """Until another session waits for the lock that this one holds."""
    waiting = 0
    while not waiting:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            )
            [waiting] = cursor.fetchone()
