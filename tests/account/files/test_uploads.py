"""tus 1.0.0 as a client speaks it: begin, send, ask, go on, end."""

import hashlib
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from foundation import clock, files
from foundation.files import uploads
from foundation.models import StoredFile, Upload, UploadPart
from foundation.tasks import sweep_files
from tests.account.files.conftest import Tus, lying
from tests.conftest import Tenant

pytestmark = pytest.mark.django_db
SONG = b"fLaC" + bytes(range(96))


class TestAnUpload:
    def test_comes_in_parts_and_becomes_a_file(self, tus: Tus, folder: Path) -> None:
        path = tus.begun(100, filename="olé.flac", filetype="audio/flac")
        first = tus.send(path, 0, SONG[:40])
        assert (first.status_code, first["Upload-Offset"], first.content) == (204, "40", b"")
        asked = tus.ask("head", path)
        assert (asked.status_code, asked["Upload-Offset"], asked["Upload-Length"]) == (
            200, "40", "100",
        )  # fmt: skip
        assert asked["Cache-Control"] == "no-store"
        assert tus.ask("get", path).json()["file"] is None
        assert tus.send(path, 40, SONG[40:])["Upload-Offset"] == "100"
        told = tus.ask("get", path).json()
        assert told["file"]["sha256"] == hashlib.sha256(SONG).hexdigest()
        assert (told["file"]["name"], told["file"]["content_type"]) == ("olé.flac", "audio/flac")
        file = StoredFile.objects.get(pk=told["file"]["id"])
        assert files.read_all(file) == SONG
        assert tus.ask("head", path)["Upload-Offset"] == "100"

    def test_leaves_none_of_its_parts(
        self, tus: Tus, folder: Path, django_capture_on_commit_callbacks: Any
    ) -> None:
        path = tus.begun(100)
        with django_capture_on_commit_callbacks(execute=True):
            for start in range(0, 100, 25):
                tus.send(path, start, SONG[start : start + 25])
        assert lying(folder) == [StoredFile.objects.get().path]
        assert not UploadPart.objects.exists()

    def test_of_nothing_is_a_file_at_once(self, tus: Tus) -> None:
        told = tus.begin(0).json()
        assert (told["size_bytes"], told["file"]["size_bytes"]) == (0, 0)

    def test_answers_in_the_version_that_is_spoken(self, tus: Tus) -> None:
        said = tus.ask("options", "/v1/uploads")
        assert (said.status_code, said["Tus-Version"]) == (204, "1.0.0")
        assert said["Tus-Extension"] == "creation,termination,expiration"
        path = tus.begun(3)
        for answer in (tus.ask("get", path), tus.send(path, 1, b"x"), tus.ask("get", path + "x")):
            assert answer["Tus-Resumable"] == "1.0.0"
        other = tus.send(path, 0, b"abc", Tus_Resumable="0.2.2")
        assert (other.status_code, other["Tus-Version"]) == (412, "1.0.0")
        assert tus.ask("head", path)["Upload-Offset"] == "0"

    def test_says_until_when_it_may_go_on(self, tus: Tus) -> None:
        told = tus.begin(3)
        until = parsedate_to_datetime(told["Upload-Expires"])
        assert abs(until - clock.now() - timedelta(hours=24)) < timedelta(minutes=1)

    def test_counts_as_what_its_key_may(self, tenant: Tenant, tus: Tus, stranger: Tenant) -> None:
        path = tus.begun(3)
        for other in (Tus(tenant.test_key), Tus(stranger.live_key)):
            assert other.ask("head", path).status_code == 404
            assert other.send(path, 0, b"abc").status_code == 404
            assert other.ask("delete", path).status_code == 404


