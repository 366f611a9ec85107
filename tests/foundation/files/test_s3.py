"""Files in a real S3-compatible store: as durable, as private and as finite as in a folder."""

import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from foundation import clock, files
from foundation.buckets import Bucket
from foundation.files import StoreAway, services
from foundation.files.s3 import S3
from foundation.models import EndedBytes, StoredFile
from tests.foundation.files.seaweed import Seaweed, wanted
from tests.foundation.files.test_sharing import TestAtOnce as AtOnceInAFolder
from tests.foundation.files.test_sharing import threads as threads

pytestmark = [pytest.mark.soak, pytest.mark.system]
LARGE = bytes(range(256)) * 4 * 20_000  # 20 MB: it goes up in parts


@pytest.fixture(scope="module")
def seaweed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seaweed]:
    wanted()
    server = Seaweed(tmp_path_factory.mktemp("seaweed"))
    try:
        server.start()
        yield server
    finally:
        server.kill()  # which is quick, and nobody needs what it holds


@pytest.fixture(autouse=True)
def bucket(seaweed: Seaweed, settings: Any, tmp_path: Path) -> Bucket:
    """A part of the store that is the test's own."""
    settings.MEDIA_ROOT = tmp_path
    settings.BUCKET = seaweed.bucket._replace(prefix=f"{uuid4().hex}/")
    found: Bucket = settings.BUCKET
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What `AtOnceInAFolder` looks into: nothing may be left on this machine."""
    return tmp_path


def store(now: datetime, content: bytes = b"abcdef", **more: Any) -> StoredFile:
    return files.store(
        organisation_id="org_a", name="olé.wav", content_type="audio/wav", chunks=[content],
        now=now, **more,
    )  # fmt: skip


def lying() -> list[str]:
    return list(files.storage().paths("", before=clock.now() + timedelta(days=1)))


def local(folder: Path) -> list[Path]:
    return [each for each in folder.rglob("*") if each.is_file()]


@pytest.mark.django_db
class TestABucket:
    @pytest.mark.parametrize("content", [b"", b"abcdef", LARGE], ids=["empty", "small", "large"])
    def test_gives_back_what_it_was_given(
        self, moment: datetime, content: bytes, tmp_path: Path
    ) -> None:
        file = store(moment, content)
        assert files.read_all(file) == content
        with files.as_path(file) as path:
            assert path.read_bytes() == content
        assert lying() == [file.path]
        assert local(tmp_path) == []

    def test_gives_a_part_of_it(self, moment: datetime) -> None:
        file = store(moment)
        assert b"".join(files.read(file, 2, 4)) == b"cd"
        assert b"".join(files.read(file, 4)) == b"ef"
        assert b"".join(files.read(file, 3, 3)) == b""

    def test_holds_the_same_bytes_once_until_their_last_row_ends(self, moment: datetime) -> None:
        first, second = store(moment), store(moment)
        assert lying() == [first.path]
        for file, left in ((first, [second.path]), (second, [])):
            files.end([file], now=moment)
            files.delete_expired(now=moment)
            assert lying() == left

    def test_that_has_lost_a_file_says_so(self, moment: datetime) -> None:
        file = store(moment)
        files.storage().delete(file.path)
        with pytest.raises(FileNotFoundError):
            files.read_all(file)
        with pytest.raises(FileNotFoundError), files.as_path(file):
            pass

    def test_is_swept_of_what_no_row_names(self, moment: datetime) -> None:
        kept, lost = store(moment), store(moment, b"lost")
        lost.delete()
        minutes = (clock.now() + timedelta(minutes=each) for each in range(len(files.SHELVES)))
        assert sum(files.sweep(now=each) for each in minutes) == 0
        later = clock.now() + files.GRACE
        assert (
            sum(
                files.sweep(now=later + timedelta(minutes=each))
                for each in range(len(files.SHELVES))
            )
            == 1
        )
        assert lying() == [kept.path]

    def test_ends_what_expired_while_nothing_ran(self, moment: datetime) -> None:
        for each in range(3):
            store(moment, b"%d" % each, expires_at=moment + timedelta(hours=1))
        assert files.delete_expired(now=moment + timedelta(days=30)) == 3
        assert lying() == []


@pytest.mark.django_db
class TestADownload:
    def test_is_streamed_where_callers_do_not_reach_the_store(self, moment: datetime) -> None:
        file = store(moment, LARGE)
        answer: Any = Client().get(files.signed_url(file.pk, now=clock.now()))
        assert (answer.status_code, answer["Content-Length"]) == (200, str(len(LARGE)))
        assert b"".join(answer) == LARGE
        part: Any = Client().get(
            files.signed_url(file.pk, now=clock.now()), headers={"Range": "bytes=-3"}
        )
        assert (part.status_code, b"".join(part)) == (206, LARGE[-3:])

    def test_is_sent_on_to_the_store_with_name_and_type(
        self, moment: datetime, settings: Any
    ) -> None:
        settings.BUCKET = settings.BUCKET._replace(public_url=settings.BUCKET.endpoint)
        file = store(moment)
        sent_on = Client().get(files.signed_url(file.pk, now=clock.now()))
        assert sent_on.status_code == 302
        assert sent_on["Cache-Control"] == "no-store"
        with urllib.request.urlopen(sent_on["Location"], timeout=10) as answer:
            assert answer.read() == b"abcdef"
            assert answer.headers["Content-Type"] == "audio/wav"
            assert answer.headers["Content-Disposition"] == (
                "attachment; filename*=utf-8''ol%C3%A9.wav"
            )

    def test_of_the_store_ends_with_the_address_it_was_asked_by(
        self, moment: datetime, settings: Any
    ) -> None:
        settings.BUCKET = settings.BUCKET._replace(public_url=settings.BUCKET.endpoint)
        file, at = store(moment), clock.now()
        address = files.direct_url(file, now=at, until=at + timedelta(seconds=90))
        assert address is not None
        assert "X-Amz-Expires=90&" in address
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(address.replace(file.path, "content/x"), timeout=10)


class TestAtOnce(AtOnceInAFolder):
    """The same races, over the network."""


@pytest.mark.django_db
class TestAStoreThatIsAway:
    def test_takes_nothing_and_leaves_no_row(self, moment: datetime, settings: Any) -> None:
        settings.BUCKET = settings.BUCKET._replace(endpoint="http://127.0.0.1:9")
        with pytest.raises(StoreAway):
            store(moment)
        assert not StoredFile.objects.exists()

    def test_is_told_of_every_end_once_it_is_back(
        self, moment: datetime, settings: Any, seaweed: Seaweed
    ) -> None:
        made = [store(moment, b"%d" % each, expires_at=moment) for each in range(5)]
        seaweed.kill()
        try:
            assert files.delete_expired(now=moment) == 5  # rows
            assert EndedBytes.objects.count() == 5
        finally:
            seaweed.start()
        assert set(lying()) == {file.path for file in made}  # it had them durably
        files.delete_expired(now=moment + services.AGAIN)
        assert lying() == []
        assert not EndedBytes.objects.exists()


def test_a_wrong_secret_opens_nothing(bucket: Bucket, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"x")
    stranger = S3(bucket._replace(secret_key="guessed"))
    with pytest.raises(StoreAway):
        stranger.put(tmp_path / "x", "content/x")
