"""Stored files: durable, capped, served by links that expire and cannot be changed."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from foundation import files
from foundation.files import BadLink, TooLarge, services
from foundation.models import EndedBytes, StoredFile

pytestmark = pytest.mark.django_db


def store(now: datetime, *chunks: bytes, **options: object) -> StoredFile:
    return files.store(
        organisation_id="org_a",
        name="../../etc/olé.wav",
        content_type="audio/wav",
        chunks=chunks or (b"abc", b"def"),
        now=now,
        **options,  # type: ignore[arg-type]
    )


class TestStore:
    def test_keeps_bytes_size_and_digest(self, moment: datetime) -> None:
        file = store(moment)
        assert files.open_path(file).read_bytes() == b"abcdef"
        assert file.size_bytes == 6
        assert file.sha256.startswith("bef57ec7f53a6d40")

    def test_takes_no_folder_from_the_name(self, moment: datetime) -> None:
        assert store(moment).name == "olé.wav"

    def test_leaves_nothing_of_what_is_too_large(
        self, moment: datetime, settings: object, tmp_path: Path
    ) -> None:
        settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]
        with pytest.raises(TooLarge):
            store(moment, b"x" * 10, b"y" * 10, max_bytes=15)
        assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
        assert not StoredFile.objects.exists()

    def test_ends_on_its_date(self, moment: datetime) -> None:
        file = store(moment, expires_at=moment + timedelta(hours=1))
        path = files.open_path(file)
        assert files.delete_expired(now=moment) == 0
        assert files.delete_expired(now=moment + timedelta(hours=1)) == 1
        assert not path.exists()


class TestEnd:
    def test_deletes_at_the_commit_and_not_before(
        self, moment: datetime, django_capture_on_commit_callbacks: Any
    ) -> None:
        file = store(moment)
        path = files.open_path(file)
        with django_capture_on_commit_callbacks(execute=True):
            files.end([file], now=moment)
            assert path.exists()
        assert not path.exists()
        assert not StoredFile.objects.exists()

    def test_is_finished_by_the_sweep_when_a_crash_cut_it_short(self, moment: datetime) -> None:
        file = store(moment)
        files.end([file], now=moment)  # its transaction has committed, and the process is gone
        assert files.delete_expired(now=moment) == 1
        assert not files.open_path(file).exists()

    def test_is_nothing_to_a_file_that_is_kept(self, moment: datetime) -> None:
        file = store(moment, expires_at=moment)
        files.keep([file])
        assert files.delete_expired(now=moment + timedelta(days=999)) == 0

    def test_is_nothing_to_one_that_was_kept_while_the_sweep_ran(self, moment: datetime) -> None:
        file = store(moment, expires_at=moment)
        seen = StoredFile.objects.get()  # by a sweep
        files.keep([file])
        assert services._delete([seen], moment) == 0
        assert files.read_all(file) == b"abcdef"

    def test_of_one_that_cannot_be_deleted_holds_no_other_up(self, moment: datetime) -> None:
        stuck = store(moment, b"stuck", expires_at=moment)
        files.open_path(stuck).unlink()
        files.open_path(stuck).mkdir()
        free = store(moment, b"free", expires_at=moment)
        assert files.delete_expired(now=moment) == 2
        assert not files.open_path(free).exists()
        files.open_path(stuck).rmdir()
        files.open_path(stuck).write_bytes(b"stuck")
        assert files.delete_expired(now=moment) == 0
        assert files.open_path(stuck).exists()  # which is tried again in a minute
        files.delete_expired(now=moment + timedelta(minutes=1))
        assert not files.open_path(stuck).exists()
        assert not EndedBytes.objects.exists()


class TestSignedUrl:
    def check(self, url: str, now: datetime, **changed: str) -> None:
        parts = urlsplit(url)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()} | changed
        files.check_link(
            changed.get("id", parts.path.rpartition("/")[2]),
            expires=query["expires"],
            signature=query["signature"],
            now=now,
        )

    def test_opens_its_file_until_it_ends(self, moment: datetime) -> None:
        url = files.signed_url("file_1", now=moment)
        self.check(url, moment + files.LINK_LIFETIME - timedelta(seconds=1))
        with pytest.raises(BadLink):
            self.check(url, moment + files.LINK_LIFETIME)

    @pytest.mark.parametrize(
        "changed",
        [
            {"id": "file_2"},
            {"expires": "99999999999"},
            {"expires": "soon"},
            {"expires": "9" * 5_000},
            {"signature": ""},
            {"signature": "olé"},
        ],
    )
    def test_cannot_be_changed(self, moment: datetime, changed: dict[str, str]) -> None:
        url = files.signed_url("file_1", now=moment)
        with pytest.raises(BadLink):
            self.check(url, moment, **changed)