class TestAPart:
    @pytest.mark.parametrize("offset", [0, 2, 4, 99])
    def test_at_another_offset_is_refused(self, tus: Tus, offset: int) -> None:
        path = tus.begun(9)
        tus.send(path, 0, b"abc")
        refused = tus.send(path, offset, b"xyz")
        assert (refused.status_code, refused.json()["code"]) == (409, "offset-conflict")
        assert refused.json()["offset_bytes"] == 3
        assert [each["pointer"] for each in refused.json()["errors"]] == ["/Upload-Offset"]
        assert tus.send(path, 3, b"def").status_code == 204

    def test_beyond_the_end_is_refused_whole(self, tus: Tus, folder: Path) -> None:
        path = tus.begun(5)
        refused = tus.send(path, 0, b"abcdef")
        assert (refused.status_code, refused.json()["limit_bytes"]) == (413, 5)
        assert tus.ask("head", path)["Upload-Offset"] == "0"
        assert lying(folder) == []

    def test_that_breaks_off_is_kept_as_far_as_it_came(self, tenant: Tenant, tus: Tus) -> None:
        path = tus.begun(9)
        upload = Upload.objects.get()

        def broken() -> Any:
            yield b"abc"
            raise ConnectionResetError

        uploads.append(upload, offset=0, chunks=broken(), now=clock.now())
        assert tus.ask("head", path)["Upload-Offset"] == "3"
        with pytest.raises(ConnectionResetError):
            uploads.append(upload, offset=3, chunks=_Nothing(), now=clock.now())

    def test_of_another_type_is_refused(self, tenant: Tenant, tus: Tus) -> None:
        path = tus.begun(3)
        headers = {"Authorization": f"Bearer {tenant.live_key}", "Upload-Offset": "0"}
        answer = Client().patch(path, b"abc", content_type="application/json", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (415, "unsupported-media-type")

    @pytest.mark.parametrize("said", ["", "-1", "1.5", "٣", "9" * 19])
    def test_without_a_place_is_refused(self, tus: Tus, said: str) -> None:
        answer = tus.send(tus.begun(3), 0, b"abc", Upload_Offset=said)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (
            400,
            "/Upload-Offset",
        )

    def test_too_many_are_refused(self, tus: Tus, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(uploads, "MOST_PARTS", 2)
        path = tus.begun(9)
        for offset in (0, 1):
            assert tus.send(path, offset, b"a").status_code == 204
        refused = tus.send(path, 2, b"a")
        assert (refused.status_code, refused.json()["code"]) == (422, "too-many-parts")


class _Nothing:
    """A body whose sender left before its first byte."""

    def __iter__(self) -> "_Nothing":
        return self

    def __next__(self) -> bytes:
        raise ConnectionResetError


class TestTheEnd:
    def test_by_delete_takes_all_of_it(
        self, tus: Tus, folder: Path, django_capture_on_commit_callbacks: Any
    ) -> None:
        path, whole = tus.begun(9), tus.begun(3)
        with django_capture_on_commit_callbacks(execute=True):
            tus.send(path, 0, b"abc")
            tus.send(whole, 0, b"xyz")
            assert [tus.ask("delete", each).status_code for each in (path, whole)] == [204, 204]
        assert [tus.ask("head", each).status_code for each in (path, whole)] == [404, 404]
        assert lying(folder) == []
        assert not StoredFile.objects.exists()

    def test_by_delete_leaves_a_file_that_something_keeps(self, tus: Tus) -> None:
        path = tus.begun(3)
        tus.send(path, 0, b"abc")
        file = StoredFile.objects.get()
        files.keep([file])
        tus.ask("delete", path)
        assert files.read_all(file) == b"abc"

    def test_comes_by_itself_also_after_a_month_without_a_worker(
        self,
        tus: Tus,
        folder: Path,
        monkeypatch: pytest.MonkeyPatch,
        django_capture_on_commit_callbacks: Any,
    ) -> None:
        path, whole = tus.begun(9), tus.begun(3)
        tus.send(path, 0, b"abc")
        tus.send(whole, 0, b"xyz")
        later = clock.now() + timedelta(days=30)
        monkeypatch.setattr("foundation.tasks.now", lambda: later)
        monkeypatch.setattr("apps.account.api.files.uploads.now", lambda: later)
        assert tus.ask("head", path).status_code == 404  # whether or not it is gone by now
        with django_capture_on_commit_callbacks(execute=True):
            sweep_files()
            files.delete_expired(now=later)
        assert lying(folder) == []
        assert not Upload.objects.exists()
        assert not StoredFile.objects.exists()
